"""The child's first act: give up what it does not need, then run a module of this project.

Started by model_store/sandbox.py as a file, before anything else is imported or opened:
`python -I -B confine.py '<JSON of Confinement>' module argument...`. Only the standard library is imported here.

Always: limits on memory, CPU time, file size, open files, no core dump; no new privileges; killed with its parent.
Where the kernel lets an ordinary process (best effort): a user and network namespace of its own, so that there is no
network and a limit on processes; Landlock, so that only the interpreter, this project's packages and the child's own
folders can be opened, and neither the parent's memory nor its environment can be read.
A program in a model file (TorchScript) or a fault in a framework's C++ is held by this and by nothing else.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import runpy
import signal
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
LANDLOCK_VERSION_FLAG = 1
# linux/landlock.h: what can be allowed for files and folders; each version of the interface added some.
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
FILE_RIGHTS_BY_VERSION = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
TRUNCATE = 1 << 14
TCP_RIGHTS, OTHER_PROCESSES = 0b11, 0b11
MACHINE_FACTS = ("/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system", "/dev/null", "/dev/urandom", "/dev/zero")
SYSTEM_LIBRARIES = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache")


class Confinement(TypedDict):
    """What the parent grants: the limits, and which folders may be read and written."""

    parent: int
    memory_bytes: int
    cpu_seconds: int | None
    file_bytes: int
    open_files: int
    processes: int
    project: str
    readable: list[str]
    writable: list[str]


def main() -> None:
    """Confine this process and run the module that argv names."""
    granted: Confinement = json.loads(sys.argv[1])
    confine(granted)
    sys.path.append(granted["project"])
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def confine(granted: Confinement) -> None:
    """Apply every measure to this process; there is no way back."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != granted["parent"]:  # it died before it could be watched
        sys.exit(1)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    is_own_namespace = libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0
    if is_own_namespace:  # else the limit would count every process of this user, in the whole machine
        _limit(resource.RLIMIT_NPROC, granted["processes"])
    _limit(resource.RLIMIT_AS, granted["memory_bytes"])
    _limit(resource.RLIMIT_FSIZE, granted["file_bytes"])
    _limit(resource.RLIMIT_NOFILE, granted["open_files"])
    _limit(resource.RLIMIT_CORE, 0)
    if granted["cpu_seconds"] is not None:
        _limit(resource.RLIMIT_CPU, granted["cpu_seconds"])
    _landlock(libc, granted)


def _limit(which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, value))


def _landlock(libc: ctypes.CDLL, granted: Confinement) -> None:
    version = libc.syscall(LANDLOCK_CREATE_RULESET, None, 0, LANDLOCK_VERSION_FLAG)
    if version < 1:
        return
    every_right = sum(right for since, right in FILE_RIGHTS_BY_VERSION.items() if version >= since)
    handled = struct.pack("=QQQ", every_right, TCP_RIGHTS, OTHER_PROCESSES)
    handled = handled[: 8 if version < 4 else 16 if version < 6 else 24]
    ruleset = libc.syscall(LANDLOCK_CREATE_RULESET, handled, len(handled), 0)
    if ruleset < 0:
        return
    readable: Iterable[str] = (*SYSTEM_LIBRARIES, *MACHINE_FACTS, sys.prefix, sys.base_prefix, *granted["readable"])
    for path in readable:
        _allow(libc, ruleset, path, EXECUTE | READ_FILE | READ_DIR, every_right)
    _allow(libc, ruleset, "/dev/null", READ_FILE | WRITE_FILE, every_right)
    _allow(libc, ruleset, granted["project"], READ_DIR, every_right)  # an import lists the folder of the packages
    for path in granted["writable"]:
        _allow(libc, ruleset, path, every_right & ~EXECUTE, every_right)
    libc.syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, rights: int, every_right: int) -> None:
    with contextlib.suppress(OSError):  # what is not there needs no permission
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        for_files = rights if Path(path).is_dir() else rights & (EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE)
        rule = struct.pack("=Qi", for_files & every_right, place)
        libc.syscall(LANDLOCK_ADD_RULE, ruleset, 1, rule, 0)
        os.close(place)


if __name__ == "__main__":
    main()
