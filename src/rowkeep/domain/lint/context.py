"""What a rule can ask about an operation: its place, what came before it, and what is known about its tables."""

from __future__ import annotations

from collections.abc import Container, Iterator

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.migration import Direction, Migration
from rowkeep.domain.operation import (
    AddColumn,
    Column,
    Condition,
    ConstraintKind,
    Frame,
    FrameKind,
    Name,
    ObjectKind,
    Operation,
    TypeName,
)
from rowkeep.domain.schema.operation_index import Sequence
from rowkeep.domain.schema.schema_state import (
    Key,
    KnownConstraint,
    KnownDomain,
    KnownFunction,
    KnownIndex,
    KnownLock,
    KnownTable,
    KnownView,
    SchemaState,
    TableAge,
)
from rowkeep.domain.statement import Statement, TransactionUse


@dataclass(slots=True)
class Context:
    """The context of one operation. It is reused for the next operation; a rule must not keep it.

    major: the oldest server that the migration must run on. number: of the migration in the directory, from 0.
    transaction: the number of the transaction around the statement. alone: there is none; it commits by itself.
    statement: None at the end of a section, and for remarks of the file reader. operations: everything the section
    does, in order, function bodies included; position: of the current one. controls: positions of BEGIN, COMMIT …
    among them, collected once so that a question about one operation does not read all of them.
    """

    migration: Migration
    direction: Direction
    known: SchemaState
    major: int
    number: int = 0
    transaction: int = 0
    alone: bool = False
    statement: Statement | None = None
    operations: tuple[Operation, ...] = ()
    position: int = 0
    controls: tuple[int, ...] = ()
    _found: Sequence | None = None

    @property
    def _sequence(self) -> Sequence:
        if self._found is None or self._found.operations is not self.operations:
            self._found = Sequence(self.operations, self.controls)
        return self._found

    def earlier(self, *kinds: type[Operation]) -> Iterator[Operation]:
        """Operations of exactly these kinds that the section has done so far, in order."""
        return self._sequence.earlier(self.position, kinds)

    def later(self, *kinds: type[Operation]) -> Iterator[Operation]:
        """Operations of exactly these kinds that the section does later, in order."""
        return self._sequence.later(self.position, kinds)

    @property
    def previous(self) -> Operation | None:
        """The previous operation of the section."""
        return self.operations[self.position - 1] if self.position > 0 else None

    @property
    def before(self) -> tuple[Operation, ...]:
        """All operations of the section so far. Expensive: for one operation after the other use `earlier`."""
        return self.operations[: self.position]

    @property
    def after(self) -> tuple[Operation, ...]:
        """All later operations of the section. Expensive: for one operation after the other use `later`."""
        return self.operations[self.position + 1 :]

    @property
    def is_down(self) -> bool:
        """Whether this is a down part."""
        return self.direction is Direction.DOWN

    @property
    def in_transaction(self) -> bool:
        """Whether the statement runs in a transaction with others and with the record of the migration."""
        return not self.alone and (self.statement is None or self.statement.transaction is not TransactionUse.OUTSIDE)

    @property
    def is_undone(self) -> bool:
        """Whether a failure anywhere in the section rolls back all of it: it runs in one transaction."""
        if not self.in_transaction:
            return False
        return self._sequence.takes_all_back

    @property
    def locked(self) -> tuple[KnownLock, ...]:
        """The locks that this transaction holds so far on existing tables and that block writes."""
        return tuple(each for each in self.known.held.values() if each.transaction == self.transaction)

    def key(self, name: Name) -> Key:
        """The schema and name that `name` means here, by the search path."""
        if name.schema is not None:
            return (name.schema, name.name)
        known, path = self.known, self.known.search_path
        for schema in ("pg_temp", *path):
            found = (schema, name.name)
            if found in known.tables or found in known.views:
                return found
        return (path[0] if path else "public", name.name)

    def same(self, one: Name, other: Name) -> bool:
        """Whether two names mean the same relation."""
        return self.key(one) == self.key(other)

    def table(self, name: Name) -> KnownTable | None:
        """What is known about a table."""
        return self.known.tables.get(self.key(name))

    def is_absent(self, name: Name) -> bool:
        """Whether the server has no relation of that name and no migration has created one since."""
        return self.key(name) in self.known.absent

    def lacks(self, table: Name, column: Name) -> bool:
        """Whether the server has the table without the column, and no hidden code can have added it."""
        known = self.table(table) if self.known.is_exact else None
        return known is not None and known.live is not None and known.is_complete and column.name not in known.columns

    def index(self, name: Name) -> KnownIndex | None:
        """What is known about an index."""
        schemas = (name.schema,) if name.schema is not None else ("pg_temp", *self.known.search_path)
        found = (self.known.indexes.get((schema, name.name)) for schema in schemas)
        return next((one for one in found if one is not None), None)

    def column(self, table: Name, column: Name) -> Column | None:
        """What is known about a column."""
        known = self.table(table)
        return known.columns.get(column.name) if known is not None else None

    def row_key(self, table: Name) -> str:
        """The columns of the table's primary key as SQL writes them; `id` if unknown."""
        return ", ".join(str(column) for column in self.key_columns(table)) or "id"

    def key_columns(self, table: Name) -> tuple[Name, ...]:
        """The columns of the table's primary key; none if unknown."""
        known = self.table(table)
        for each in known.constraints if known is not None else ():
            if each.constraint.kind is ConstraintKind.PRIMARY_KEY and each.constraint.columns:
                return each.constraint.columns
        return ()

    def adds_to_known(self, operation: AddColumn) -> bool:
        """Whether ADD COLUMN changes a table that others may use (IF NOT EXISTS may find the column there)."""
        return not self.is_new(operation.table) and not (
            operation.if_not_exists and self.column(operation.table, operation.column.name)
        )

    def domain(self, kind: TypeName) -> KnownDomain | None:
        """The domain of a type, if a migration created it. None for an array of it."""
        if kind.is_array:
            return None
        schemas = (kind.schema,) if kind.schema else self.known.search_path
        found = (self.known.domains.get((schema, kind.name)) for schema in schemas)
        return next((one for one in found if one is not None), None)

    def function(self, name: Name) -> KnownFunction | None:
        """A function that the migrations have defined so far."""
        if name.schema is not None:
            return self.known.functions.get((name.schema, name.name))
        found = (self.known.functions.get((schema, name.name)) for schema in self.known.search_path)
        return next((one for one in found if one is not None), None)

    def referring(self, name: Name) -> tuple[tuple[KnownTable, KnownConstraint], ...]:
        """The known foreign keys of other tables that refer to a table."""
        key = self.key(name)
        return tuple(
            (table, each)
            for table in self.known.tables.values()
            for each in table.constraints
            if each.constraint.refers_to is not None
            and each.constraint.refers_to.name == key[1]
            and table.key != key
            and self.key(each.constraint.refers_to) == key
        )

    def readers(self, name: Name, column: Name | None = None) -> tuple[KnownView, ...]:
        """The known views that read a relation (or that column of it)."""
        key = self.key(name)
        table = self.known.tables.get(key)
        present = table.columns if table is not None else {}
        views = (view for view in self.known.views.values() if key in view.reads)
        return tuple(view for view in views if column is None or view.needs_column(key, column.name, present))

    def newness(self, name: Name) -> TableAge:
        """Whether others can use the table. If not, its locks block nobody and it has no rows to lose."""
        table = self.table(name)
        if table is None:
            return TableAge.OLD
        if table.is_temporary:
            return TableAge.NEW
        if table.made != self.number:
            return TableAge.OLD
        return TableAge.NEW if table.is_certain or self._goes_on(table.within) else TableAge.PERHAPS

    def _goes_on(self, within: tuple[Frame, ...] | None) -> bool:
        """Whether the current operation is in the same branches and loops, and not where creating it has failed."""
        if within is None or not 0 <= self.position < len(self.operations):
            return False
        frames = self.operations[self.position].inside
        handlers = {frame for frame in frames if frame.kind is FrameKind.HANDLER}
        return {*within} <= {*frames} and handlers <= {*within}

    def is_new(self, name: Name) -> bool:
        """Whether nobody else can use the table."""
        return self.newness(name) is TableAge.NEW

    def is_doubtful(self, *names: Name) -> bool:
        """Whether one of the tables is new only if IF NOT EXISTS created it (for `Violation.doubtful`)."""
        found = {self.newness(name) for name in names}
        return TableAge.PERHAPS in found and TableAge.OLD not in found

    def is_made_here(self, name: Name) -> bool:
        """Whether this migration creates the table with IF NOT EXISTS, so it is new and empty unless it was created
        outside these files.

        For a table created in a branch this holds only if an earlier migration has created a table: then the files
        show what existed before.
        """
        table = self.table(name)
        return (
            table is not None
            and self.is_doubtful(name)
            and (
                table.within is None
                or any(one.made is not None and 0 <= one.made < self.number for one in self.known.tables.values())
            )
        )

    def undoes(self, kind: ObjectKind, name: Name, part: Name | None = None) -> bool:
        """In a down part: whether the up part of the same migration created the object (or that column of it)."""
        return self.is_down and self.has_made(kind, name, part)

    def undoes_change(self, table: Name, column: Name) -> bool:
        """In a down part: whether the up part has changed the column's type, default or NOT NULL."""
        return self.is_down and self.known.made.get(("change", self.key(table), column.name)) == self.number

    def has_made(self, kind: ObjectKind, name: Name, part: Name | None = None) -> bool:
        """Whether this migration has created the object of `kind` (or that column, trigger … of it) so far."""
        return self.known.made.get((kind.value, self.key(name), part.name if part else "")) == self.number

    def has_added(self, table: Name, column: Name) -> bool:
        """Whether this migration has added the column so far."""
        return self.has_made(ObjectKind.COLUMN, table, column)

    def has_kept(self, table: Name, column: Name, where: Condition) -> bool:
        """Whether this migration has copied the column's values: of all rows, or of those that match `where`."""
        key = self.key(table)
        return any(
            self.known.kept.get((key, name), {}).get(words) == self.number
            for name in (column.name, "*")
            for words in {"", where.words} - {"?"}
        )

    def is_fresh(self, table: Name, column: Name) -> bool:
        """Whether the column has no values to lose: added by this migration, or added empty by an earlier one and not
        filled since."""
        if self.has_added(table, column):
            return True
        known, key = self.column(table, column), self.key(table)
        added = self.known.made.get((ObjectKind.COLUMN.value, key, column.name))
        filled = self.known.made.get(("filled", key, column.name))
        return added is not None and filled in (None, self.number) and known is not None and known.default is None

    def is_key(self, table: Name, columns: Container[str]) -> bool:
        """Whether `columns` identify one row: they contain a primary or unique key (`id` if none is known)."""
        known, place = self.table(table), self.key(table)
        unique = (ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE)
        keys: list[tuple[str | None, ...]] = [
            tuple(column.name for column in each.constraint.columns)
            for each in (known.constraints if known is not None else ())
            if each.constraint.kind in unique
        ]
        keys += [each.columns for each in self.known.indexes.of(place) if each.unique]
        return any(names and all(name in columns for name in names) for names in keys or [("id",)])

    def is_guarded(self, operation: Operation, *conditions: str) -> bool:
        """Whether the operation is in a branch, or in a block whose handler catches one of `conditions`."""
        for frame in operation.inside:
            if frame.kind is FrameKind.BRANCH:
                return True
            if frame.kind is FrameKind.PROTECTED and any(word in frame.text for word in (*conditions, "others")):
                return True
        return False

    def setting(self, variable: str) -> str | None:
        """The value that SET gave `variable` and that is still in effect; None if there is none."""
        return self.known.settings.get(variable)
