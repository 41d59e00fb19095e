"""Which ways out of a throw-away server are closed."""

from __future__ import annotations

from rowkeep.domain.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Containment:
    """What the server and all its children cannot do: the operating system forbids it, and the server has tried.

    network: it has a network namespace of its own, in which nothing else listens. connections: it can open none at
    all, neither TCP nor to a unix socket. programs: it can run none. files: it can write none outside its own
    directory. signals: it can send none to other processes.
    """

    network: bool = False
    connections: bool = False
    programs: bool = False
    files: bool = False
    signals: bool = False

    @property
    def whole(self) -> bool:
        """Nothing that runs on this server can change anything outside of it."""
        return self.connections and self.programs and self.files


NOTHING_CLOSED = Containment()
