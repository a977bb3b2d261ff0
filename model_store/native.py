"""Native model files (report.MODEL_FILES): converted, or served as they are, always in a child process."""

from __future__ import annotations

import contextlib
import logging
import os
import selectors
import stat
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from model_store import sandbox
from model_store.compile.report import (
    LINEAR,
    NATIVE_FILES,
    ONNX,
    REFUSED,
    REPORT,
    TREES,
    CompileReport,
    NativeRefusedError,
)
from model_store.compile.wire import HEADER, SCORED, VALUE, Array, message, values_of
from model_store.sandbox import Limits

__all__ = ["CompileReport", "Limits", "NativeRefusedError", "NativeScorer", "NativeUnavailableError", "compile_native"]

COMPILED_FILES = (ONNX, TREES, LINEAR)
_CHILD = "model_store.compile.child"
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0

_log = logging.getLogger(__name__)


class NativeUnavailableError(Exception):
    """The child that serves a model natively did not answer; a later call may succeed."""


def compile_native(source: Path, out: Path, *, limits: Limits = Limits()) -> CompileReport:  # noqa: B008 # frozen
    """Open one model's native files in a child, check them, and write into `out` what they were converted to.

    `source` holds one of MODEL_FILES, and maybe prepare.joblib or scaler.joblib, and config.json. `out` receives
    report.json; model.onnx (input "features" [N, n] float64, output "output" [N, 1] float64) when it was converted;
    trees.npz or linear.npz when the output is a sum over trees or features. Raises NativeRefusedError; OSError when
    the files cannot be read or written here.
    """
    with sandbox.workspace() as place:
        _copy_native_files(source, place.source, limits)
        ended = sandbox.run(_CHILD, ["compile", str(place.root), str(limits.file_bytes)], place, limits)
        found = _results(place.out, limits)
        if REFUSED in found:
            raise NativeRefusedError(sandbox.cleaned(found[REFUSED].decode("utf-8", "replace")))
        if ended.status != 0 or REPORT not in found:
            _log.warning("model compiler failed", extra={"status": ended.status, "excerpt": ended.excerpt})
            raise NativeRefusedError(_how_it_failed(ended.status))
        try:
            report = CompileReport.from_json(found[REPORT])
        except (ValueError, TypeError, RecursionError) as error:
            raise NativeRefusedError("The process that opened the model files left an unusable report.") from error
        for name in (REPORT, *COMPILED_FILES):
            if name in found:
                (out / name).write_bytes(found[name])
        return report


