"""What a rewrite must know of the schema so far: partitioned tables, names in use, unique indexes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rowkeep.domain.frozen import dataclass, field
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.migration import Language, Migration
from rowkeep.domain.operation import (
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
    Operation,
)
from rowkeep.domain.statement import Parsed, Statement
from rowkeep.parse import parse_section
from rowkeep.rewrite.naming import default_index, default_name
from rowkeep.rewrite.shapes import Shapes

_PARTITION_KEY = compile_later(
    r"PARTITION\s+BY\s+(?:RANGE|LIST)\s*\(\s*(?P<column>[a-z_][a-z0-9_]*)\s*\)", re.IGNORECASE
)


@dataclass(slots=True)
class SchemaBefore:
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
        """Learn from an up part."""
        self.learn_names(up)
        for statement in up.statements:
            self.shapes.learn_statement(statement)

    def learn_names(self, up: Parsed) -> None:
        """Learn from an up part, but leave `shapes` as they are before it."""
        for statement in up.statements:
            for operation in statement.operations:
                _learn(self, operation)
            _learn_partition_key(self, statement)

    def copy(self) -> SchemaBefore:
        """The same, to go on with apart from this one."""
        return SchemaBefore(
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


def read_schema_before(migrations: Sequence[Migration]) -> SchemaBefore:
    """The schema after the up parts of `migrations`."""
    schema = SchemaBefore()
    for migration in migrations:
        if migration.language is not Language.FOREIGN:
            schema.learn(parse_section(migration.up))
    return schema


def _learn_partition_key(schema: SchemaBefore, statement: Statement) -> None:
    operation = statement.operations[0] if statement.operations else None
    if isinstance(operation, CreateTable) and operation.is_partitioned:
        found = _PARTITION_KEY.search(statement.text)
        if found is not None:
            schema.partition_keys[operation.table.name] = found["column"]


def _learn(schema: SchemaBefore, operation: Operation) -> None:
    match operation:
        case CreateTable():
            if operation.is_partitioned:
                schema.partitioned.add(operation.table.name)
            inline = (each for column in operation.columns for each in column.constraints)
            for constraint in (*operation.constraints, *inline):
                _use(schema, operation.table, constraint)
        case AttachPartition():
            schema.partitioned.add(operation.table.name)
        case AddColumn():
            for constraint in operation.column.constraints:
                _use(schema, operation.table, constraint)
        case AddConstraint():
            _use(schema, operation.table, operation.constraint)
        case CreateIndex():
            name = operation.index.name if operation.index is not None else default_index(operation)
            schema.names[name] = schema.names.get(name, 0) + 1
            if operation.unique and operation.where is None and all(operation.columns):
                schema.unique.add(operation.table.name)
        case DropObject() if operation.kind is ObjectKind.MATERIALIZED_VIEW or operation.kind is ObjectKind.TABLE:
            schema.unique.discard(operation.name.name)
        case _:
            pass


def _use(schema: SchemaBefore, table: Name, constraint: Constraint) -> None:
    name = constraint.name.name if constraint.name is not None else default_name(table, constraint)
    schema.names[name] = schema.names.get(name, 0) + 1
    if constraint.kind is ConstraintKind.PRIMARY_KEY and len(constraint.columns) == 1:
        schema.keys[table.name] = constraint.columns[0].name
