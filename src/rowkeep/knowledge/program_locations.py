"""Where PostgreSQL's programs are on each system, and the wheels that contain them otherwise."""

from __future__ import annotations

from functools import cache
from typing import Any

from rowkeep.domain.deploy.program import Version
from rowkeep.domain.frozen import dataclass
from rowkeep.knowledge.toml_tables import load_table

MAJORS = (14, 15, 16, 17, 18)
"""The majors that Rowkeep supports."""

COMING = 19
"""A released major without a parser and without a wheel of its programs yet. MAJORS, releases.toml and the marks of
the tests are ready for it; `lint`, `doctor` and `tools` say what is missing."""

CLIENT = ("pg_dump", "pg_restore", "psql")
"""Programs for backup and restore."""

SERVER = ("initdb", "postgres")
"""Programs for a scratch server."""

KNOWN = (*CLIENT, *SERVER, "pg_dumpall", "pg_ctl", "createdb", "pg_isready", "pgbench", "pg_amcheck", "pg_controldata")
"""Every program that Rowkeep looks for."""


@dataclass(frozen=True, slots=True)
class Location:
    """Directories where a kind of installation keeps its programs. system: `linux`, `darwin` or `any`."""

    system: str
    origin: str
    globs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wheel:
    """One pinned wheel of the programs. platform: `linux-x86_64` …; size: bytes; sha256: of the file, in hex."""

    package: str
    version: Version
    platform: str
    file: str
    size: int
    sha256: str

    @property
    def requirement(self) -> str:
        """The requirement for an installer: name and exact version."""
        return f"{self.package}=={self.version}.0"


@cache
def list_locations() -> tuple[Location, ...]:
    """All locations, in the order of search."""
    return tuple(
        Location(place["system"], place["origin"], tuple(place["globs"])) for place in _data("places.toml")["place"]
    )


@cache
def list_wheels() -> tuple[Wheel, ...]:
    """Every pinned wheel: one per major and platform."""
    data = _data("wheels.toml")
    return tuple(
        Wheel(
            package=data["package"],
            version=Version(*map(int, row["version"].split(".")[:2])),
            platform=row["platform"],
            file=row["file"],
            size=row["size"],
            sha256=row["sha256"],
        )
        for row in data["wheel"]
    )


def find_wheel(major: int, platform: str) -> Wheel | None:
    """The pinned wheel of `major` for `platform`, or None if there is none (musl, Windows, other processors)."""
    return next((one for one in list_wheels() if one.version.major == major and one.platform == platform), None)


def _data(name: str) -> dict[str, Any]:
    return load_table(name)
