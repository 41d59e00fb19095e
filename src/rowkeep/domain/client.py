"""The process behind a session, as the session's name tells it, and whether it still lives."""

from __future__ import annotations

import re
from enum import Enum

from rowkeep.domain.event import Blocker
from rowkeep.domain.frozen import dataclass

HOST_LENGTH = 16
"""PostgreSQL keeps 63 bytes of a name: with so much of the host, 18 and more are left for what was there before."""

TOLD = re.compile(
    r" (?P<pid>[0-9]{1,9})@(?P<host>[A-Za-z0-9.-]*)(?:/(?P<started>[0-9a-f]+)\.(?P<machine>[0-9a-f]+))?$"
)


@dataclass(frozen=True, slots=True)
class ClientProcess:
    """A process. host: its machine's name, for people. machine: where its number means something; '' is not known.

    Two processes with the same `machine` see each other: one boot of one kernel, and one space of process numbers.
    started: when it began, in the kernel's own count; numbers are given again, with another start.
    """

    pid: int
    host: str
    machine: str = ""
    started: int = 0

    @property
    def mark(self) -> str:
        """What is put behind a session's application name."""
        host = re.sub(r"[^A-Za-z0-9.-]", "", self.host)[:HOST_LENGTH]
        return f" {self.pid}@{host}" + (f"/{self.started:x}.{self.machine}" if self.machine else "")


def parse_client(application: str | None) -> ClientProcess | None:
    """The process that a session's name tells; None where it tells none."""
    found = TOLD.search(application or "")
    if found is None:
        return None
    return ClientProcess(int(found["pid"]), found["host"], found["machine"] or "", int(found["started"] or "0", 16))


class ClientFate(Enum):
    """What is known of a client."""

    ALIVE = "alive"
    GONE = "gone"
    ELSEWHERE = "elsewhere"
    """It runs (or ran) on another machine or in another container: only there can be told."""
    UNTOLD = "untold"
    """The session does not tell its process."""


@dataclass(frozen=True, slots=True)
class LockHolder:
    """A session that holds the run lock. began: its start in the server's words, None where the role may not know it.

    client: its process.
    """

    blocker: Blocker
    began: str | None
    client: ClientProcess | None
    fate: ClientFate

    @property
    def orphan(self) -> bool:
        """Nobody is left to end it, and it can be told from a later session of the same number."""
        return self.fate is ClientFate.GONE and self.began is not None


def client_fate(client: ClientProcess | None, machine: str, started: int | None) -> ClientFate:
    """Whether the client lives. machine: of this process.

    started: when the process began that has its number here now; None: there is none, 0: this user may not know.
    """
    if client is None:
        return ClientFate.UNTOLD
    if not client.machine or client.machine != machine:
        return ClientFate.ELSEWHERE
    if started is None or started not in (0, client.started):
        return ClientFate.GONE
    return ClientFate.ALIVE


def format_holder(holder: LockHolder) -> str:
    """What is known of the client of a holder, in words."""
    pid, client = holder.blocker.pid, holder.client
    if client is None:
        return f"session {pid} does not tell its process: whether its client lives is not known"
    if holder.fate is ClientFate.GONE:
        return f"session {pid} is an orphan: its process {client.pid} on this machine is gone"
    if holder.fate is ClientFate.ALIVE:
        return f"session {pid} is alive: process {client.pid} on this machine"
    where = client.host or "another machine"
    return f"session {pid} is of process {client.pid} on {where}: only there can be told whether it lives"
