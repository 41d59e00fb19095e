"""What the migrations so far tell that a rewriting must know: partitioned tables, names in use, unique indexes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rowkeep.domain.act import (
    Act,
    AddColumn,
    AddConstraint,
    AttachPartition,
    Constraint,
    ConstraintKind,
    CreateIndex,
    CreateTable,
    DropObject,
    Name,
    ObjectKind,
)
from rowkeep.domain.migration import Language, Migration
from rowkeep.domain.statement import Parsed, Statement
from rowkeep.parse import parse
from rowkeep.rewrite.naming import default_index, default_name
from rowkeep.rewrite.shapes import Shapes

_PARTITION_KEY = re.compile(r"PARTITION\s+BY\s+(?:RANGE|LIST)\s*\(\s*(?P<column>[a-z_][a-z0-9_]*)\s*\)", re.IGNORECASE)


@dataclass(slots=True)
class Ground:
    """keys: the one column of a table's primary key, by the table's name. partitioned: names of partitioned tables.

    unique: tables and views with a unique index over plain columns. names: how often each name of a constraint or
    index was given, by the text or by PostgreSQL. partition_keys: the one column by which a table is partitioned.
    """

    partitioned: set[str] = field(default_factory=set)
    unique: set[str] = field(default_factory=set)
    names: dict[str, int] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    shapes: Shapes = field(default_factory=Shapes)
    partition_keys: dict[str, str] = field(default_factory=dict)

    def learn(self, up: Parsed) -> None:
        """Take in an up part."""
        self.learn_names(up)
        for statement in up.statements:
            self.shapes.learn_statement(statement)

    def learn_names(self, up: Parsed) -> None:
        """Take in an up part, but leave `shapes` as they are before it."""
        for statement in up.statements:
            for act in statement.acts:
                _learn(self, act)
            _learn_partition_key(self, statement)

    def copy(self) -> Ground:
        """The same, to go on with apart from this one."""
        return Ground(
            set(self.partitioned),
            set(self.unique),
            dict(self.names),
            dict(self.keys),
            self.shapes.copy(),
            dict(self.partition_keys),
        )

    def is_free(self, name: str, uses: int = 0) -> bool:
        """Whether a name was given no more than `uses` times."""
        return self.names.get(name, 0) <= uses


def ground(migrations: Sequence[Migration]) -> Ground:
    """What the up parts of `migrations` tell."""
    told = Ground()
    for migration in migrations:
        if migration.language is not Language.FOREIGN:
            told.learn(parse(migration.up))
    return told


def _learn_partition_key(told: Ground, statement: Statement) -> None:
    act = statement.acts[0] if statement.acts else None
    if isinstance(act, CreateTable) and act.is_partitioned:
        found = _PARTITION_KEY.search(statement.text)
        if found is not None:
            told.partition_keys[act.table.name] = found["column"]


def _learn(told: Ground, act: Act) -> None:
    match act:
        case CreateTable():
            if act.is_partitioned:
                told.partitioned.add(act.table.name)
            inline = (each for column in act.columns for each in column.constraints)
            for constraint in (*act.constraints, *inline):
                _use(told, act.table, constraint)
        case AttachPartition():
            told.partitioned.add(act.table.name)
        case AddColumn():
            for constraint in act.column.constraints:
                _use(told, act.table, constraint)
        case AddConstraint():
            _use(told, act.table, act.constraint)
        case CreateIndex():
            name = act.index.name if act.index is not None else default_index(act)
            told.names[name] = told.names.get(name, 0) + 1
            if act.unique and act.where is None and all(act.columns):
                told.unique.add(act.table.name)
        case DropObject() if act.kind is ObjectKind.MATERIALIZED_VIEW or act.kind is ObjectKind.TABLE:
            told.unique.discard(act.name.name)
        case _:
            pass


def _use(told: Ground, table: Name, constraint: Constraint) -> None:
    name = constraint.name.name if constraint.name is not None else default_name(table, constraint)
    told.names[name] = told.names.get(name, 0) + 1
    if constraint.kind is ConstraintKind.PRIMARY_KEY and len(constraint.columns) == 1:
        told.keys[table.name] = constraint.columns[0].name
