"""What a program in the child can and cannot do. `timeit` of the standard library runs it, unmodified."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from model_store import sandbox
from model_store.sandbox import Ended, Limits, Workspace

LANDLOCK_VERSION = ctypes.CDLL(None).syscall(444, None, 0, 1)
needs_landlock = pytest.mark.skipif(LANDLOCK_VERSION < 1, reason="this kernel has no Landlock")


@pytest.fixture
def place() -> Iterator[Workspace]:
    with sandbox.workspace() as made:
        yield made


def ran(place: Workspace, program: str, limits: Limits | None = None) -> Ended:
    """How a program ended that ran in the child."""
    return sandbox.run("timeit", ["-n1", "-r1", textwrap.dedent(program)], place, limits or Limits(seconds=60))


def test_it_knows_no_credential_and_no_address(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")

    said = ran(place, "import os; print(sorted(os.environ))").excerpt

    known = {"HOME", "LANG", "LOKY_MAX_CPU_COUNT", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PATH"}
    assert f"{sorted({*known, 'TMPDIR'})}" in said


def test_it_gets_no_input_and_no_open_file(place: Workspace, tmp_path: Path) -> None:
    program = """
        import os, sys
        open_files = []
        for number in range(3, 256):
            try:
                os.fstat(number)
                open_files.append(number)
            except OSError:
                pass
        print(repr(sys.stdin.read()), open_files)
    """
    with (tmp_path / "secret").open("w") as secret:
        os.set_inheritable(secret.fileno(), True)
        said = ran(place, program).excerpt

    assert said.startswith("'' []")


def test_it_reads_its_source_and_writes_its_results(place: Workspace) -> None:
    (place.source / "model").write_text("weights")

    ended = ran(place, f"open({str(place.out / 'result')!r}, 'w').write(open({str(place.source / 'model')!r}).read())")

    assert ended.status == 0
    assert (place.out / "result").read_text() == "weights"


@needs_landlock
@pytest.mark.parametrize("mode", ["r", "w", "a"])
def test_it_opens_no_other_file(place: Workspace, tmp_path: Path, mode: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("precious")

    ended = ran(place, f"open({str(secret)!r}, {mode!r})")

    assert ended.status == 1
    assert "PermissionError" in ended.excerpt
    assert secret.read_text() == "precious"


@needs_landlock
def test_it_does_not_change_what_it_was_given(place: Workspace) -> None:
    (place.source / "model").write_text("weights")

    ended = ran(place, f"open({str(place.source / 'model')!r}, 'w')")

    assert "PermissionError" in ended.excerpt


@needs_landlock
def test_it_does_not_read_its_parents_environment(place: Workspace) -> None:
    assert "PermissionError" in ran(place, f"open('/proc/{os.getpid()}/environ')").excerpt


def test_it_has_no_network(place: Workspace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = ran(place, f"import socket; socket.create_connection({server.getsockname()!r}, 5)")

    assert ended.status == 1
    assert "OSError" in ended.excerpt or "PermissionError" in ended.excerpt


def test_it_gains_no_privilege_and_dies_with_its_parent(place: Workspace) -> None:
    program = """
        import ctypes
        libc, signal = ctypes.CDLL(None), ctypes.c_int()
        libc.prctl(2, ctypes.byref(signal), 0, 0, 0)
        print(libc.prctl(39, 0, 0, 0, 0), signal.value)
    """
    assert ran(place, program).excerpt.startswith(f"1 {signal.SIGKILL.value}")


def test_memory_is_limited(place: Workspace) -> None:
    assert "MemoryError" in ran(place, "bytearray(1 << 30)", Limits(memory_bytes=512 << 20)).excerpt


def test_the_size_of_a_file_is_limited(place: Workspace) -> None:
    ended = ran(place, f"open({str(place.out / 'big')!r}, 'wb', 0).write(bytes(2048))", Limits(file_bytes=1024))

    assert (place.out / "big").stat().st_size <= 1024, ended


def test_processor_time_is_limited(place: Workspace) -> None:
    ended = ran(place, "while True: pass", Limits(cpu_seconds=1))

    assert ended.status is not None
    assert ended.status < 0


def test_when_its_time_is_up_its_own_children_end_too(place: Workspace) -> None:
    program = f"""
        import os, time
        if os.fork() == 0:
            open({str(place.out / "pid")!r}, "w").write(str(os.getpid()))
            os.rename({str(place.out / "pid")!r}, {str(place.out / "forked")!r})
        while True:
            time.sleep(60)
    """
    ended = ran(place, program, Limits(seconds=2))

    assert ended.status is None
    if (place.out / "forked").exists():  # else the machine was too slow for it to fork at all
        assert _ends(int((place.out / "forked").read_text()))


def test_what_it_says_is_bounded_and_harmless(place: Workspace) -> None:
    said = ran(place, r"print('\x1b[2J' + 'flood ' * 100_000 + 'end\nof it\x07')").excerpt

    assert len(said) <= sandbox.LONGEST_EXCERPT
    assert "end of it" in said
    assert said.isprintable()


def test_a_killed_parent_takes_its_child_along(place: Workspace) -> None:
    parent = f"""
        import os, signal, sys
        sys.path.insert(0, {str(Path(sandbox.__file__).parents[1])!r})
        from model_store import sandbox
        from pathlib import Path
        place = sandbox.Workspace(Path({str(place.root)!r}))
        program = "import time\\nprint('up', flush=True)\\nwhile True: time.sleep(60)"
        child = sandbox.start("timeit", ["-n1", "-r1", program], place, sandbox.Limits())
        child.stdout.read(1)
        print(child.pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    killed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(parent)], capture_output=True, text=True, check=False
    )

    assert killed.returncode == -signal.SIGKILL
    assert _ends(int(killed.stdout))


def test_a_workspace_is_gone_afterwards() -> None:
    with sandbox.workspace() as place:
        (place.out / "left").write_text("behind")

    assert not place.root.exists()


def _ends(process: int) -> bool:
    """Whether a process that is none of our children ends within a while (a zombie has ended)."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                time.sleep(0.02)
                continue
        return True
    return False
