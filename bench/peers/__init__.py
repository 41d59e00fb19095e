"""The tools Rowkeep is compared with, one file each; installed by the bench itself, pinned, outside the tree."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Place:
    """A database on a server that listens on a unix socket only. socket: the directory of it; psql: the program."""

    socket: str
    user: str
    database: str
    psql: str

    @property
    def conninfo(self) -> str:
        """libpq's connection string."""
        return f"host={self.socket} user={self.user} dbname={self.database}"


@dataclass(frozen=True, slots=True)
class Typed:
    """What is run to apply everything that is pending. environ: on top of PATH and HOME."""

    arguments: tuple[str, ...]
    environ: dict[str, str] = field(default_factory=dict)


class Peer(Protocol):
    """A tool that applies migrations, each in a transaction of its own."""

    name: str
    remark: str

    def install(self, cache: Path) -> None:
        """Make the tool ready; quick when it is ready already. Raises bench.cost.Failed."""

    def write(self, directory: Path, migrations: list[tuple[str, str]]) -> None:
        """Write (name, SQL) as this tool wants it, below `directory`, which is new."""

    def typed(self, directory: Path, place: Place) -> Typed:
        """The command line that applies what `write` wrote."""


def names() -> tuple[str, ...]:
    """The peers, psql (the floor) and Rowkeep not among them."""
    return tuple(name for name in _modules() if name not in ("psql", "rowkeep"))


def peer(name: str) -> Peer:
    """The peer of that name."""
    found: Peer = importlib.import_module(f"bench.peers.{name}").PEER
    return found


def _modules() -> tuple[str, ...]:
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_")))
