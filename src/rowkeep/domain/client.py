"""The client process of a session, read from the session's application_name, and whether it is still alive."""

from __future__ import annotations

import re

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.event import Blocker
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.late_regex import compile_later

HOST_LENGTH = 16
"""Bytes of the host name that are kept. PostgreSQL keeps 63 bytes of an application_name; this leaves 18 or more
for the name that was set before."""

TOLD = compile_later(
    r" (?P<pid>[0-9]{1,9})@(?P<host>[A-Za-z0-9.-]*)(?:/(?P<started>[0-9a-f]+)\.(?P<machine>[0-9a-f]+))?$"
)


@dataclass(frozen=True, slots=True)
class ClientProcess:
    """A process. host: the name of its machine, for people. machine: where its process id is valid; '' if unknown.

    Two processes with the same `machine` see each other: same boot of the same kernel, same PID namespace.
    started: its start time as the kernel counts it, because process ids are reused.
    """

    pid: int
    host: str
    machine: str = ""
    started: int = 0

    @property
    def mark(self) -> str:
        """The suffix for the session's application_name."""
        host = re.sub(r"[^A-Za-z0-9.-]", "", self.host)[:HOST_LENGTH]
        return f" {self.pid}@{host}" + (f"/{self.started:x}.{self.machine}" if self.machine else "")


def parse_client(application: str | None) -> ClientProcess | None:
    """Read the process from an application_name. None if it holds none."""
    found = TOLD.search(application or "")
    if found is None:
        return None
    return ClientProcess(int(found["pid"]), found["host"], found["machine"] or "", int(found["started"] or "0", 16))


class ClientFate(Enum):
    """What is known about a client process."""

    ALIVE = "alive"
    GONE = "gone"
    ELSEWHERE = "elsewhere"
    """It runs (or ran) on another machine or in another container, so this process cannot know."""
    UNTOLD = "untold"
    """The session's application_name does not say."""


@dataclass(frozen=True, slots=True)
class LockHolder:
    """A session that holds the run lock. began: when it started, in the server's format; None if hidden.

    client: its process.
    """

    blocker: Blocker
    began: str | None
    client: ClientProcess | None
    fate: ClientFate

    @property
    def orphan(self) -> bool:
        """Whether its client is gone and the session can be identified: a later session may have the same PID."""
        return self.fate is ClientFate.GONE and self.began is not None


def client_fate(client: ClientProcess | None, machine: str, started: int | None) -> ClientFate:
    """Whether the client is alive. machine: of this process.

    started: start time of the process that has this process id here now. None: there is none. 0: not readable.
    """
    if client is None:
        return ClientFate.UNTOLD
    if not client.machine or client.machine != machine:
        return ClientFate.ELSEWHERE
    if started is None or started not in (0, client.started):
        return ClientFate.GONE
    return ClientFate.ALIVE


def format_holder(holder: LockHolder) -> str:
    """Describe the client of a lock holder."""
    pid, client = holder.blocker.pid, holder.client
    if client is None:
        return f"session {pid} does not name its process, so it is unknown whether its client is alive"
    if holder.fate is ClientFate.GONE:
        return f"session {pid} is an orphan: its process {client.pid} on this machine is gone"
    if holder.fate is ClientFate.ALIVE:
        return f"session {pid} is alive: process {client.pid} on this machine"
    where = client.host or "another machine"
    return f"session {pid} belongs to process {client.pid} on {where}; whether it is alive can be seen only there"
