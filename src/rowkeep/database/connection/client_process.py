"""This process and its neighbours, as the system knows them: who opened a session, and whether it still lives."""

from __future__ import annotations

import hashlib
import os
import platform
from functools import cache
from pathlib import Path

from rowkeep.domain.client import ClientProcess

DEAD = ("Z", "X")
"""States of a process that has ended and is only not yet counted out (proc(5))."""
STARTED = 19
"""Where `starttime` stands in /proc/PID/stat behind the state (proc(5): fields 22 and 3)."""
SPACES = ("pid", "time")
"""The namespaces that give a process its number and the time of its start."""


def own_process() -> ClientProcess:
    """This process."""
    pid = os.getpid()
    return ClientProcess(pid, platform.node(), machine_id(), process_start(pid) or 0)


@cache
def machine_id() -> str:
    """What tells this boot of this kernel, and this space of process numbers (a container has its own), from others.

    '' where the system does not tell (only Linux does): then nothing is said about any process.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()
        spaces = [path.stat().st_ino for space in SPACES if (path := Path("/proc/self/ns") / space).exists()]
    except OSError:
        return ""
    return hashlib.sha256(f"{boot} {spaces}".encode()).hexdigest()[:10] if spaces else ""


def process_start(pid: int) -> int | None:
    """When the process began, in ticks since the boot; None where there is none, 0 where this user may not know."""
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
