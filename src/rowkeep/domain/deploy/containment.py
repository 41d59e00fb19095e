"""What a scratch server is prevented from doing."""

from __future__ import annotations

from rowkeep.domain.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Containment:
    """What the server and its children cannot do. The operating system forbids it, and it was tried on the server.

    network: it runs in its own network namespace, in which nothing else listens. connections: it cannot open any,
    neither TCP nor unix sockets. programs: it cannot run any. files: it cannot write outside its own directory.
    signals: it cannot signal other processes.
    """

    network: bool = False
    connections: bool = False
    programs: bool = False
    files: bool = False
    signals: bool = False

    @property
    def whole(self) -> bool:
        """Whether nothing that runs on this server can change anything outside it."""
        return self.connections and self.programs and self.files


NOTHING_CLOSED = Containment()
