"""The shape of tables according to the migrations so far, as far as retiring a table or column depends on it."""

from __future__ import annotations

from rowkeep.domain.frozen import dataclass, field, replace
from rowkeep.domain.operation import (
    AddColumn,
    AddConstraint,
    AlterTable,
    AttachPartition,
    Column,
    Constraint,
    ConstraintKind,
    CreateIndex,
    CreateTable,
    DetachPartition,
    DropColumn,
    DropConstraint,
    DropNotNull,
    DropObject,
    Generated,
    Name,
    ObjectKind,
    Operation,
    Rename,
    SetNotNull,
    SetSchema,
)
from rowkeep.domain.statement import Statement
from rowkeep.knowledge.forms.retire import archive_schema
from rowkeep.rewrite.naming import default_index, default_name, generated_name

_SERIALS = frozenset({"smallserial", "serial", "bigserial", "serial2", "serial4", "serial8"})
_LEARNED = frozenset(
    {
        *(AddColumn, AddConstraint, AlterTable, AttachPartition, CreateIndex, CreateTable, DetachPartition),
        *(DropColumn, DropConstraint, DropNotNull, DropObject, Rename, SetNotNull, SetSchema),
    }
)
"""The kinds of operations that change a shape."""
_INDEXED = (ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE, ConstraintKind.EXCLUDE)


@dataclass(frozen=True, slots=True)
class Shape:
    """A table. parents: that it inherits from, as SQL writes them. partition_of: the parent of a partition.

    has_children: others inherit from it, or are its partitions. fixed: columns that cannot lose their NOT NULL.
    required: columns that are NOT NULL. demanded: columns that a CHECK wants a value for. columns: all that are known.
    relations: indexes and sequences that go where the table goes. schema: where it was made or moved to.
    """

    parents: tuple[str, ...] = ()
    partition_of: str = ""
    has_children: bool = False
    columns: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    demanded: frozenset[str] = frozenset()
    relations: frozenset[str] = frozenset()
    schema: str = ""
    refers: bool = False
    """A foreign key of it refers to another table."""

    @property
    def is_attached(self) -> bool:
        """Whether its rows, or columns, belong to another table as well."""
        return bool(self.parents or self.partition_of)


