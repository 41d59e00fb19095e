"""What a program costs: processor time of it and of its children, time on the clock, and peak memory."""

from __future__ import annotations

import os
import resource
import signal
import statistics
import subprocess
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of processor and clock; memory: the peak of the largest process, in MiB."""

    cpu: float
    wall: float
    memory: float


@dataclass(frozen=True, slots=True)
class Costs:
    """The same thing, measured several times."""

    each: tuple[Cost, ...]

    @property
    def cpu(self) -> float:
        """The least processor time: what the program needs when nothing disturbs it."""
        return min(cost.cpu for cost in self.each)

    @property
    def wall(self) -> float:
        """The least time on the clock."""
        return min(cost.wall for cost in self.each)

    @property
    def cpu_median(self) -> float:
        """The processor time in the middle."""
        return statistics.median(cost.cpu for cost in self.each)

    @property
    def wall_median(self) -> float:
        """The time on the clock in the middle."""
        return statistics.median(cost.wall for cost in self.each)

    @property
    def memory(self) -> float:
        """The highest peak."""
        return max(cost.memory for cost in self.each)


class Failed(Exception):
    """A program that was measured failed, or took too long; says what it printed."""


def spend(
    arguments: Sequence[str],
    *,
    environ: Mapping[str, str],
    directory: Path,
    seconds: float,
    fine: Collection[int] = (0,),
) -> Cost:
    """Run a program to its end and return what it cost.

    What it prints is left in `directory`/.bench.log. Failed if it does not end with one of `fine` within `seconds`.
    """
    log = directory / ".bench.log"
    with log.open("wb") as out:
        began = time.perf_counter()
        child = subprocess.Popen(
            arguments,
            env=dict(environ),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        ended, status, usage = _wait(child, began + seconds)
    if status not in fine:
        what = f"took more than {seconds:.0f} s" if status is None else f"ended with {status}"
        tail = log.read_text(errors="replace")[-2000:]
        raise Failed(f"{' '.join(arguments)} {what}\n{tail}")
    return Cost(usage.ru_utime + usage.ru_stime, ended - began, usage.ru_maxrss / 1024)


def ended_children_cpu(pid: int) -> float:
    """Processor seconds of the children of a process that have ended (Linux). Those of a server are its sessions."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def own_memory() -> str:
    """A child begins as a copy of this process (getrusage(2)), so no peak below our own size can be seen."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"the peak of the largest process; less than the bench's own {own:.0f} MiB cannot be seen"


def _wait(child: subprocess.Popen[bytes], late: float) -> tuple[float, int | None, resource.struct_rusage]:
    """When the child ended, its exit code (None: too late, killed), and what it and its children used."""

    def ring(number: int, frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, max(0.001, late - time.perf_counter()))
    try:
        _, status, usage = os.wait4(child.pid, 0)
        code: int | None = os.waitstatus_to_exitcode(status)
    except TimeoutError:
        os.killpg(child.pid, signal.SIGKILL)
        _, status, usage = os.wait4(child.pid, 0)
        code = None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    child.returncode = -1 if code is None else code
    return time.perf_counter(), code, usage
