"""Whatever comes, the answer is a problem that says what is wrong, and never a 5xx."""

import gzip
import io
import json
import tracemalloc
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wrappers import Response

from tests.api.desk import LONGEST, LONGEST_BATCH, X6, Desk, new

GOOD = json.dumps(new()).encode()


def assert_problem(response: Response, status: int) -> dict[str, Any]:
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    body: dict[str, Any] = json.loads(response.data)
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["instance"] == response.headers["X-Request-ID"]
    return body


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" ",
        b'{"customer_id": "A", "fea',
        b'{"customer_id":"A","features":{"xgboost":[NaN,1,1,1,1,1]}}',
        b'{"customer_id":"A","features":{"xgboost":[-Infinity,1,1,1,1,1]}}',
        b'{"customer_id":"A","features":{"xgboost":[1e999,1,1,1,1,1]}}',
        b'{"customer_id":"A","features":{"xgboost":[%s,1,1,1,1,1]}}' % (b"9" * 3000),
        b'{"customer_id":"A","customer_id":"B","features":{}}',
        b'{"customer_id":"A","features":{"xgboost":[1],"xgboost":[1]}}',
        b'{"customer_id":"A","customer\\u005fid":"B","features":{}}',
        b'{"customer_id":"\xff"}',
        b'{"customer_id":"\\ud800"}',
        b'{"\\udfff":1}',
        b"\xef\xbb\xbf" + GOOD,
        GOOD.decode().encode("utf-16"),
        GOOD.decode().encode("utf-32-le"),
        b"[" * 1500 + b"]" * 1500,
        b'{"a":' * 600 + b"1" + b"}" * 600,
        GOOD + b"x",
        GOOD.replace(b"}", b",}"),
        b"{'customer_id': 'A'}",
        b"\x00",
    ],
)
def test_bytes_that_not_every_reader_reads_the_same_way_are_a_400(desk: Desk, raw: bytes) -> None:
    body = assert_problem(desk.send(raw), 400)
    assert body["type"] == "urn:problem-type:credit-api:not-json"
    assert desk.table.look_ups == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"features": {"xgboost": X6}}, "customer_id"),
        (new(""), "customer_id"),
        (new("x" * 257), "customer_id"),
        (new("a\0b"), "customer_id"),
        ({**new(), "customer_id": 7}, "customer_id"),
        ({**new(), "customer_id": None}, "customer_id"),
        ({"customer_id": "A"}, "features"),
        (new(features=X6), "features"),
        (new(features=None), "features"),
        (new(features={f"m{i}": [] for i in range(101)}), "features"),
        (new(features={"oracle": X6}), "features.oracle"),
        (new(features={"xgboost": 7}), "features.xgboost"),
        (new(features={"xgboost": "text"}), "features.xgboost"),
        (new(features={"xgboost": X6[:-1]}), "features.xgboost"),
        (new(features={"xgboost": X6 * 2}), "features.xgboost"),
        (new(features={"xgboost": [*X6[:3], "a", *X6[4:]]}), "features.xgboost[3]"),
        (new(features={"xgboost": [True, *X6[1:]]}), "features.xgboost[0]"),
        (new(features={"xgboost": [None, *X6[1:]]}), "features.xgboost[0]"),
        (new(features={"xgboost": [[], *X6[1:]]}), "features.xgboost[0]"),
        (new(features={"xgboost": [1e39, *X6[1:]]}), "features.xgboost[0]"),
        (new(features={"xgboost": [10**200, *X6[1:]]}), "features.xgboost[0]"),
        (new(features={"xgboost": {"h": 1}}), "features.xgboost.i"),
        (new(features={"xgboost": {**dict.fromkeys("hijklm", 1), "n": 1}}), "features.xgboost.n"),
        (new(explain="yes"), "explain"),
        (new(explain=1), "explain"),
        (new(explain=None), "explain"),
        (new(featuers={}), "featuers"),
        ({**new(), "x" * 3000: 1}, "x" * 64),
    ],
)
def test_a_wrong_field_is_a_422_that_names_it(desk: Desk, body: Any, field: str) -> None:
    problem = assert_problem(desk.predict(body), 422)
    assert field in {each["field"] for each in problem["errors"]}
    assert desk.table.records == {}


def test_everything_that_is_wrong_is_told_at_once(desk: Desk) -> None:
    problem = assert_problem(desk.predict({"customer_id": 7, "explain": 7, "colour": 7}), 422)
    assert {each["field"] for each in problem["errors"]} == {"customer_id", "features", "explain", "colour"}


@pytest.mark.parametrize("raw", [b"[]", b"7", b'"text"', b"null", b"true"])
def test_json_that_is_not_an_object_is_a_422(desk: Desk, raw: bytes) -> None:
    assert_problem(desk.send(raw), 422)


@pytest.mark.parametrize(
    "options",
    [
        {"content_type": "application/x-www-form-urlencoded"},
        {"content_type": "text/plain"},
        {"content_type": "application/jsonp"},
        {"content_type": ""},
        {"headers": {"Content-Encoding": "gzip"}},
        {"headers": {"Content-Encoding": "br"}},
    ],
)
def test_other_contents_than_plain_json_are_a_415(desk: Desk, options: dict[str, Any]) -> None:
    assert_problem(desk.send(GOOD, **options), 415)


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON", "application/json ;a=b"])
def test_json_may_be_named_with_parameters_and_in_any_case(desk: Desk, kind: str) -> None:
    assert desk.send(GOOD, content_type=kind).status_code == 200


def test_a_gzip_bomb_is_refused_unread(desk: Desk) -> None:
    bomb = gzip.compress(b" " * 1_000_000)
    assert_problem(desk.send(bomb, headers={"Content-Encoding": "gzip"}), 415)


