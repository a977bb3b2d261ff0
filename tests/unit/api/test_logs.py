"""JSON lines that tell no secrets and make nobody wait."""

import json
import logging
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from api.logs import JsonFormatter, NeverWaiting, configure, customer_reference

LINE = "x" * 500


class Sink:
    """A logger that writes to a file descriptor, and the count of what it dropped."""

    def __init__(self, fd: int) -> None:
        self.dropped = 0
        self.handler = NeverWaiting(fd, self._drop)
        self.handler.setFormatter(JsonFormatter())
        self.log = logging.Logger("test")
        self.log.addHandler(self.handler)

    def _drop(self) -> None:
        self.dropped += 1


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    for fd in (reading, writing):
        try:
            os.close(fd)
        except OSError:  # the test closed it
            continue


def lines(raw: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in raw.splitlines()]


def told(path: Path, **extra: Any) -> dict[str, Any]:
    with path.open("wb") as file:
        sink = Sink(file.fileno())
        sink.log.info("a message of %d parts", 2, extra=extra)
        sink.handler.close()
    assert sink.dropped == 0
    return lines(path.read_bytes())[0]


def test_a_line_is_one_json_object(tmp_path: Path) -> None:
    line = told(tmp_path / "log", model="social", count=3)
    assert line.pop("time").endswith("+00:00")
    assert line == {"level": "INFO", "logger": "test", "message": "a message of 2 parts", "model": "social", "count": 3}


@pytest.mark.parametrize("value", ["\ud800", 10**30, {1, 2}, object(), {"a": {3: b"x"}}, float("nan")])
def test_a_value_that_json_has_no_word_for_loses_no_line(tmp_path: Path, value: object) -> None:
    assert told(tmp_path / "log", value=value)["message"] == "a message of 2 parts"


def test_an_exception_is_told_by_class_and_place_and_never_by_message(tmp_path: Path) -> None:
    def fail() -> None:
        try:
            raise KeyError("CUS123")
        except KeyError as error:
            raise ValueError("0.5 of CUS123") from error

    path = tmp_path / "log"
    with path.open("wb") as file:
        sink = Sink(file.fileno())
        try:
            fail()
        except ValueError:
            sink.log.exception("it failed")
        sink.handler.close()
    line = lines(path.read_bytes())[0]
    assert [each["class"] for each in line["exception"]] == ["builtins.ValueError", "builtins.KeyError"]
    assert "fail" in line["exception"][0]["at"][-1]
    assert "CUS123" not in path.read_text()


def test_a_full_pipe_drops_lines_whole_and_counts_them(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    sink = Sink(writing)
    for number in range(1_000):
        sink.log.info(LINE, extra={"number": number})
    assert os.get_blocking(writing), "the descriptor is shared with other processes and must stay as it is"
    got = lines(os.read(reading, 1_000_000))
    assert 0 < len(got) < 1_000
    assert len(got) + sink.dropped == 1_000
    sink.log.info("after")
    assert lines(os.read(reading, 1_000_000))[-1]["message"] == "after"
    sink.handler.close()


def test_a_line_that_was_cut_short_is_ended_before_the_next(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    sink = Sink(writing)
    sink.log.info("y" * 200_000)  # more than a pipe holds
    sink.log.info("dropped while the pipe is full")
    raw = b""
    for _ in range(10):
        raw += os.read(reading, 1_000_000)
        sink.log.info("next")
        if raw.endswith(b"\n"):
            break
    got = lines(raw[: raw.rindex(b"\n")])
    assert got[0]["message"] == "y" * 200_000
    assert {each["message"] for each in got[1:]} <= {"next"}
    assert sink.dropped > 0
    sink.handler.close()


def test_a_reader_that_went_away_is_counted(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    sink = Sink(writing)
    os.close(reading)
    sink.log.info(LINE)
    assert sink.dropped == 1
    sink.handler.close()


def test_a_closed_descriptor_is_counted_and_whoever_gets_its_number_gets_no_log(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    os.close(writing)
    sink = Sink(writing)
    again = os.dup2(reading, writing)
    sink.log.info(LINE)
    assert (again, sink.dropped) == (writing, 1)
    sink.handler.close()


def test_a_socket_as_the_journal_gives_it_is_written_to_and_never_waited_for() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sink = Sink(ours.fileno())
        for _ in range(5_000):
            sink.log.info("a line")
        assert ours.getblocking()
        assert 0 < sink.dropped < 5_000
        first, _, _ = theirs.recv(4_096).partition(b"\n")
        assert json.loads(first)["message"] == "a line"
        sink.handler.close()


def test_a_full_disk_costs_a_line_and_nothing_else() -> None:
    with Path("/dev/full").open("wb", buffering=0) as full:
        sink = Sink(full.fileno())
        sink.log.info(LINE)
        assert sink.dropped == 1
        sink.handler.close()


def test_a_message_that_cannot_be_made_is_counted(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file:
        sink = Sink(file.fileno())
        sink.log.info("%d", "not a number")
        assert sink.dropped == 1
        sink.handler.close()


def test_configured_once_the_root_logger_writes_json_from_its_level_on(tmp_path: Path) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    path = tmp_path / "log"
    try:
        with path.open("wb") as file:
            configure("DEBUG", lambda: None, file.fileno())
            assert not logging.getLogger("botocore.endpoint").isEnabledFor(logging.INFO)  # it quotes whole requests
            first = root.handlers[0]
            configure("WARNING", lambda: None, file.fileno())
            assert first not in root.handlers
            logging.getLogger("a.b").warning("seen")
            logging.getLogger("a.b").info("not seen")
            for handler in root.handlers:
                handler.close()
    finally:
        root.handlers[:], root.level = before
    assert [each["message"] for each in lines(path.read_bytes())] == ["seen"]


def test_a_reference_is_the_same_for_a_customer_and_depends_on_the_secret() -> None:
    reference = customer_reference(b"k" * 32, "CUS123")
    assert reference == customer_reference(b"k" * 32, "CUS123")
    assert len({reference, customer_reference(b"l" * 32, "CUS123"), customer_reference(b"k" * 32, "CUS124")}) == 3
    assert len(reference) == 12


def test_the_development_server_tells_no_path(tmp_path: Path) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    path = tmp_path / "log"
    try:
        with path.open("wb") as file:
            configure("INFO", lambda: None, file.fileno())
            logging.getLogger("werkzeug").setLevel(logging.INFO)
            server = make_server("127.0.0.1", 0, Response("fine"))
            answering = threading.Thread(target=server.handle_request)
            answering.start()
            with urlopen(f"http://127.0.0.1:{server.server_port}/customers/SECRET", timeout=30) as response:
                assert response.status == 200
            answering.join(30)
            server.server_close()
            logging.getLogger("werkzeug").info("Running on %s", "127.0.0.1")
            for handler in root.handlers:
                handler.close()
    finally:
        root.handlers[:], root.level = before
    assert [each["message"] for each in lines(path.read_bytes())] == ["Running on 127.0.0.1"]
