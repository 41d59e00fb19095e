"""Processes of this machine: which one opened a session, and whether it still runs."""

from __future__ import annotations

import hashlib
import os
import platform
from functools import cache
from pathlib import Path

from rowkeep.domain.client import ClientProcess

DEAD = ("Z", "X")
"""States of a process that has ended, but is still listed (proc(5))."""
STARTED = 19
"""The position of `starttime` after the state in /proc/PID/stat (proc(5): fields 22 and 3)."""
SPACES = ("pid", "time")
"""The namespaces that give a process its number and the time of its start."""


def own_process() -> ClientProcess:
    """This process."""
    pid = os.getpid()
    return ClientProcess(pid, platform.node(), machine_id(), process_start(pid) or 0)


@cache
def machine_id() -> str:
    """Identifies this boot of this kernel, and this PID namespace (a container has its own).

    '' on other systems than Linux: then nothing is claimed about any process.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()
        spaces = [path.stat().st_ino for space in SPACES if (path := Path("/proc/self/ns") / space).exists()]
    except OSError:
        return ""
    return hashlib.sha256(f"{boot} {spaces}".encode()).hexdigest()[:10] if spaces else ""


def process_start(pid: int) -> int | None:
    """When the process began, in ticks since boot; None if it does not exist, 0 if this user may not know."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except OSError:
        pass  # it is another user's
    try:
        # The name of the program stands in brackets and may hold anything.
        state, *rest = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0
    return None if state in DEAD else int(rest[STARTED - 1])