class Endless(io.RawIOBase):
    """A body without end that counts what is read of it."""

    def __init__(self) -> None:
        self.count = 0

    def read(self, size: int = -1, /) -> bytes:
        assert size >= 0
        self.count += size
        return b"[" * size


def post(desk: Desk, path: str, stream: Any, **environ: Any) -> Response:
    """A request as a WSGI server hands it over; the test client would correct its length."""
    builder = EnvironBuilder(path, method="POST", content_type="application/json")
    whole = {**builder.get_environ(), "wsgi.input": stream, **environ}
    content, status, headers = run_wsgi_app(desk.app.wsgi_app, whole)
    return Response(b"".join(content), status, headers)


@pytest.mark.parametrize(
    ("path", "longest"), [("predict", LONGEST), ("search", LONGEST), ("predict/batch", LONGEST_BATCH)]
)
def test_a_body_over_the_limit_is_a_413_before_it_is_read(desk: Desk, path: str, longest: int) -> None:
    for declared in (longest + 1, 50_000_000, 10**30):
        stream = Endless()
        assert_problem(post(desk, f"/api/v1/{path}", stream, CONTENT_LENGTH=str(declared)), 413)
        assert stream.count == 0


def test_a_chunked_body_is_read_up_to_the_limit_and_no_further(desk: Desk) -> None:
    stream = Endless()
    response = post(desk, "/api/v1/predict", stream, CONTENT_LENGTH="", **{"wsgi.input_terminated": True})
    assert_problem(response, 413)
    assert stream.count == LONGEST + 1


def test_a_chunked_body_within_the_limit_is_read_to_its_end(desk: Desk) -> None:
    stream = io.BufferedReader(io.BytesIO(GOOD), 16)
    response = post(desk, "/api/v1/predict", stream, CONTENT_LENGTH="", **{"wsgi.input_terminated": True})
    assert response.status_code == 200


def test_a_body_that_breaks_off_is_a_400(desk: Desk) -> None:
    class Broken(io.RawIOBase):
        def read(self, _: int = -1, /) -> bytes:
            raise ConnectionResetError

    assert_problem(post(desk, "/api/v1/predict", Broken(), CONTENT_LENGTH="100"), 400)
    assert_problem(post(desk, "/api/v1/predict", io.BytesIO(GOOD), CONTENT_LENGTH=str(len(GOOD) + 1)), 400)


@pytest.mark.parametrize("declared", ["-1", "1.5", "abc", "٣", "0x10", " 5"])
def test_a_content_length_that_is_no_number_is_a_400(desk: Desk, declared: str) -> None:
    assert_problem(post(desk, "/api/v1/predict", io.BytesIO(GOOD), CONTENT_LENGTH=declared), 400)


def test_a_body_of_brackets_costs_no_more_memory_than_itself(desk: Desk) -> None:
    raw = b"[" + b"[]," * ((LONGEST_BATCH - 3) // 3) + b"1]"
    desk.send(raw, "/api/v1/predict/batch")
    tracemalloc.start()
    try:
        assert desk.send(raw, "/api/v1/predict/batch").status_code == 422
        assert tracemalloc.get_traced_memory()[1] < 60 * len(raw)
    finally:
        tracemalloc.stop()


def test_a_long_vector_within_the_limit_has_one_error(desk: Desk) -> None:
    vector = {"customer_id": "A", "features": {"xgboost": [0] * 20_000}}
    results = desk.batch({"requests": [vector]}).json["results"]
    assert (results[0]["status"], len(results[0]["errors"])) == (422, 1)


def test_a_path_that_is_not_there_is_a_404(desk: Desk) -> None:
    for path in ("/api/v1/nowhere", "/", "//health", "/api/v1/predict/", "/api/v1/predict%00", "/%ff", "/api/v1/../x"):
        assert_problem(desk.client.get(path), 404)


def test_a_method_that_is_not_taken_is_a_405_with_the_ones_that_are(desk: Desk) -> None:
    response = desk.client.delete("/api/v1/predict")
    assert_problem(response, 405)
    assert {each.strip() for each in response.headers["Allow"].split(",")} == {"OPTIONS", "POST"}
    assert_problem(desk.client.open("/api/v1/predict", method="BREW"), 405)


@pytest.mark.parametrize("accept", ["text/html", "application/xml;q=0.9", "application/json;q=0", "image/*"])
def test_who_accepts_no_json_gets_a_406(desk: Desk, accept: str) -> None:
    assert_problem(desk.predict(new(), Accept=accept), 406)
    assert desk.table.records == {}


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "application/*", "text/html, */*;q=0.1", "application/problem+json", ""]
)
def test_who_accepts_json_among_others_gets_it(desk: Desk, accept: str) -> None:
    assert desk.predict(new(), Accept=accept).status_code == 200


def test_a_defect_of_ours_is_a_500_that_shows_nothing_of_the_inside(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: object) -> float:
        raise KeyError("/srv/secret/path")

    desk.xgboost._score = fail
    response = desk.predict(new())
    body = assert_problem(response, 500)
    assert body["type"] == "urn:problem-type:credit-api:internal-error"
    assert "secret" not in response.text
    assert "KeyError" not in response.text
    assert [each.message for each in caplog.records if each.levelname == "ERROR"] == ["unexpected error"]


def test_a_status_without_a_kind_of_its_own_is_what_http_says_it_is(desk: Desk) -> None:
    desk.app.add_url_rule("/teapot", view_func=lambda: __import__("flask").abort(418))
    assert assert_problem(desk.client.get("/teapot"), 418)["type"] == "about:blank"
