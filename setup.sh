#!/usr/bin/env bash
# Install, run or test the credit-scoring service.
#
#   ./setup.sh          install: Python, a virtual environment in .venv; as root on a systemd machine (EC2: Amazon
#                       Linux 2023, Debian, Ubuntu) also the service in /opt/flask-credit-api, not yet started
#   ./setup.sh run      install, train demo models if there are none, serve on HOST:PORT (127.0.0.1:5000)
#   ./setup.sh test     install what the tests need, then run every check; with CI=true none is left out
#   ./setup.sh lab      as without a word, and what the model laboratory needs (LABORATORY=true serves it)
#   ./setup.sh flask …  an administrator's command (db create, models train …) as the installed service would run it
#
# TORCH_INDEX_URL=<PyTorch's package index for CPUs, as its installation page names it> keeps 4 GB of CUDA libraries
# off the machine.
set -euo pipefail
umask 022

SERVICE=flask-credit-api
HOME_OF_SERVICE=/opt/$SERVICE
STATE_OF_SERVICE=/var/lib/$SERVICE
ENVIRONMENT_OF_SERVICE=/etc/$SERVICE/env
TRUSTED_KEYS_OF_SERVICE=/etc/$SERVICE/model-keys.pem
HTTPYAC=6.16.7
HERE=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

# One thread for each model call, in every process that is started from here.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 MALLOC_ARENA_MAX=2 PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '%s\n' "$*" >&2; }
die() { say "setup.sh: $*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" -eq 0 ]; }
has_systemd() { [ -d /run/systemd/system ]; }

# Install packages: `packages "names for apt" "names for dnf"`; false where that is not possible.
packages() {
    is_root || return 1
    if have apt-get; then
        export DEBIAN_FRONTEND=noninteractive
        # shellcheck disable=SC2086  # a list
        apt-get install -y -qq --no-install-recommends $1 >/dev/null 2>&1 ||
            { apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends $1 >/dev/null; }
    elif have dnf; then
        # shellcheck disable=SC2086
        dnf install -y -q $2
    else
        return 1
    fi
}

# ---------------------------------------------------------------- Python

python_path() {
    local name
    for name in python3.11 python3.12 python3.13 python3; do
        if have "$name" && "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    return 1
}

make_venv() {
    [ -x .venv/bin/python ] && return
    python_path >/dev/null || packages "python3 python3-venv" "python3.11 python3.11-pip" || true
    local python
    python=$(python_path) || die "Python 3.11 or newer, with venv, is needed"
    say "Virtual environment in .venv, of $("$python" --version)"
    "$python" -m venv .venv
}

