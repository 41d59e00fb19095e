"""Steps -> what their statements are seen to do to a table, and where."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from rowkeep.domain import operation
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.operation import Name, Operation
from rowkeep.domain.plan import Step
from rowkeep.domain.source import Place
from rowkeep.domain.statement import Statement
from rowkeep.plan.guard.additive import is_harmless_call

REWRITING: tuple[type[Operation], ...] = (
    operation.AddColumn,
    operation.AlterTable,
    operation.ChangeType,
    operation.Cluster,
    operation.Refresh,
)
"""Operations after which a table may have a new file with the same rows in it."""

WRITING = (operation.Insert, operation.Update, operation.Delete, operation.Merge)

OPAQUE: tuple[type[Operation], ...] = (operation.DoBlock, operation.Opaque, operation.Unjudged)
"""Operations that may do more than the text shows."""


@dataclass(frozen=True, slots=True)
class LocatedOperation:
    """An operation that runs, and the place of its statement."""

    action: Operation
    place: Place
    statement: Statement


class StatementEffects:
    """The operations of a transaction that run, by what they do."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self.all: list[LocatedOperation] = []
        self._functions: list[Statement] = []
        for step in steps:
            for piece in step.pieces:
                if piece.function is not None:
                    self._functions.append(piece.statement)
                for action in piece.statement.operations:
                    if not action.is_stored:
                        at = piece.statement.source.place(action.span.start)
                        self.all.append(LocatedOperation(action, at, piece.statement))

    @property
    def may_move_sequences(self) -> bool:
        """Whether something runs that may set a sequence: setval, RESTART, or code that is not read."""
        return self.runs_code or any(
            (isinstance(seen.action, operation.AlterObject) and seen.action.kind is operation.ObjectKind.SEQUENCE)
            or (isinstance(seen.action, operation.DropObject) and seen.action.kind is operation.ObjectKind.SEQUENCE)
            or (isinstance(seen.action, operation.AlterTable) and "identity" in seen.action.action.lower())
            or (isinstance(seen.action, operation.Truncate) and seen.action.restart_identity)
            for seen in self.all
        )

    @property
    def runs_code(self) -> bool:
        """Whether something runs that may do more than the text shows: a function, a DO block, a view."""
        return bool(self._functions) or any(runs_code(seen.action) for seen in self.all)

    def find_caller(self, names: Collection[str]) -> Place | None:
        """The statement in which code ran that did something to what has these names, though no statement names it.

        That is the only one that may run such code: a function, a DO block, a trigger, a cascade; or, if there are
        several, the only one of them whose text has the name in it. None if it cannot be told.
        """
        acting = [seen.statement for seen in self.all if may_act_unseen(seen.action)]
        callers = list({id(statement): statement for statement in (*acting, *self._functions)}.values())
        if len(callers) > 1:
            words = {name.rpartition(".")[2] for name in names}
            callers = [statement for statement in callers if any(word in statement.text for word in words)]
        return callers[0].place if len(callers) == 1 else None

    def count_written(self, statements: Iterable[Statement], answers: Mapping[str, int]) -> int | None:
        """How many rows these statements wrote by themselves, at most; None if that is not known.

        answers: what the server answered to the text of each statement (`UPDATE 5`). It counts no rows that a trigger,
        a function or a DO block wrote.
        """
        texts: set[str] = set()
        for statement in statements:
            writes = [action for action in statement.operations if isinstance(action, WRITING)]
            if len(writes) != 1 or writes[0].inside or statement.text not in answers:
                return None
            texts.add(statement.text)
        return sum(answers[text] for text in texts)

    def on(self, names: Collection[str], *kinds: type[Operation]) -> Iterator[LocatedOperation]:
        """The operations of these kinds on a relation of these names (`public.users`); without a schema it may fit."""
        for seen in self.all:
            table = getattr(seen.action, "table", None)
            if isinstance(seen.action, kinds) and isinstance(table, Name) and fits(table, names):
                yield seen

    def find_targets(self) -> list[tuple[Name, str | None]]:
        """The tables and columns that statements remove by name: it matters whether they hold anything.

        Also the tables that they may rewrite, where code runs that is not read: it may truncate one of them.
        """
        targets: list[tuple[Name, str | None]] = []
        runs_code = self.runs_code
        for seen in self.all:
            match seen.action:
                case operation.DropObject(kind=operation.ObjectKind.TABLE, name=name):
                    targets.append((name, None))
                case operation.Truncate(table=table):
                    targets.append((table, None))
                case operation.DropColumn(table=table, column=column):
                    targets.append((table, column.name))
                case operation.AddColumn(table=table) | operation.AlterTable(table=table) if runs_code:
                    targets.append((table, None))
                case operation.ChangeType(table=table) if runs_code:
                    targets.append((table, None))
        return [target for target in targets if not target[0].is_unknown]

    def drops(self, kind: Collection[operation.ObjectKind], names: Collection[str], on: Collection[str] = ()) -> bool:
        """Whether a statement drops an object of this name itself. on: names of its table."""
        for seen in self.all:
            if isinstance(seen.action, operation.DropObject) and seen.action.kind in kind:
                table = seen.action.on
                if table is not None:
                    if fits(table, on) and any(name.endswith(f".{seen.action.name.name}") for name in names):
                        return True
                elif fits(seen.action.name, names):
                    return True
        return False

    def find_place(self, names: Collection[str], *kinds: type[Operation], part: str | None = None) -> Place | None:
        """The statement that did something to what has these names: one of these kinds, the last one if several do."""
        best = None
        for seen in self.all:
            if not isinstance(seen.action, kinds):
                continue
            column = getattr(seen.action, "column", None)
            if part is not None and isinstance(column, Name) and column.name != part:
                continue
            for attribute in ("table", "name", "type", "partition"):
                value = getattr(seen.action, attribute, None)
                if isinstance(value, Name) and fits(value, names):
                    best = seen.place
        return best


def runs_code(action: Operation) -> bool:
    """Whether it runs code that may do more than the text shows: a function, a DO block, a view."""
    return (
        isinstance(action, (*OPAQUE, operation.ExecutePrepared))
        # It may read a view, whose functions the text does not show.
        or (isinstance(action, operation.Read) and bool(action.tables))
        or (isinstance(action, operation.CallFunction) and not is_harmless_call(action.call))
    )


def may_act_unseen(action: Operation) -> bool:
    """Whether it may change what it does not name: by code, by a trigger, or by a cascade."""
    return runs_code(action) or isinstance(action, (*WRITING, operation.Truncate)) or getattr(action, "cascade", False)


def fits(name: Name, names: Collection[str]) -> bool:
    """Whether a name of a statement may mean one of these (`public.users`)."""
    if name.schema is not None:
        return f"{name.schema}.{name.name}" in names
    return any(candidate == name.name or candidate.endswith(f".{name.name}") for candidate in names)
