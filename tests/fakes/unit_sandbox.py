"""Runs a command with what the systemd unit leaves to it: `unit_sandbox.py UNIT command argument...`.

Only what needs no systemd as process 1: the unit's system calls (all others are answered with EPERM), no capabilities,
no writable and executable memory. Uses the groups of `systemd-analyze syscall-filter` and libseccomp.
"""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
import sys
from pathlib import Path

SCMP_ACT_ALLOW, SCMP_ACT_ERRNO_EPERM = 0x7FFF0000, 0x00050001
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 24, 38, 65, 1
LAST_CAPABILITY = 40


def members(group: str) -> set[str]:
    """The system calls of a name or of an "@group"."""
    if not group.startswith("@"):
        return {group}
    told = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True)
    names = [line.partition("#")[0].strip() for line in told.stdout.splitlines()[1:]]
    return set().union(*(members(name) for name in names if name))


def allowed(unit: str) -> set[str]:
    """What the SystemCallFilter lines of a unit come to, in their order."""
    calls = members("@default")
    for line in re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE):
        named = set().union(*(members(name) for name in line.removeprefix("~").split()))
        calls = calls - named if line.startswith("~") else calls | named
    return calls


def main() -> None:
    """Give up everything that the unit takes away, and become the command."""
    calls = allowed(Path(sys.argv[1]).read_text())
    libc, seccomp = ctypes.CDLL(None), ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    for capability in range(LAST_CAPABILITY + 1):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0)
    context = ctypes.c_void_p(seccomp.seccomp_init(ctypes.c_uint32(SCMP_ACT_ERRNO_EPERM)))
    for name in calls:
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # negative: not of this architecture
            seccomp.seccomp_rule_add(context, ctypes.c_uint32(SCMP_ACT_ALLOW), number, 0)
    if seccomp.seccomp_load(context) != 0:
        sys.exit("the filter was not accepted")
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 (that is what it is for)


if __name__ == "__main__":
    main()
