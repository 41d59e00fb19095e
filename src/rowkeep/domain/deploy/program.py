"""PostgreSQL's programs of one version, in one directory."""

from __future__ import annotations

from rowkeep.domain.frozen import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A PostgreSQL version: 17.11 is Version(17, 11)."""

    major: int
    minor: int = 0

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs found in `directory`. names: which of them exist (`pg_dump`, `initdb` …).

    origin: where they come from, for people (`Debian`, `Homebrew`, `rowkeep's cache` …). zstd: pg_dump can write zstd.
    """

    version: Version
    directory: str
    names: frozenset[str]
    origin: str
    zstd: bool = False

    def path(self, name: str) -> str:
        """The full path of the program `name`."""
        return f"{self.directory}/{name}"