@dataclass(slots=True)
class Shapes:
    """By the table's schema and name. put_away: by schema, the relations that a SET SCHEMA has put there."""

    tables: dict[tuple[str, str], Shape] = field(default_factory=dict)
    put_away: dict[str, frozenset[str]] = field(default_factory=dict)

    def copy(self) -> Shapes:
        """The same, to go on with apart from this one."""
        return Shapes(dict(self.tables), dict(self.put_away))

    def of(self, table: Name) -> Shape:
        """What is known of a table; nothing, where it was never spoken of."""
        return self.tables.get(self._key(table), Shape())

    def _key(self, table: Name) -> tuple[str, str]:
        """Where the table is kept. A name without a schema, and `public`, are one unless both are known.

        A search_path of an earlier file can stand between the two names of a table: where only one table of that name
        is known, and one of its names is without a schema, it is this one.
        """
        schema = table.schema or ""
        own = ("" if schema == "public" else schema, table.name)
        if own in self.tables:
            return own
        alike = [key for key in self.tables if key[1] == table.name]
        by_path = table.schema is None or (own[0] and not any(key[0] or self.tables[key].schema for key in alike))
        if len(alike) == 1 and by_path:
            return alike[0]
        return own

    def is_put_away(self, schema: str, table: Name) -> bool:
        """Whether `schema` holds a relation with the name of the table, or of one that goes with it."""
        return bool(self.put_away.get(schema, frozenset()) & {table.name, *self.of(table).relations})

    def retire(self, table: Name) -> None:
        """The table is put away instead of being dropped."""
        schema = archive_schema(lambda name: self.is_put_away(name, table))
        self._put(schema, {table.name, *self.of(table).relations})
        self.tables.pop(self._key(table), None)

    def learn_statement(self, statement: Statement) -> None:
        """Take in all that a statement does."""
        for operation in statement.operations:
            self.learn(operation)

    def learn(self, operation: Operation) -> None:
        """Learn from an operation."""
        if type(operation) not in _LEARNED:
            return
        match operation:
            case CreateTable():
                self._create(operation)
            case AddColumn():
                self._change(
                    operation.table, _with_column(self.of(operation.table), operation.table, operation.column)
                )
            case DropColumn():
                self._drop_column(operation)
            case AddConstraint():
                self._change(
                    operation.table, _with_constraint(self.of(operation.table), operation.table, operation.constraint)
                )
            case DropConstraint():
                own = self.of(operation.table)
                self._change(operation.table, replace(own, relations=own.relations - {operation.constraint.name}))
            case SetNotNull():
                own = self.of(operation.table)
                self._change(operation.table, replace(own, required=own.required | {operation.column.name}))
            case DropNotNull():
                own = self.of(operation.table)
                self._change(operation.table, replace(own, required=own.required - {operation.column.name}))
            case CreateIndex():
                own = self.of(operation.table)
                name = operation.index.name if operation.index is not None else default_index(operation)
                self._change(operation.table, replace(own, relations=own.relations | {name}))
            case AttachPartition():
                self._attach(operation.partition, str(operation.table), operation.table)
            case DetachPartition():
                self._change(operation.partition, replace(self.of(operation.partition), partition_of=""))
            case AlterTable():
                self._alter(operation)
            case Rename():
                self._rename(operation)
            case SetSchema() if operation.kind is ObjectKind.TABLE:
                self._move(operation)
            case DropObject() if operation.kind is ObjectKind.TABLE:
                self._drop(operation)
            case _:
                pass

    def _change(self, table: Name, shape: Shape) -> None:
        self.tables[self._key(table)] = shape

    def _create(self, operation: CreateTable) -> None:
        shape = Shape(schema=operation.table.schema or "")
        for column in operation.columns:
            shape = _with_column(shape, operation.table, column)
        for constraint in operation.constraints:
            shape = _with_constraint(shape, operation.table, constraint)
        for parent in operation.inherits:
            shape = replace(shape, parents=(*shape.parents, str(parent)))
            self._has_child(parent)
            shape = replace(shape, columns=shape.columns | self.of(parent).columns)
        if operation.partition_of is not None:
            shape = replace(
                shape, partition_of=str(operation.partition_of), columns=self.of(operation.partition_of).columns
            )
            self._has_child(operation.partition_of)
        if operation.is_partitioned:
            shape = replace(shape, has_children=True)
        if operation.table.schema is not None:
            self._put(operation.table.schema, {operation.table.name, *shape.relations})
        schema = operation.table.schema or ""
        key = ("" if schema == "public" else schema, operation.table.name)
        if not (operation.if_not_exists and key in self.tables):
            self.tables[key] = shape

    def _put(self, schema: str, names: set[str]) -> None:
        self.put_away[schema] = self.put_away.get(schema, frozenset()) | names

    def _has_child(self, parent: Name) -> None:
        self._change(parent, replace(self.of(parent), has_children=True))

    def _attach(self, child: Name, parent: str, of: Name) -> None:
        self._change(child, replace(self.of(child), partition_of=parent))
        self._has_child(of)

    def _alter(self, operation: AlterTable) -> None:
        own = self.of(operation.table)
        parent = str(operation.subject) if operation.subject is not None else "?"
        match operation.action:
            case "AddInherit":
                self._change(operation.table, replace(own, parents=(*own.parents, parent)))
                if operation.subject is not None:
                    self._has_child(operation.subject)
            case "DropInherit":
                left = tuple(each for each in own.parents if each.split(".")[-1] != parent.split(".")[-1])
                self._change(operation.table, replace(own, parents=left))
            case "AddIdentity" if operation.subject is not None:
                self._change(operation.table, replace(own, fixed=own.fixed | {operation.subject.name}))
            case _:
                pass

    def _drop_column(self, operation: DropColumn) -> None:
        own, gone = self.of(operation.table), {operation.column.name}
        self._change(
            operation.table,
            replace(
                own,
                columns=own.columns - gone,
                fixed=own.fixed - gone,
                required=own.required - gone,
                demanded=own.demanded - gone,
            ),
        )

    def _rename(self, operation: Rename) -> None:
        if operation.part is not None:
            key = self._key(operation.name)
            own = self.tables.get(key)
            if own is not None and operation.kind is ObjectKind.COLUMN:
                names = {operation.part.name: operation.new_name.name}
                self.tables[key] = replace(
                    own,
                    columns=_rename_columns(own.columns, names) | {operation.new_name.name},
                    fixed=_rename_columns(own.fixed, names),
                    required=_rename_columns(own.required, names),
                    demanded=_rename_columns(own.demanded, names),
                )
        elif operation.kind is ObjectKind.TABLE and (key := self._key(operation.name)) in self.tables:
            self.tables[key[0], operation.new_name.name] = self.tables.pop(key)
        elif operation.kind in (ObjectKind.INDEX, ObjectKind.SEQUENCE):
            for key, own in self.tables.items():
                if operation.name.name in own.relations:
                    relations = (own.relations - {operation.name.name}) | {operation.new_name.name}
                    self.tables[key] = replace(own, relations=relations)
                    break

    def _move(self, operation: SetSchema) -> None:
        self._put(operation.schema.name, {operation.name.name, *self.of(operation.name).relations})
        if operation.name.schema is not None:
            self._take(operation.name)
        shape = replace(self.of(operation.name), schema=operation.schema.name)
        self.tables.pop(self._key(operation.name), None)
        self.tables["" if operation.schema.name == "public" else operation.schema.name, operation.name.name] = shape

    def _drop(self, operation: DropObject) -> None:
        shape = self.of(operation.name)
        schema = operation.name.schema or shape.schema
        if schema in self.put_away and (operation.name.schema is not None or shape.schema):
            self._take(Name(operation.name.name, schema))
        self.tables.pop(self._key(operation.name), None)

    def _take(self, table: Name) -> None:
        schema = table.schema or ""
        held = self.put_away.get(schema, frozenset())
        self.put_away[schema] = held - {table.name, *self.of(table).relations}


