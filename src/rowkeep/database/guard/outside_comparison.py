"""Compares what there is before and after a statement outside a transaction, which nothing can roll back.

A statement whose text shows that it takes something away is not run at all, unless that is accepted by name. What the
text does not show is reported afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

import psycopg
from psycopg.pq.abc import PGresult

from rowkeep.database.connection.pipeline import PipelineCommand
from rowkeep.database.connection.server_error import error_of_exception
from rowkeep.database.executor.run_context import RunContext
from rowkeep.database.executor.script import GuardOutcome
from rowkeep.database.guard.transaction_guard import (
    FIRST_USER_OID,
    LARGE_OBJECT_PAGES,
    LARGE_OBJECTS,
    PART_CATALOGS,
    Counts,
    TransactionGuard,
    parse_counts,
    read_objects,
    subtract_counts,
)
from rowkeep.database.queries import load_query
from rowkeep.domain import operation
from rowkeep.domain.deploy.guard import CatalogChange, CatalogObject, GuardMode, RowChanges
from rowkeep.domain.deploy.loss import Loss, LossKind
from rowkeep.domain.event import Noted
from rowkeep.domain.frozen import replace
from rowkeep.domain.instruction import (
    ConnectionLoss,
    InspectLosses,
    InstructionResult,
    LossesRefused,
    RunOutsideTransaction,
    ServerRefused,
    Succeeded,
)
from rowkeep.domain.migration import Section
from rowkeep.domain.operation import Name, ObjectKind, Operation
from rowkeep.domain.plan import Step
from rowkeep.domain.source import Place, Source, Span
from rowkeep.plan.guard.accepted_losses import find_accepted_names
from rowkeep.plan.guard.catalog_losses import find_catalog_losses
from rowkeep.plan.guard.statement_effects import StatementEffects
from rowkeep.plan.losses import find_unaccepted
from rowkeep.report.text.visible import one_line

SETTLING_S = 0.55
"""PostgreSQL 14 reports the counters of an idle session twice a second at most."""
ATTEMPTS = 5

Target = tuple[LossKind, Name, str | None, Place]


def inspect_losses(context: RunContext, instruction: InspectLosses) -> InstructionResult:
    """Find out whether the text of a statement shows a loss that is refused."""
    if context.plan.guard.mode is not GuardMode.REFUSE:
        return Succeeded()
    try:
        refused = OutsideComparison(context, instruction.statement_step).find_refused()
    except psycopg.Error as error:
        if context.session.connection.closed:
            return ConnectionLoss(str(error).strip(), certain=True)
        return ServerRefused(replace(error_of_exception(error), ours="the guard could not read what there is before"))
    return refused or Succeeded()


def compare_outside(
    context: RunContext,
    instruction: RunOutsideTransaction,
    run: Callable[[OutsideComparison | None], InstructionResult],
) -> InstructionResult:
    """Run a statement outside a transaction, with the comparison around it where it needs one."""
    if not instruction.guarded:
        return run(None)
    comparison = OutsideComparison(context, instruction.statement_step)
    try:
        comparison.begin()
    except psycopg.Error as error:
        if context.session.connection.closed:
            return ConnectionLoss(str(error).strip(), certain=True)
        return ServerRefused(replace(error_of_exception(error), ours="the guard could not read what there is before"))
    result = run(comparison)
    if not isinstance(result, Succeeded):
        return result
    try:
        return replace(result, losses=comparison.compare())
    except psycopg.Error as error:
        # The statement is done: that its losses are not known must not make it run again.
        context.emit(Noted(f"what {instruction.step.name} lost is not known: {str(error).strip()}", warning=True))
        return result


class OutsideComparison:
    """The comparison for the only statement of `step`. counts: the command to send right after it, at once.

    The server keeps the counters of changed rows until the session is idle, also those of transactions that a
    procedure has committed; sent in the same pipeline, the query sees all of them.
    """

    def __init__(self, context: RunContext, step: Step) -> None:
        self.counts = PipelineCommand(load_query("guard.row_counts"), (None,))
        self._context = context
        self._step = step
        self._effects = StatementEffects((step,))
        self._before: tuple[CatalogObject, ...] = ()
        self._counts_before: Counts = {}
        self._counts_after: Counts = {}
        self._positions: dict[int, tuple[int, int]] = {}
        self._empty: frozenset[tuple[int, int]] = frozenset()

    @property
    def _accepted(self) -> set[str]:
        return {*self._context.plan.guard.accepted, *find_accepted_names((self._step,))}

    def find_refused(self) -> LossesRefused | None:
        """What the text shows and nobody accepted. Raises psycopg.Error."""
        shown = tuple(dict.fromkeys(self._find_shown_losses()))
        refused = find_unaccepted(shown, self._accepted)
        return LossesRefused(refused, was_run=False) if refused else None

    def _find_shown_losses(self) -> Iterator[Loss]:
        """What the text shows, except where there is nothing to lose. Raises psycopg.Error."""
        targets = [target for target in self._find_targets() if not target[1].is_unknown]
        if not targets:
            return
        session = self._context.session
        schemas = self._context.query_schemas()
        guard = TransactionGuard(self._context, (self._step,))
        with session.under_own_settings():
            for kind, table, column, place in targets:
                values = {"names": [table.name], "schemas": [table.schema], "columns": [column], "path": schemas}
                rows = session.ask("guard.find_columns", values)
                empty = guard.find_empty([(table, column)], schemas) if rows else frozenset()
                self._empty |= empty
                for oid, number, schema, name, _ in rows:
                    if (oid, number) in empty or (oid, 0) in empty or oid in self._context.new_tables:
                        continue
                    owner = one_line(f"{schema}.{name}")
                    what = owner if column is None else one_line(f"{schema}.{name}.{column}")
                    yield Loss(kind, what, 0, f"{_describe(kind, what)} outside a transaction", owner, place)

    def _find_targets(self) -> Iterator[Target]:
        for seen in self._effects.all:
            yield from _lost_by(seen.action, seen.place)
            if isinstance(seen.action, operation.CallFunction) and seen.action.is_procedure:
                for action in self._read_procedure(seen.action.call.name):
                    yield from _lost_by(action, seen.place)

    def _read_procedure(self, name: Name) -> Iterator[Operation]:
        """What the body of a procedure is seen to do."""
        from rowkeep.parse import parse_section

        schemas = [name.schema] if name.schema is not None else self._context.query_schemas()
        for (text,) in self._context.session.ask("guard.procedure_texts", {"name": name.name, "schemas": schemas}):
            for statement in parse_section(Section(Source("", text), Span(0, len(text)))).statements:
                yield from statement.operations

    def begin(self) -> None:
        """Read what there is, and what the text shows. Raises psycopg.Error."""
        for _ in self._find_shown_losses():
            pass  # notes what is empty
        session = self._context.session
        for _ in range(ATTEMPTS):
            self._counts_before = self._read_counts()
            if not self._counts_before:
                break
            # Counters of earlier statements: the session reports them and begins again at zero.
            if session.major >= 15:
                session.ask("guard.report_statistics_from15")
            else:
                time.sleep(SETTLING_S)
        self._before = self._read_state()
        self._positions = self._read_positions()

    def note_counts(self, result: PGresult) -> None:
        """The answer to `counts`."""
        self._counts_after = parse_counts(result)

    def compare(self) -> tuple[Loss, ...]:
        """What was lost, where that is refused and nobody accepted it. Raises psycopg.Error."""
        context, none = self._context, RowChanges()
        after = self._read_state()
        changed = {
            oid: subtract_counts(counts, self._counts_before.get(oid, none))
            for oid, counts in self._counts_after.items()
        }
        rows = {oid: counts for oid, counts in changed.items() if oid >= FIRST_USER_OID and counts != none}
        positions = self._read_positions()
        sequences = {
            oid: (old, positions[oid][0])
            for oid, (old, sign) in self._positions.items()
            if oid in positions and ((positions[oid][0] - old) * sign < 0 or (old and positions[oid][1] != sign))
        }
        large, pages = changed.get(LARGE_OBJECTS, none), changed.get(LARGE_OBJECT_PAGES, none)
        change = CatalogChange(
            self._before, after, rows, sequences, large.deleted, pages.updated + pages.deleted, self._empty
        )
        found = find_catalog_losses(change, self._effects, context.new_tables)
        losses = tuple(
            replace(loss, name=one_line(loss.name), detail=one_line(loss.detail), inside=one_line(loss.inside))
            for loss in found
        )
        context.guard_losses += losses
        if context.plan.guard.collect is not None:
            for loss in losses:
                context.plan.guard.collect(loss)
        refused = find_unaccepted(losses, self._accepted)
        if context.plan.guard.mode is GuardMode.WARN:
            for loss in refused:
                where = f"{loss.place}: " if loss.place else ""
                context.emit(Noted(f"{where}{loss.detail}; outside development this is an error", warning=True))
        return refused if context.plan.guard.mode is GuardMode.REFUSE else ()

    def _read_counts(self) -> Counts:
        """The counters of this session that are not zero."""
        connection = self._context.session.connection
        with self._context.session.under_own_settings():
            rows = connection.execute(load_query("guard.row_counts").replace(b"$1", b"NULL")).fetchall()
        counts = {oid: RowChanges(*numbers) for oid, *numbers in rows}
        return {oid: changes for oid, changes in counts.items() if changes != RowChanges()}

    def _read_state(self) -> tuple[CatalogObject, ...]:
        values = {"oids": None, "parts": [part.value for part in PART_CATALOGS.values()]}
        history = self._context.plan.history
        objects = read_objects(self._context.session.ask("guard.state", values))
        ours = {item.oid for item in objects if item.name == f"{history.schema}.{history.table}"}
        return tuple(item for item in objects if item.oid not in ours)

    def _read_positions(self) -> dict[int, tuple[int, int]]:
        rows = self._context.session.ask("guard.sequence_positions")
        return {oid: (position, step) for oid, position, step in rows}


def _lost_by(action: Operation, place: Place) -> Iterable[Target]:
    """What an operation takes away, as far as its text shows."""
    match action:
        case operation.DropObject(kind=ObjectKind.TABLE, name=name):
            return [(LossKind.TABLE, name, None, place)]
        case operation.DropColumn(table=table, column=column):
            return [(LossKind.COLUMN, table, column.name, place)]
        case operation.Truncate(table=table) | operation.Delete(table=table):
            return [(LossKind.ROWS, table, None, place)]
        case operation.Merge(table=table, deletes=True):
            return [(LossKind.ROWS, table, None, place)]
        case operation.DetachPartition(partition=partition):
            return [(LossKind.PARTITION, partition, None, place)]
        case operation.Update(fixed=fixed) if fixed:
            return []  # a few rows by a constant: the comparison afterwards counts them
        case operation.Update() | operation.Merge() | operation.Insert():
            return [(LossKind.VALUES, action.table, column.name, place) for column in action.loses]
    return []


def _describe(kind: LossKind, what: str) -> str:
    match kind:
        case LossKind.TABLE:
            return f"table {what} would be dropped"
        case LossKind.COLUMN:
            return f"column {what} would be dropped"
        case LossKind.PARTITION:
            return f"partition {what} would be detached"
        case LossKind.VALUES:
            return f"values of {what} would be overwritten"
        case _:
            return f"rows of table {what} would be deleted"


class CountsReader:
    """Gives the comparison the answer to its command, where the statement runs as a script of commands."""

    def __init__(self, comparison: OutsideComparison) -> None:
        self._comparison = comparison

    def begin(self) -> None:
        """An attempt begins."""

    def first_commands(self) -> list[PipelineCommand]:
        """There is no transaction to begin."""
        return []

    def last_commands(self) -> list[PipelineCommand]:
        """There is no transaction to end."""
        return []

    def note_answer(self, command: PipelineCommand, result: PGresult | None) -> None:
        """Keep the answer to the comparison's command."""
        if result is not None and command.sql == self._comparison.counts.sql:
            self._comparison.note_counts(result)

    def finish(self) -> GuardOutcome:
        """Everything is committed already."""
        return GuardOutcome()
