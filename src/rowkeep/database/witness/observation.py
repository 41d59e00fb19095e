"""What the witness's server answers, as values: what is known before a statement, and what is seen after it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

from rowkeep.domain.frozen import dataclass
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
"""The locks of those who read and write rows."""
HEARD = re.compile(r'(?P<what>rewriting|verifying) table "(?P<table>.+?)"|building index ".+?" on table "(?P<on>.+?)"')
VALIDATING = "validating foreign key constraint"
"""What PostgreSQL tells at debug1 (tablecmds.c, index.c), in English as our servers speak."""
SKIPPED = ", skipping"
DEBUG = "debug1"


@dataclass(slots=True)
class WitnessRelation:
    """One relation. columns: name by number; parent: of which it is a partition or child; owned: goes with another."""

    kind: str
    name: str
    bare: str
    filenode: int | None
    columns: Mapping[int, str]
    parent: int | None
    owned: bool


@dataclass(slots=True)
class WitnessSchema:
    """What stands in the database: relations by oid, other objects (kind, name) by class and oid."""

    relations: dict[int, WitnessRelation] = field(default_factory=dict)
    objects: dict[tuple[int, int], LostObject] = field(default_factory=dict)
    newest: int = USERS - 1

    def learn(self, answer: Any, touched: Iterable[int]) -> None:
        """Take in what `witness.objects` says; what was touched and is not told any more is no more."""
        for oid in touched:
            self.relations.pop(oid, None)
        for oid, schema, name, kind, filenode, columns, parent, owned in answer["relations"]:
            said = name if schema == "public" else f"{schema}.{name}"
            named = {int(number): column for number, column in columns.items()}
            self.relations[oid] = WitnessRelation(kind, said, name, filenode, named, parent, owned)
            self.newest = max(self.newest, oid)
        for class_, oid, kind, name in answer["objects"]:
            self.objects[class_, oid] = LostObject(kind, name)
            self.newest = max(self.newest, oid)

    def copy(self) -> WitnessSchema:
        """Another one that this one's lessons do not reach."""
        return WitnessSchema(dict(self.relations), dict(self.objects), self.newest)

    def since(self, old: WitnessSchema) -> WitnessSchema:
        """Of what stood there then, all that still does, as it stands now."""
        relations = {oid: each for oid, each in self.relations.items() if oid in old.relations}
        return WitnessSchema(relations, old.objects, old.newest)


@dataclass(slots=True)
class StatementSnapshot:
    """How things stand after a statement: locks by relation, and of every locked relation file, scans and columns."""

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
        """The locked relations that stood there before, of these kinds."""
        there = ((oid, old.relations[oid]) for oid in self.locks if oid in old.relations)
        return {oid: relation for oid, relation in there if relation.kind in kinds}


def read_snapshot(locks: Sequence[Any], seen: Any) -> StatementSnapshot:
    """The answers of `witness.locks` and `witness.observe`, put together."""
    held: dict[int, set[LockMode]] = {}
    for kind, relation, _class, _object, mode in locks:
        if kind == "relation":
            held.setdefault(relation, set()).add(LockMode(mode))
    rows: dict[int, list[Any]] = {oid: rest for oid, *rest in seen["relations"]}
    return StatementSnapshot(
        {oid: frozenset(modes) for oid, modes in held.items()},
        {oid: rest[1] for oid, rest in rows.items()},
        {oid: rest[2] for oid, rest in rows.items()},
        {oid: frozenset(rest[4]) for oid, rest in rows.items()},
        frozenset(oid for oid, rest in rows.items() if rest[0] is None),
        frozenset(oid for oid, rest in rows.items() if rest[0] in TABLES),
        frozenset((class_, oid) for class_, oid in seen["objects"]),
        any(rest[3] for rest in rows.values()),
        seen["hears"],
    )


def find_locks(old: WitnessSchema, before: StatementSnapshot, now: StatementSnapshot) -> tuple[WitnessedLock, ...]:
    """Every lock on a table of others, the strongest of each."""
    found = []
    for oid, relation in now.of(old, *TABLES).items():
        mode = strongest_mode(now.locks[oid])
        fresh = mode.strength > max((each.strength for each in before.locks.get(oid, ())), default=-1)
        found.append(WitnessedLock(relation.name, mode, fresh))
    return tuple(sorted(found, key=lambda each: (-each.mode.strength, each.table)))


def strongest_mode(modes: Iterable[LockMode]) -> LockMode:
    """The strongest of some modes."""
    return max(modes, key=lambda mode: mode.strength)


def is_touched(old: WitnessSchema, before: StatementSnapshot, now: StatementSnapshot) -> bool:
    """Whether the statement locked a table of others more than a reader does."""
    for oid in now.of(old, *KINDS):
        fresh = now.locks[oid] - before.locks.get(oid, frozenset())
        if any(mode not in ROWS for mode in fresh):
            return True
    return False


def has_read(now: StatementSnapshot) -> bool:
    """Whether rows of a table or of a catalog may have decided something, or were written; also before the statement,
    for a lock that is held already shows nothing new.

    Who alters a table may open it as a reader, too; and PostgreSQL itself writes to catalogs, as nobody else may.
    """
    return now.wrote or any(_reads(oid, modes) for oid, modes in now.locks.items())


def _reads(oid: int, modes: frozenset[LockMode]) -> bool:
    rows = modes & ROWS
    if oid < USERS:
        return bool(rows - {LockMode.ROW_EXCLUSIVE})
    return bool(rows) and (rows != {LockMode.ACCESS_SHARE} or rows == modes)


def find_validated_tables(notices: Sequence[str], locks: Sequence[WitnessedLock]) -> set[str]:
    """Tables that a foreign key is held against: the server names none, so all that are locked more than by rows."""
    if not any(notice.startswith(VALIDATING) for notice in notices):
        return set()
    return {each.table for each in locks if each.mode not in ROWS}


def has_partitions(old: WitnessSchema, now: StatementSnapshot) -> bool:
    """Whether a table was touched that has partitions or children, or could have some."""
    parents = {relation.parent for relation in old.relations.values()}
    return any(relation.kind == "p" or oid in parents for oid, relation in now.of(old, *TABLES).items())


def parse_messages(notices: Sequence[str]) -> dict[str, set[str]]:
    """Bare names of tables by what the server said of them: rewriting, verifying, building."""
    found: dict[str, set[str]] = {"rewriting": set(), "verifying": set(), "building": set()}
    for notice in notices:
        match = HEARD.match(notice)
        if match is not None:
            found[match["what"] or "building"].add(match["table"] or match["on"])
    return found


def find_lost_objects(old: WitnessSchema, before: StatementSnapshot, now: StatementSnapshot) -> tuple[LostObject, ...]:
    """What stood there before the migration, was there before the statement, and is no more."""
    found = []
    lost = {oid for oid in now.missing - before.missing if oid in old.relations}
    for oid in lost:
        relation = old.relations[oid]
        if not relation.owned and relation.parent not in lost:
            found.append(LostObject(KINDS[relation.kind], relation.name))
    for oid, columns in now.columns.items():
        if oid in old.relations and oid not in now.missing:
            relation = old.relations[oid]
            left = before.columns.get(oid, frozenset(relation.columns)) - columns
            found += [
                LostObject("column", f"{relation.name}.{relation.columns[number]}")
                for number in left
                if number in relation.columns and relation.parent is None
            ]
    found += [old.objects[key] for key in now.objects - before.objects if key in old.objects]
    return tuple(sorted(found, key=lambda each: (each.kind, each.name)))