def _rename_columns(names: frozenset[str], new: dict[str, str]) -> frozenset[str]:
    return frozenset(new.get(name, name) for name in names)


def _with_column(shape: Shape, table: Name, column: Column) -> Shape:
    name = column.name.name
    identity = column.generated is Generated.IDENTITY
    serial = column.type is not None and column.type.schema is None and column.type.name.lower() in _SERIALS
    shape = replace(
        shape,
        columns=shape.columns | {name},
        fixed=shape.fixed | ({name} if identity else frozenset()),
        required=shape.required | ({name} if column.is_not_null or identity or serial else frozenset()),
        relations=shape.relations | ({generated_name(table.name, name, "seq")} if identity or serial else frozenset()),
    )
    for constraint in column.constraints:
        shape = _with_constraint(shape, table, constraint)
    return shape


def _with_constraint(shape: Shape, table: Name, constraint: Constraint) -> Shape:
    name = constraint.name.name if constraint.name is not None else default_name(table, constraint)
    columns = {column.name for column in constraint.columns}
    if constraint.kind is ConstraintKind.PRIMARY_KEY:
        shape = replace(shape, fixed=shape.fixed | columns, required=shape.required | columns)
    if constraint.kind is ConstraintKind.CHECK and constraint.expression is not None:
        shape = replace(shape, demanded=shape.demanded | constraint.expression.not_null)
    if constraint.kind is ConstraintKind.FOREIGN_KEY:
        shape = replace(shape, refers=True)
    if constraint.kind in _INDEXED and name:
        used = {constraint.using_index.name} if constraint.using_index is not None else set()
        shape = replace(shape, relations=(shape.relations - used) | {name})
    return shape
