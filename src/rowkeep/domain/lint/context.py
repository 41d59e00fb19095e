"""What a rule may ask: where the act stands, what came before it, and what is known of the tables it names."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

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
from rowkeep.domain.schema.sequence import Sequence
from rowkeep.domain.statement import Statement, TransactionUse


@dataclass(slots=True)
class Context:
    """The place of one act. It is handed on from act to act; a rule keeps nothing of it.

    major: the oldest server that the migration must run on. number: of the migration in the directory, from 0.
    transaction: the number of the transaction that holds the statement. alone: none holds it; it commits by itself.
    statement: None at the end of a section, and for what was noticed before there were statements. acts: everything
    the section does, in order, function bodies included; position: of the present one in it. controls: positions of
    the BEGIN, COMMIT … among them, listed once so that asking for each act does not read all of them.
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
        """What of these kinds (and of no other) the section has done so far, in order."""
        return self._sequence.earlier(self.position, kinds)

    def later(self, *kinds: type[Operation]) -> Iterator[Operation]:
        """What of these kinds (and of no other) the section does later, in order."""
        return self._sequence.later(self.position, kinds)

    @property
    def previous(self) -> Operation | None:
        """What the section has done right before."""
        return self.operations[self.position - 1] if self.position > 0 else None

    @property
    def before(self) -> tuple[Operation, ...]:
        """All that the section has done so far: for what is asked once. For each act, ask `earlier`."""
        return self.operations[: self.position]

    @property
    def after(self) -> tuple[Operation, ...]:
        """All that the section does later: for what is asked once. For each act, ask `later`."""
        return self.operations[self.position + 1 :]

    @property
    def is_down(self) -> bool:
        """Whether a down part is judged."""
        return self.direction is Direction.DOWN

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction holds the statement, together with others and with the record of the migration."""
        return not self.alone and (self.statement is None or self.statement.transaction is not TransactionUse.OUTSIDE)

    @property
    def is_undone(self) -> bool:
        """Whether a failure anywhere in the section takes back all of it: one transaction holds it."""
        if not self.in_transaction:
            return False
        return self._sequence.takes_all_back

    @property
    def locked(self) -> tuple[KnownLock, ...]:
        """The locks that this transaction holds so far on tables of others, and that make their writers wait."""
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
        """What the text has told of a table."""
        return self.known.tables.get(self.key(name))

    def is_absent(self, name: Name) -> bool:
        """Whether the server has no relation of that name, and no migration has made one since."""
        return self.key(name) in self.known.absent

    def lacks(self, table: Name, column: Name) -> bool:
        """Whether the server has the table and not the column, and nothing that the text hides can have added it."""
        known = self.table(table) if self.known.is_exact else None
        return known is not None and known.live is not None and known.is_complete and column.name not in known.columns

    def index(self, name: Name) -> KnownIndex | None:
        """What the text has told of an index."""
        schemas = (name.schema,) if name.schema is not None else ("pg_temp", *self.known.search_path)
        found = (self.known.indexes.get((schema, name.name)) for schema in schemas)
        return next((one for one in found if one is not None), None)

    def column(self, table: Name, column: Name) -> Column | None:
        """What the text has told of a column."""
        known = self.table(table)
        return known.columns.get(column.name) if known is not None else None

    def row_key(self, table: Name) -> str:
        """The columns of the table's primary key as SQL writes them; `id` where it is not known."""
        return ", ".join(str(column) for column in self.key_columns(table)) or "id"

    def key_columns(self, table: Name) -> tuple[Name, ...]:
        """The columns of the table's primary key; none where it is not known."""
        known = self.table(table)
        for each in known.constraints if known is not None else ():
            if each.constraint.kind is ConstraintKind.PRIMARY_KEY and each.constraint.columns:
                return each.constraint.columns
        return ()

    def adds_to_known(self, operation: AddColumn) -> bool:
        """Whether ADD COLUMN adds to a table that somebody else may know (IF NOT EXISTS may find the column there)."""
        return not self.is_new(operation.table) and not (
            operation.if_not_exists and self.column(operation.table, operation.column.name)
        )

    def domain(self, kind: TypeName) -> KnownDomain | None:
        """The domain that a type is, if the text has made it; an array of it is none."""
        if kind.is_array:
            return None
        schemas = (kind.schema,) if kind.schema else self.known.search_path
        found = (self.known.domains.get((schema, kind.name)) for schema in schemas)
        return next((one for one in found if one is not None), None)

    def function(self, name: Name) -> KnownFunction | None:
        """A function that the project has defined so far."""
        if name.schema is not None:
            return self.known.functions.get((name.schema, name.name))
        found = (self.known.functions.get((schema, name.name)) for schema in self.known.search_path)
        return next((one for one in found if one is not None), None)

    def referring(self, name: Name) -> tuple[tuple[KnownTable, KnownConstraint], ...]:
        """The foreign keys of other tables that refer to a table, as far as the text tells."""
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
        """The views that read a relation (or that column of it), as far as the text tells."""
        key = self.key(name)
        table = self.known.tables.get(key)
        present = table.columns if table is not None else {}
        views = (view for view in self.known.views.values() if key in view.reads)
        return tuple(view for view in views if column is None or view.needs_column(key, column.name, present))

    def newness(self, name: Name) -> TableAge:
        """Whether anybody else can know the table: its locks stall nobody and its rows are nobody's, if not."""
        table = self.table(name)
        if table is None:
            return TableAge.OLD
        if table.is_temporary:
            return TableAge.NEW
        if table.made != self.number:
            return TableAge.OLD
        return TableAge.NEW if table.is_certain or self._goes_on(table.within) else TableAge.PERHAPS

    def _goes_on(self, within: tuple[Frame, ...] | None) -> bool:
        """Whether the present act stands in the same branches and loops, and not where the making of it has failed."""
        if within is None or not 0 <= self.position < len(self.operations):
            return False
        frames = self.operations[self.position].inside
        handlers = {frame for frame in frames if frame.kind is FrameKind.HANDLER}
        return {*within} <= {*frames} and handlers <= {*within}

    def is_new(self, name: Name) -> bool:
        """Whether nobody else can know the table."""
        return self.newness(name) is TableAge.NEW

    def is_doubtful(self, *names: Name) -> bool:
        """Whether it depends on IF NOT EXISTS that somebody else knows one of the tables (for `Fault.doubtful`)."""
        found = {self.newness(name) for name in names}
        return TableAge.PERHAPS in found and TableAge.OLD not in found

    def is_made_here(self, name: Name) -> bool:
        """Whether this migration makes the table with IF NOT EXISTS, unless somebody made it behind the back of these
        files: then it is new, and has no rows.

        What a branch makes is so only where an earlier migration has made some table: these files tell then what was
        there before.
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
        """In a down part: whether the up part of the same migration made the object (or that column of it)."""
        return self.is_down and self.has_made(kind, name, part)

    def undoes_change(self, table: Name, column: Name) -> bool:
        """In a down part: whether the up part has changed the column's type, default or NOT NULL."""
        return self.is_down and self.known.made.get(("change", self.key(table), column.name)) == self.number

    def has_made(self, kind: ObjectKind, name: Name, part: Name | None = None) -> bool:
        """Whether this migration has made the object of `kind` (or that column, trigger … of it) so far."""
        return self.known.made.get((kind.value, self.key(name), part.name if part else "")) == self.number

    def has_added(self, table: Name, column: Name) -> bool:
        """Whether this migration has added the column so far."""
        return self.has_made(ObjectKind.COLUMN, table, column)

    def has_kept(self, table: Name, column: Name, where: Condition) -> bool:
        """Whether this migration has copied the column's values: of all rows, or of those that `where` leaves."""
        key = self.key(table)
        return any(
            self.known.kept.get((key, name), {}).get(words) == self.number
            for name in (column.name, "*")
            for words in {"", where.words} - {"?"}
        )

    def is_fresh(self, table: Name, column: Name) -> bool:
        """Whether the column holds no values to lose: added by this migration, or by an earlier one, empty, and not
        filled since."""
        if self.has_added(table, column):
            return True
        known, key = self.column(table, column), self.key(table)
        added = self.known.made.get((ObjectKind.COLUMN.value, key, column.name))
        filled = self.known.made.get(("filled", key, column.name))
        return added is not None and filled in (None, self.number) and known is not None and known.default is None

    def is_key(self, table: Name, columns: Container[str]) -> bool:
        """Whether `columns` pick one row at most: they hold a primary or unique key; `id`, where none is known."""
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
        """Whether the act runs only where it can: in a branch, or where a handler catches one of `conditions`."""
        for frame in operation.inside:
            if frame.kind is FrameKind.BRANCH:
                return True
            if frame.kind is FrameKind.PROTECTED and any(word in frame.text for word in (*conditions, "others")):
                return True
        return False

    def setting(self, variable: str) -> str | None:
        """The value that SET has given `variable` and that still holds; None where nothing has."""
        return self.known.settings.get(variable)