# Install requirements files, unless they are what was installed last.
install_python() {
    make_venv
    local stamp wanted
    stamp=.venv/installed-$(basename "${!#}")
    wanted=$(cat "$@" | sha256sum)
    [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return
    say "Installing $* (a few minutes the first time)"
    if [ -n "${TORCH_INDEX_URL:-}" ]; then
        .venv/bin/pip install --quiet --index-url "$TORCH_INDEX_URL" "$(grep '^torch==' requirements.txt)"
    fi
    .venv/bin/pip install --quiet "${@/#/--requirement=}"
    printf '%s' "$wanted" >"$stamp"
}

# ---------------------------------------------------------------- install

install_service() {
    id "$SERVICE" >/dev/null 2>&1 ||
        useradd --system --home-dir "$STATE_OF_SERVICE" --shell /usr/sbin/nologin "$SERVICE"
    install -d -m 0700 -o "$SERVICE" -g "$SERVICE" "$STATE_OF_SERVICE"
    install -d -m 0755 "$(dirname "$ENVIRONMENT_OF_SERVICE")"
    [ -e "$ENVIRONMENT_OF_SERVICE" ] || install -m 0640 -g "$SERVICE" .env.example "$ENVIRONMENT_OF_SERVICE"
    install -m 0644 "$SERVICE.service" deploy/"$SERVICE"-drift.{service,timer} /etc/systemd/system/
    systemctl daemon-reload
}

# The unit's sandbox hides home folders: the code belongs to /opt.
move_to_opt() {
    say "Copying the code to $HOME_OF_SERVICE"
    mkdir -p "$HOME_OF_SERVICE"
    find "$HOME_OF_SERVICE" -mindepth 1 -maxdepth 1 ! -name .venv -exec rm -rf {} + # of the version before
    tar -C "$HERE" --exclude=./.git --exclude=./.venv --exclude=./var --exclude=./.env -cf - . | tar -C "$HOME_OF_SERVICE" -xf -
    chown -R root:root "$HOME_OF_SERVICE"
    exec "$HOME_OF_SERVICE/setup.sh" "$@"
}

# install_all COMMAND REQUIREMENTS…
install_all() {
    if is_root && has_systemd && [ "$HERE" != "$HOME_OF_SERVICE" ]; then
        move_to_opt "$1"
    fi
    install_python "${@:2}"
    if ! { is_root && has_systemd; }; then
        say "Installed. Next: ./setup.sh run"
        return
    fi
    install_service
    say "Installed in $HOME_OF_SERVICE. Next:
  1. edit $ENVIRONMENT_OF_SERVICE (bucket, table; nothing, for the embedded store)
  2. $HOME_OF_SERVICE/setup.sh flask db create
  3. models: only signed ones are loaded. Put the public keys of whoever signs into $TRUSTED_KEYS_OF_SERVICE,
     or REQUIRE_SIGNED_MODELS=false into $ENVIRONMENT_OF_SERVICE; then publish models, upload native files, or
     $HOME_OF_SERVICE/setup.sh flask models train-demo
  4. systemctl enable --now $SERVICE
  5. curl http://127.0.0.1:5000/health"
}

as_service() {
    { is_root && has_systemd; } || die "\`setup.sh flask\` is for root on a machine where the service is installed"
    exec systemd-run --quiet --pipe --wait --collect --property=User="$SERVICE" \
        --property=WorkingDirectory="$HOME_OF_SERVICE" --setenv=DATA_DIR="$STATE_OF_SERVICE" \
        --setenv=REQUIRE_SIGNED_MODELS=true --setenv=TRUSTED_MODEL_KEYS="$TRUSTED_KEYS_OF_SERVICE" \
        --property=EnvironmentFile="$ENVIRONMENT_OF_SERVICE" "$HOME_OF_SERVICE/.venv/bin/flask" --app app "$@"
}

# ---------------------------------------------------------------- run

load_environment() {
    if [ -e .env ]; then
        set -a
        # shellcheck disable=SC1091
        . ./.env
        set +a
    fi
    export HOST=${HOST:-127.0.0.1} PORT=${PORT:-5000}
}

announce() {
    until .venv/bin/python deploy/wait_ready.py "$HOST" "$PORT" 5 2>/dev/null; do
        kill -0 $$ 2>/dev/null || return 0
    done
    say "
Ready on http://$HOST:$PORT (end with Ctrl+C). Try:

  curl -s http://$HOST:$PORT/api/v1/predict -H 'Content-Type: application/json' \\
    -d '{\"customer_id\": \"CUS999999\", \"features\": {\"xgboost\": [0.5, 0.8, 0.3, 0.7, 0.9, 0.2]}, \"explain\": true}'
"
}

# Side by side: each does nothing where its models are there already.
demo_models() {
    local command started=()
    for command in "models train-demo" "applications train-demo" "lab demo"; do
        # shellcheck disable=SC2086  # words of a command
        .venv/bin/flask --app app $command &
        started+=($!)
    done
    for command in "${started[@]}"; do
        wait "$command" || die "The demo models could not be made; what stands above says why"
    done
}

run() {
    install_python requirements.txt requirements-lab.txt
    load_environment
    [ -n "${ML_DATA_BUCKET:-}" ] || demo_models
    announce &
    exec .venv/bin/gunicorn app:app
}

# ---------------------------------------------------------------- test

has_chromium() { have chromium || have chromium-browser || have google-chrome; }

has_postgres() { have initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }

install_postgres() {
    # The tests start their own server: the package must not start one.
    if is_root && have apt-get; then
        mkdir -p /etc/postgresql-common
        echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    fi
    packages postgresql postgresql-server
}

install_httpyac() {
    local place=.venv/node
    grep -qs "\"version\": \"$HTTPYAC\"" "$place/node_modules/httpyac/package.json" && return
    have npm || return 1
    npm install --silent --no-audit --no-fund --prefix "$place" "httpyac@$HTTPYAC"
}

# need NAME TEST…: what cannot be had is left out, with a word; in CI that is an error.
need() {
    "${@:2}" && return
    [ "${CI:-}" != true ] || die "$1 is needed and cannot be installed"
    say "Without $1: its checks are left out"
}

install_test_tools() {
    install_python requirements.txt requirements-lab.txt requirements-console.txt requirements-notebooks.txt requirements-test.txt
    has_postgres || install_postgres || true
    have npm || packages "nodejs npm" "nodejs npm" || true
    have systemd-analyze || packages systemd systemd || true
    have shellcheck || packages shellcheck ShellCheck || true
    has_chromium || packages chromium chromium || true
    need PostgreSQL has_postgres
    need httpyac install_httpyac
    need systemd-analyze have systemd-analyze
    need shellcheck have shellcheck
    need Chromium has_chromium
}

failed=()
check() {
    say "== $*"
    "$@" || failed+=("$*")
}

run_tests() {
    install_test_tools
    export PATH="$HERE/.venv/bin:$PATH"
    check ruff check .
    check ruff format --check .
    check mypy .
    check lint-imports
    check cfn-lint deploy/*.yaml
    if have shellcheck; then check shellcheck setup.sh .ci/run deploy/roll_out.sh; fi
    check pytest -q -n 2 --dist loadfile --no-loadscope-reorder  # the order of tests/conftest.py: long files first
    [ ${#failed[@]} -eq 0 ] || die "failed: $(printf '%s; ' "${failed[@]}")"
    say "All checks passed."
}

cd "$HERE"
case ${1:-install} in
    install) install_all install requirements.txt ;;
    lab) install_all lab requirements.txt requirements-lab.txt ;;
    run) run ;;
    test) run_tests ;;
    flask) as_service "${@:2}" ;;
    *) die "unknown command $1; known: run, test, lab, flask, or none to install" ;;
esac
