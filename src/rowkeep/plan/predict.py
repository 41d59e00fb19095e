"""Measurements of a rehearsal and the sizes of production's tables -> what the migrations will do to production."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from rowkeep.domain.deploy.prediction import (
    ComparedSize,
    PredictedLock,
    PredictedStep,
    PredictedWork,
    Prediction,
    ProductionSize,
    TableSize,
    WorkKind,
)
from rowkeep.domain.deploy.rehearsal import Rehearsal, StatementTiming
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.lint.lock import LockTiming
from rowkeep.domain.operation import (
    AddColumn,
    AddConstraint,
    AlterTable,
    AttachPartition,
    ChangeType,
    Cluster,
    Column,
    Constraint,
    ConstraintKind,
    CreateIndex,
    Delete,
    Insert,
    Merge,
    Name,
    Operation,
    Reindex,
    SetNotNull,
    Update,
    Vacuum,
    ValidateConstraint,
)
from rowkeep.domain.plan import Plan, TransactionMode
from rowkeep.domain.schema.table_contents import DatabaseContents
from rowkeep.domain.source import Place

_BUILDS_INDEX = frozenset({ConstraintKind.UNIQUE, ConstraintKind.PRIMARY_KEY, ConstraintKind.EXCLUDE})
_SCANS = frozenset({ConstraintKind.CHECK, ConstraintKind.FOREIGN_KEY, ConstraintKind.NOT_NULL})


def find_table_sizes(before: DatabaseContents, after: DatabaseContents) -> tuple[TableSize, ...]:
    """The tables of the copy before the migrations: each by its name, and partitioned ones also as a whole."""
    files = {table.oid: table.file for table in after.tables}
    sizes: dict[str, TableSize] = {}
    for table in before.tables:
        for name in dict.fromkeys((table.name, table.family)):
            size = sizes.get(name, TableSize(name, 0, 0))
            is_new_file = files.get(table.oid, table.file) != table.file
            sizes[name] = TableSize(
                name, size.bytes + table.bytes, size.rows + table.rows, size.rewritten or is_new_file
            )
    return tuple(sizes.values())


def find_measured_tables(plan: Plan, rehearsal: Rehearsal, schemas: Sequence[str]) -> tuple[str, ...]:
    """The tables whose size in production the prediction needs."""
    names = {
        table
        for step in plan.steps
        for piece in step.pieces
        for table, _ in _find_work(piece.statement.operations, rehearsal, schemas)
    }
    return tuple(sorted(names))


def make_prediction(
    plan: Plan, rehearsal: Rehearsal, schemas: Sequence[str], production: Mapping[str, ProductionSize]
) -> Prediction:
    """What `plan` will do to production. production: the tables there, by name, as far as they are known.

    A time that depends on the rows of a table grows as the table does. Never below what was measured.
    """
    copied = {size.table: size for size in rehearsal.sizes}
    sizes = {
        name: ComparedSize(name, copied[name], production.get(name))
        for name in find_measured_tables(plan, rehearsal, schemas)
    }
    work = {
        (step.name, piece.statement.place): tuple(_find_work(piece.statement.operations, rehearsal, schemas))
        for step in plan.steps
        for piece in step.pieces
    }
    statements = tuple(
        _scale(timing, work.get((timing.migration, timing.place), ()), sizes) for timing in rehearsal.timings
    )
    return Prediction(
        tuple(_predict_steps(plan, statements)),
        tuple(_predict_lock(plan, lock, statements) for lock in rehearsal.locks),
        tuple(_predict_work(rehearsal, statements, sizes)),
        tuple(sizes.values()),
    )


@dataclass(frozen=True, slots=True)
class ScaledStatement:
    """A statement with its time on the copy. more: by how much longer it takes in production; None: not known.

    work: what it does, by table.
    """

    timing: StatementTiming
    work: tuple[tuple[str, WorkKind], ...]
    more: float | None


def _scale(
    timing: StatementTiming, work: tuple[tuple[str, WorkKind], ...], sizes: Mapping[str, ComparedSize]
) -> ScaledStatement:
    factors = [sizes[table].factor(kind) for table, kind in work]
    if None in factors:
        return ScaledStatement(timing, work, None)
    largest = max((factor for factor in factors if factor is not None), default=1.0)
    return ScaledStatement(timing, work, timing.seconds * (largest - 1))


def _total(measured: float, statements: Iterable[ScaledStatement]) -> float | None:
    """The time in production of something that took `measured` on the copy and includes these statements."""
    total = measured
    for statement in statements:
        if statement.more is None:
            return None
        total += statement.more
    return total


def _predict_steps(plan: Plan, statements: tuple[ScaledStatement, ...]) -> Iterator[PredictedStep]:
    by_migration: dict[str, list[ScaledStatement]] = defaultdict(list)
    for statement in statements:
        by_migration[statement.timing.migration].append(statement)
    for step in plan.steps:
        own = by_migration.get(step.name, [])
        if own:
            measured = sum(statement.timing.seconds for statement in own)
            yield PredictedStep(step.name, measured, _total(measured, own))


def _predict_lock(plan: Plan, lock: LockTiming, statements: tuple[ScaledStatement, ...]) -> PredictedLock:
    """The lock is held from its statement to the end of the transaction, so all these statements count."""
    within = _find_places_while_held(plan, lock)
    held = [statement for statement in statements if (statement.timing.migration, statement.timing.place) in within]
    return PredictedLock(lock.migration, lock.table, lock.mode, lock.place, lock.hold_s, _total(lock.hold_s, held))


def _find_places_while_held(plan: Plan, lock: LockTiming) -> set[tuple[str, Place]]:
    group = next((unit for unit in plan.units if any(step.name == lock.migration for step in unit)), ())
    places = [(step.name, piece.statement.place, step.mode) for step in group for piece in step.pieces]
    start = next(
        (at for at, (name, place, _) in enumerate(places) if name == lock.migration and lock.place in (place, None)), 0
    )
    alone = bool(places) and places[start][2] is TransactionMode.ALONE
    return {(name, place) for name, place, _ in (places[start : start + 1] if alone else places[start:])}


def _predict_work(
    rehearsal: Rehearsal, statements: tuple[ScaledStatement, ...], sizes: Mapping[str, ComparedSize]
) -> Iterator[PredictedWork]:
    blocked = {(lock.migration, lock.table) for lock in rehearsal.locks if lock.mode.blocks_writes}
    changing = [table for statement in statements for table, kind in statement.work if kind is WorkKind.ROWS]
    touched = {table.table: table.updated + table.deleted for table in rehearsal.touched}
    rewriting = _find_rewriting(statements)
    for statement in statements:
        timing = statement.timing
        for table, kind in statement.work:
            if kind is WorkKind.REWRITE and (rewriting[table] is not statement):
                continue
            rows = None
            # Where several statements change a table, nobody knows which of them changed how many rows.
            if kind is WorkKind.ROWS and changing.count(table) == 1 and table in touched:
                rows = round(touched[table] * (sizes[table].factor(kind) or 1.0))
            yield PredictedWork(
                timing.migration,
                table,
                kind,
                timing.place,
                timing.seconds,
                _total(timing.seconds, [statement]),
                rows,
                (timing.migration, table) not in blocked,
            )


def _find_rewriting(statements: tuple[ScaledStatement, ...]) -> dict[str, ScaledStatement]:
    """By table, the statement that rewrote it: of those that may have, the one that took longest."""
    slowest: dict[str, ScaledStatement] = {}
    for statement in statements:
        for table, kind in statement.work:
            if kind is WorkKind.REWRITE and (
                table not in slowest or slowest[table].timing.seconds < statement.timing.seconds
            ):
                slowest[table] = statement
    return slowest


def _find_work(
    operations: Iterable[Operation], rehearsal: Rehearsal, schemas: Sequence[str]
) -> Iterator[tuple[str, WorkKind]]:
    """What a statement does with rows of tables that existed before, by table."""
    sizes = {size.table: size for size in rehearsal.sizes}
    yielded = set()
    for operation in operations:
        if operation.is_stored:
            continue
        for name, kind in _work_of(operation):
            table = _find_name(name, sizes, schemas)
            if table is None or (kind is WorkKind.REWRITE and not sizes[table].rewritten):
                continue
            if (table, kind) not in yielded:
                yielded.add((table, kind))
                yield table, kind


def _find_name(name: Name, known: Collection[str], schemas: Sequence[str]) -> str | None:
    """The full name of a table, as a migration finds it on its search_path; None if it is not known."""
    candidates = [name.schema] if name.schema is not None else list(schemas)
    return next((full for schema in candidates if (full := f"{schema}.{name.name}") in known), None)


def _work_of(operation: Operation) -> Iterator[tuple[Name, WorkKind]]:
    """What an operation does with rows, or may do: whether a table was rewritten, its file says."""
    match operation:
        case CreateIndex(table=table, only=False) | Reindex(kind="TABLE", name=Name() as table):
            yield table, WorkKind.INDEX_BUILD
        case AddConstraint(table=table, constraint=constraint):
            yield from _work_of_constraints(table, (constraint,))
        case AddColumn(table=table, column=column):
            yield from _work_of_column(table, column)
        case ChangeType(table=table) | AlterTable(table=table) | Cluster(table=Name() as table):
            yield table, WorkKind.REWRITE
        case Vacuum(table=Name() as table, full=True):
            yield table, WorkKind.REWRITE
        case ValidateConstraint(table=table) | SetNotNull(table=table) | AttachPartition(partition=table):
            yield table, WorkKind.SCAN
        case Update(table=table) | Delete(table=table) | Merge(table=table) | Insert(table=table, from_query=True):
            yield table, WorkKind.ROWS


def _work_of_column(table: Name, column: Column) -> Iterator[tuple[Name, WorkKind]]:
    yield table, WorkKind.REWRITE
    # PostgreSQL reads the table for a CHECK although the column is new; for NOT NULL and a foreign key it need not.
    reading = ConstraintKind.CHECK, *_BUILDS_INDEX
    yield from _work_of_constraints(
        table, (constraint for constraint in column.constraints if constraint.kind in reading)
    )


def _work_of_constraints(table: Name, constraints: Iterable[Constraint]) -> Iterator[tuple[Name, WorkKind]]:
    for constraint in constraints:
        if constraint.kind in _BUILDS_INDEX and constraint.using_index is None:
            yield table, WorkKind.INDEX_BUILD
        elif constraint.kind in _SCANS and not (constraint.not_valid or constraint.not_enforced):
            yield table, WorkKind.SCAN


def find_long_locks(prediction: Prediction, limit_s: float) -> tuple[PredictedLock, ...]:
    """The locks that are predicted to be held longer than `limit_s`; 0 is no limit."""
    if not limit_s:
        return ()
    return tuple(lock for lock in prediction.locks if lock.seconds is not None and lock.seconds > limit_s)
