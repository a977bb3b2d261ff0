-- POSTs the bodies of the file $BENCH_BODIES, one a line, in turn. UNIQUE0000000000 in a body becomes $BENCH_SEED
-- (8 hexadecimal digits) and a count: a customer who never came before. Prints the totals as one line of JSON.
local mark = "UNIQUE0000000000"
local seed = os.getenv("BENCH_SEED")
local requests, count = {}, 0

function init()
  wrk.headers["Content-Type"] = "application/json"
  for body in io.lines(os.getenv("BENCH_BODIES")) do
    requests[#requests + 1] = wrk.format("POST", nil, nil, body)
  end
end

function request()
  local text = requests[count % #requests + 1]
  count = count + 1
  return (text:gsub(mark, string.format("%s%08x", seed, count), 1))
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    'TOTALS {"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"longest":%d,"refused":%d,"broken":%d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