class NativeScorer:
    """A model that could not be converted, served by its own framework in a child that lives on.

    The child starts with the first call, and again after a crash, with growing pauses. Safe to share between threads:
    one thread of its own starts the child and speaks with it. After a fork, make another one.
    """

    def __init__(
        self,
        source: Path,
        report: CompileReport,
        *,
        limits: Limits = Limits(),  # noqa: B008 # frozen
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`source`: the native files, copied at once. Raises OSError, NativeRefusedError when one is too large."""
        self._report, self._limits, self._clock = report, limits, clock
        self._owned = contextlib.ExitStack()
        self._place = self._owned.enter_context(sandbox.workspace())
        _copy_native_files(source, self._place.source, limits)
        self._child: subprocess.Popen[bytes] | None = None
        self._not_before, self._pause = 0.0, _FIRST_PAUSE
        self._closing = threading.Lock()
        self._is_closed = False
        # the kernel kills the child when the thread that started it ends: that must not be a request's thread
        self._thread = ThreadPoolExecutor(1, "native-scorer")

    def outputs(self, rows: Array) -> Array:
        """The outputs [N] of rows [N, n], in the unit that the report names. Raises NativeUnavailableError."""
        rows = np.atleast_2d(np.asarray(rows, np.float64))
        if rows.shape[1] != self._report.input_size:
            raise ValueError(f"rows of {self._report.input_size} features, not {rows.shape[1]}")
        try:
            asked: Future[Array] = self._thread.submit(self._outputs, rows)
        except RuntimeError as error:
            raise NativeUnavailableError("the native scorer is closed") from error
        try:
            return asked.result(self._limits.seconds + self._limits.call_seconds)
        except TimeoutError as error:
            asked.cancel()
            raise NativeUnavailableError("the native scorer is busy") from error

    def close(self) -> None:
        """End the child; later calls raise NativeUnavailableError."""
        with self._closing:
            if not self._is_closed:
                self._is_closed = True
                self._thread.submit(self._stop)
                self._thread.shutdown(wait=True)
                self._owned.close()

    # ------------------------------------------------------------ all below runs in the scorer's own thread

    def _outputs(self, rows: Array) -> Array:
        if self._child is None:
            self._start()
        return self._ask(rows, self._limits.call_seconds)

    def _start(self) -> None:
        if self._clock() < self._not_before:
            raise NativeUnavailableError("the native scorer failed a moment ago and will be started again")
        self._not_before = self._clock() + self._pause
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        arguments = ["serve", str(self._place.root), str(self._limits.file_bytes), self._report.output]
        self._child = sandbox.start(_CHILD, arguments, self._place, self._limits, serves=True)
        os.set_blocking(self._child.stdin.fileno(), False)  # type: ignore[union-attr] # started with pipes
        try:
            golden = self._ask(np.array(self._report.golden_rows), self._limits.seconds)
            if not np.allclose(golden, self._report.golden_outputs, rtol=1e-6, atol=1e-6):
                raise NativeUnavailableError("the native scorer gives other outputs on the golden rows than it did")
        except NativeUnavailableError:
            self._stop()
            raise
        self._pause = _FIRST_PAUSE

    def _ask(self, rows: Array, seconds: float) -> Array:
        try:
            status, data = self._exchange(message(rows.shape[0], rows.shape[1], rows), time.monotonic() + seconds)
        except (OSError, EOFError) as error:
            self._stop()
            _log.warning("native scorer failed", extra={"cause": type(error).__name__})
            raise NativeUnavailableError("the native scorer ended or did not answer in time") from error
        outputs = values_of(data)
        if status != SCORED or len(outputs) != len(rows):
            raise NativeUnavailableError("the native model failed on these rows")
        return outputs

    def _exchange(self, request: bytes, deadline: float) -> tuple[int, bytes]:
        """Send a request and read its answer. TimeoutError, EOFError, OSError."""
        child = self._child
        assert child is not None and child.stdin is not None and child.stdout is not None  # noqa: S101, PT018 # started
        to_send = memoryview(request)
        while to_send:
            _wait(child.stdin.fileno(), selectors.EVENT_WRITE, deadline)
            to_send = to_send[os.write(child.stdin.fileno(), to_send) :]
        status, count = HEADER.unpack(_read(child.stdout.fileno(), HEADER.size, deadline))
        if count > len(request):
            raise EOFError  # never more outputs than were asked for: the child has lost its way
        return status, _read(child.stdout.fileno(), count * VALUE.itemsize, deadline)

    def _stop(self) -> None:
        if self._child is not None:
            with self._child as child:
                sandbox.stop(child)
            self._child = None


def _copy_native_files(source: Path, into: Path, limits: Limits) -> None:
    for name in NATIVE_FILES:
        if (source / name).exists():
            size = (source / name).stat().st_size
            if size > limits.file_bytes:
                raise NativeRefusedError(f"{name} has {size:,} bytes; at most {limits.file_bytes:,} are opened.")
            (into / name).write_bytes((source / name).read_bytes())


def _results(out: Path, limits: Limits) -> dict[str, bytes]:
    """The files that a child left: plain ones of the known names only, whatever else it made."""
    found = {}
    for name in (REPORT, REFUSED, *COMPILED_FILES):
        with contextlib.suppress(OSError):
            place = os.open(out / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                if stat.S_ISREG(os.fstat(place).st_mode):
                    with os.fdopen(place, "rb", closefd=False) as file:
                        found[name] = file.read(limits.file_bytes)
            finally:
                os.close(place)
    return found


def _how_it_failed(status: int | None) -> str:
    if status is None:
        return "The model files were not opened and converted within the time limit."
    if status < 0:
        return (
            f"The process that opened the model files was killed (signal {-status}): it may have used too much memory."
        )
    return "The process that opened the model files failed; the log holds the end of what it said."


def _wait(place: int, event: int, deadline: float) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(place, event)
        if not selector.select(max(0.0, deadline - time.monotonic())):
            raise TimeoutError


def _read(place: int, count: int, deadline: float) -> bytes:
    data = b""
    while len(data) < count:
        _wait(place, selectors.EVENT_READ, deadline)
        piece = os.read(place, count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data
