"""The answers of the witness's server as values: the schema before a statement, and the snapshot after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rowkeep.domain.frozen import dataclass, field
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.witness import LostObject, WitnessedLock

USERS = 16384
"""The first oid that is not PostgreSQL's own (FirstNormalObjectId)."""
KINDS = {
    "r": "table",
    "p": "table",
    "f": "foreign table",
    "m": "materialized view",
    "v": "view",
    "S": "sequence",
}
TABLES = frozenset("rpmf")
STORED = frozenset("rm")
ROWS = frozenset({LockMode.ACCESS_SHARE, LockMode.ROW_SHARE, LockMode.ROW_EXCLUSIVE})
"""The locks of sessions that read and write rows."""
MESSAGE = compile_later(
    r'(?P<what>rewriting|verifying) table "(?P<table>.+?)"|building index ".+?" on table "(?P<on>.+?)"'
)
VALIDATING = "validating foreign key constraint"
"""Messages of PostgreSQL at debug1 (tablecmds.c, index.c), in the English of our servers."""
SKIPPED = ", skipping"
DEBUG = "debug1"


@dataclass(slots=True)
class WitnessRelation:
    """A relation. columns: name by number; parent: of which it is a partition or child; owned: goes with another."""

    kind: str
    name: str
    bare: str
    filenode: int | None
    columns: Mapping[int, str]
    parent: int | None
    owned: bool


@dataclass(slots=True)
class WitnessSchema:
    """What exists in the database: relations by oid, other objects (kind, name) by class and oid."""

    relations: dict[int, WitnessRelation] = field(default_factory=dict)
    objects: dict[tuple[int, int], LostObject] = field(default_factory=dict)
    newest: int = USERS - 1

    def learn(self, answer: Any, touched: Iterable[int]) -> None:
        """Add the answer of `witness.objects`. Relations that were touched and are not in it no longer exist."""
        for oid in touched:
            self.relations.pop(oid, None)
        for oid, schema, name, kind, filenode, columns, parent, owned in answer["relations"]:
            shown = name if schema == "public" else f"{schema}.{name}"
            names = {int(number): column for number, column in columns.items()}
            self.relations[oid] = WitnessRelation(kind, shown, name, filenode, names, parent, owned)
            self.newest = max(self.newest, oid)
        for class_, oid, kind, name in answer["objects"]:
            self.objects[class_, oid] = LostObject(kind, name)
            self.newest = max(self.newest, oid)

    def copy(self) -> WitnessSchema:
        """A copy that does not change with this one."""
        return WitnessSchema(dict(self.relations), dict(self.objects), self.newest)

    def since(self, old: WitnessSchema) -> WitnessSchema:
        """The objects of `old` that still exist, as they are now."""
        relations = {oid: relation for oid, relation in self.relations.items() if oid in old.relations}
        return WitnessSchema(relations, old.objects, old.newest)


@dataclass(slots=True)
class StatementSnapshot:
    """The state after a statement: locks by relation; file, scans and columns of every locked relation."""

    locks: dict[int, frozenset[LockMode]] = field(default_factory=dict)
    files: dict[int, int | None] = field(default_factory=dict)
    scans: dict[int, int] = field(default_factory=dict)
    columns: dict[int, frozenset[int]] = field(default_factory=dict)
    missing: frozenset[int] = frozenset()
    tables: frozenset[int] = frozenset()
    objects: frozenset[tuple[int, int]] = frozenset()
    wrote: bool = False
    hears: str = DEBUG

    def of(self, old: WitnessSchema, *kinds: str) -> dict[int, WitnessRelation]:
        """The locked relations of these kinds that existed before."""
        existing = ((oid, old.relations[oid]) for oid in self.locks if oid in old.relations)
        return {oid: relation for oid, relation in existing if relation.kind in kinds}


def read_snapshot(locks: Sequence[Any], observed: Any) -> StatementSnapshot:
    """Combine the answers of `witness.locks` and `witness.observe`."""
    modes_by_oid: dict[int, set[LockMode]] = {}
    for kind, relation, _class, _object, mode in locks:
        if kind == "relation":
            modes_by_oid.setdefault(relation, set()).add(LockMode(mode))
    rows: dict[int, list[Any]] = {oid: rest for oid, *rest in observed["relations"]}
    return StatementSnapshot(
        {oid: frozenset(modes) for oid, modes in modes_by_oid.items()},
        {oid: rest[1] for oid, rest in rows.items()},
        {oid: rest[2] for oid, rest in rows.items()},
        {oid: frozenset(rest[4]) for oid, rest in rows.items()},
        frozenset(oid for oid, rest in rows.items() if rest[0] is None),
        frozenset(oid for oid, rest in rows.items() if rest[0] in TABLES),
        frozenset((class_, oid) for class_, oid in observed["objects"]),
        any(rest[3] for rest in rows.values()),
        observed["hears"],
    )


