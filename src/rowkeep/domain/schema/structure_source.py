"""Where a structure can come from: the ledger, a schema file, the migrations, another database, a backup."""

from __future__ import annotations

from rowkeep.domain.frozen import dataclass, field
from rowkeep.domain.schema.structure import Structure


@dataclass(frozen=True, slots=True)
class LedgerSource:
    """What the last deploy recorded in the database itself, as its rehearsal made it."""


@dataclass(frozen=True, slots=True)
class SchemaFileSource:
    """A file of SQL as `pg_dump --schema-only` writes it. path: relative to the current directory."""

    path: str


@dataclass(frozen=True, slots=True)
class MigrationsSource:
    """The migrations of the project, run one after another on an empty database. names: only these; None: all."""

    names: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class DatabaseSource:
    """Another database. name: what messages call it, without anything secret."""

    conninfo: str = field(repr=False)
    name: str


@dataclass(frozen=True, slots=True)
class BackupSource:
    """A backup. name: an id, the beginning of one, a file, or `latest`."""

    name: str = "latest"


StructureSource = LedgerSource | SchemaFileSource | MigrationsSource | DatabaseSource | BackupSource


@dataclass(frozen=True, slots=True)
class SourcedStructure:
    """A structure and where it came from. name: the source, in words; at: when it was recorded, UTC, or ''.

    whole: it was read from a database of its own, or recorded from this one, so that everything can be compared; not
    whole: it was made by SQL, which creates no roles, and sets nothing for roles and the database itself. owners,
    grants: whether the source says anything about them. notes: what the reader must know.
    """

    structure: Structure
    name: str
    at: str = ""
    whole: bool = False
    owners: bool = True
    grants: bool = True
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScratchStructure:
    """A structure in a database of a throw-away server. conninfo: as its superuser; owner: the role that made it.

    Its objects come from a file, a dump or migrations that nobody has checked: triggers and functions among them run
    with the rights of whoever changes something. So change it as `owner`, never as the superuser.
    """

    sourced: SourcedStructure
    conninfo: str
    owner: str
