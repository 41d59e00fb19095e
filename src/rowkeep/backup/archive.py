"""Reads the list of contents of a pg_dump archive."""

from __future__ import annotations

from rowkeep import programs as tools
from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import dataclass
from rowkeep.errors import BackupFailed

KINDS = (
    "TABLE DATA",
    "SEQUENCE SET",
    "SEQUENCE OWNED BY",
    "FK CONSTRAINT",
    "CHECK CONSTRAINT",
    "DEFAULT ACL",
    "EVENT TRIGGER",
    "MATERIALIZED VIEW DATA",
    "MATERIALIZED VIEW",
    "FOREIGN TABLE",
    "TABLE ATTACH",
    "INDEX ATTACH",
    "ROW SECURITY",
    "SECURITY LABEL",
)
"""Kinds of several words. Every other kind is one word."""


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """One line of the list. number: its dump id; rest: schema, name and owner, as pg_restore prints them."""

    number: int
    kind: str
    rest: str

    @property
    def of_event_trigger(self) -> bool:
        """Whether it creates an event trigger or comments on one."""
        about = self.kind in ("COMMENT", "SECURITY LABEL") and self.rest.startswith("- EVENT TRIGGER ")
        return about or self.kind == "EVENT TRIGGER"


def list_entries(programs: Programs, path: str) -> tuple[ArchiveEntry, ...]:
    """The list of contents. Even a truncated archive has one, so it proves nothing."""
    finished = tools.run_program(programs, "pg_restore", ("--list", path))
    if not finished.ok:
        raise BackupFailed(
            "the backup is not an archive that pg_restore can read",
            code=ErrorCode.BACKUP_DAMAGED,
            where=path,
            why=finished.why,
            instead=("rowkeep backup list",),
        )
    return parse_entries(finished.output)


def parse_entries(listing: str) -> tuple[ArchiveEntry, ...]:
    """The entries of `pg_restore --list`: `12; 1259 16385 TABLE DATA app users shop_owner`."""
    entries = []
    for line in listing.splitlines():
        number, semicolon, rest = line.partition("; ")
        if not semicolon or not number.isdigit():
            continue
        words = rest.split(" ", 2)
        description = words[2] if len(words) == 3 else ""
        kind = next((kind for kind in KINDS if description.startswith(f"{kind} ")), description.split(" ")[0])
        entries.append(ArchiveEntry(int(number), kind, description[len(kind) + 1 :]))
    return tuple(entries)