def find_locks(old: WitnessSchema, before: StatementSnapshot, now: StatementSnapshot) -> tuple[WitnessedLock, ...]:
    """The strongest lock on each table that existed before."""
    locks = []
    for oid, relation in now.of(old, *TABLES).items():
        mode = strongest_mode(now.locks[oid])
        fresh = mode.strength > max((mode.strength for mode in before.locks.get(oid, ())), default=-1)
        locks.append(WitnessedLock(relation.name, mode, fresh))
    return tuple(sorted(locks, key=lambda lock: (-lock.mode.strength, lock.table)))


def strongest_mode(modes: Iterable[LockMode]) -> LockMode:
    """The strongest of some modes."""
    return max(modes, key=lambda mode: mode.strength)


def is_touched(old: WitnessSchema, before: StatementSnapshot, now: StatementSnapshot) -> bool:
    """Whether the statement locked a table that existed before more strongly than reading or writing rows does."""
    for oid in now.of(old, *KINDS):
        fresh = now.locks[oid] - before.locks.get(oid, frozenset())
        if any(mode not in ROWS for mode in fresh):
            return True
    return False


def has_read(now: StatementSnapshot) -> bool:
    """Whether rows of a table or of a catalog were read or written, by this statement or one before it: a lock that is
    already held shows nothing new.

    ALTER TABLE may open a table for reading, too; and only PostgreSQL itself writes to catalogs.
    """
    return now.wrote or any(_reads(oid, modes) for oid, modes in now.locks.items())


def _reads(oid: int, modes: frozenset[LockMode]) -> bool:
    rows = modes & ROWS
    if oid < USERS:
        return bool(rows - {LockMode.ROW_EXCLUSIVE})
    return bool(rows) and (rows != {LockMode.ACCESS_SHARE} or rows == modes)


def find_validated_tables(notices: Sequence[str], locks: Sequence[WitnessedLock]) -> set[str]:
    """Tables that a foreign key was checked against. The server names none: all with a lock beyond those of rows."""
    if not any(notice.startswith(VALIDATING) for notice in notices):
        return set()
    return {lock.table for lock in locks if lock.mode not in ROWS}


def has_partitions(old: WitnessSchema, now: StatementSnapshot) -> bool:
    """Whether a table was touched that has partitions or children, or could have some."""
    parents = {relation.parent for relation in old.relations.values()}
    return any(relation.kind == "p" or oid in parents for oid, relation in now.of(old, *TABLES).items())


def parse_messages(notices: Sequence[str]) -> dict[str, set[str]]:
    """Unqualified names of tables by the message about them: rewriting, verifying, building."""
    tables: dict[str, set[str]] = {"rewriting": set(), "verifying": set(), "building": set()}
    for notice in notices:
        match = MESSAGE.match(notice)
        if match is not None:
            tables[match["what"] or "building"].add(match["table"] or match["on"])
    return tables


def find_lost_objects(old: WitnessSchema, before: StatementSnapshot, now: StatementSnapshot) -> tuple[LostObject, ...]:
    """Objects that existed before the migration and before the statement, and are gone now."""
    lost_objects = []
    lost = {oid for oid in now.missing - before.missing if oid in old.relations}
    for oid in lost:
        relation = old.relations[oid]
        if not relation.owned and relation.parent not in lost:
            lost_objects.append(LostObject(KINDS[relation.kind], relation.name))
    for oid, columns in now.columns.items():
        if oid in old.relations and oid not in now.missing:
            relation = old.relations[oid]
            left = before.columns.get(oid, frozenset(relation.columns)) - columns
            lost_objects += [
                LostObject("column", f"{relation.name}.{relation.columns[number]}")
                for number in left
                if number in relation.columns and relation.parent is None
            ]
    lost_objects += [old.objects[key] for key in now.objects - before.objects if key in old.objects]
    return tuple(sorted(lost_objects, key=lambda item: (item.kind, item.name)))
