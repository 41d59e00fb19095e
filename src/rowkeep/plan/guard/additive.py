"""Steps -> whether their text proves that they only add. Then the guard has nothing to compare."""

from __future__ import annotations

from collections.abc import Iterable

from rowkeep.domain import operation
from rowkeep.domain.deploy.guard import GuardMode
from rowkeep.domain.migration import Direction
from rowkeep.domain.operation import Call, Column, Constraint, Expression, ObjectKind
from rowkeep.domain.plan import Plan, Step

PLAIN: tuple[type[operation.Operation], ...] = (
    operation.AddEnumValue,
    operation.Comment,
    operation.CreateEnum,
    operation.CreateFunction,
    operation.DropNotNull,
    operation.Notice,
    operation.SectionEnd,
    operation.SetNotNull,
    operation.code.Returns,
)
"""Operations that take nothing away and call no function of a user."""

SAFE_CALLS = frozenset(
    {
        "char_length",
        "clock_timestamp",
        "coalesce",
        "current_date",
        "current_timestamp",
        "gen_random_uuid",
        "jsonb_build_object",
        "length",
        "localtimestamp",
        "lower",
        "nextval",
        "now",
        "statement_timestamp",
        "timezone",
        "transaction_timestamp",
        "upper",
        "uuidv7",
    }
)
"""Functions of PostgreSQL that change no row. They are found in pg_catalog first, whatever the search path is."""

MADE = frozenset({ObjectKind.SCHEMA, ObjectKind.SEQUENCE, ObjectKind.STATISTICS, ObjectKind.PUBLICATION})
"""Kinds of object whose CREATE runs no code. CREATE EXTENSION runs a script."""

TYPES = frozenset(
    {
        "bool",
        "bpchar",
        "bigserial",
        "bytea",
        "char",
        "cidr",
        "date",
        "float4",
        "float8",
        "inet",
        "int2",
        "int4",
        "int8",
        "interval",
        "json",
        "jsonb",
        "macaddr",
        "money",
        "name",
        "numeric",
        "oid",
        "serial",
        "serial2",
        "serial4",
        "serial8",
        "smallserial",
        "text",
        "time",
        "timestamp",
        "timestamptz",
        "timetz",
        "tsvector",
        "uuid",
        "varbit",
        "varchar",
        "xml",
    }
)
"""Types whose input and casts are PostgreSQL's own. A domain may call a function."""


TAKING: tuple[type[operation.Operation], ...] = (
    operation.CallFunction,
    operation.DetachPartition,
    operation.DoBlock,
    operation.Opaque,
    operation.Unjudged,
)
"""Operations of statements outside a transaction that may take something away."""


def needs_guard(plan: Plan, steps: Iterable[Step]) -> bool:
    """Whether the guard compares what there is before and after these steps of `plan`."""
    return plan.guard.mode is not GuardMode.OFF and not adds_only(steps)


def needs_comparison(plan: Plan, step: Step) -> bool:
    """Whether a statement outside a transaction, the only one of `step`, may take something away.

    Building or dropping an index, VACUUM, REINDEX, CLUSTER and the like cannot.
    """
    if plan.guard.mode is GuardMode.OFF:
        return False
    return any(
        piece.function is not None or any(isinstance(action, TAKING) for action in piece.statement.operations)
        for piece in step.pieces
    )


def find_created_tables(steps: Iterable[Step]) -> frozenset[str]:
    """The names, without schema, of the tables that these steps create: they did not exist before."""
    return frozenset(
        action.table.name
        for step in steps
        if step.direction is Direction.UP
        for piece in step.pieces
        for action in piece.statement.operations
        if isinstance(action, operation.CreateTable) and not action.if_not_exists and not action.inside
    )


def adds_only(steps: Iterable[Step]) -> bool:
    """Whether the text proves that these steps lose nothing.

    False for what is only likely to add: a row trigger, a function or dynamic SQL may do anything.
    """
    tables: set[tuple[str | None, str]] = set()
    for step in steps:
        for piece in step.pieces:
            if piece.function is not None or not piece.statement.operations:
                return False
            for action in piece.statement.operations:
                if action.is_stored:
                    continue
                if action.inside or not _adds(action, tables):
                    return False
    return True


def _adds(action: operation.Operation, tables: set[tuple[str | None, str]]) -> bool:
    """tables: those that the steps have created, by schema and name, while no trigger was created."""
    match action:
        case operation.CreateTable(from_query=False, is_foreign=False, like=(), inherits=(), partition_of=None):
            if not all(map(_is_plain_column, action.columns)) or not all(
                map(_is_plain_constraint, action.constraints)
            ):
                return False
            if not action.if_not_exists:
                tables.add((action.table.schema, action.table.name))
            return True
        case operation.CreateIndex(concurrently=False):
            return _calls_safely(action.calls) and _is_plain(action.where)
        case operation.AddColumn():
            return _is_plain_column(action.column)
        case operation.AddConstraint():
            return _is_plain_constraint(action.constraint)
        case operation.ChangeDefault():
            return _is_plain(action.default)
        case operation.CreateObject():
            return action.kind in MADE
        case operation.Grant(is_grant=True):
            return True
        case operation.Insert(from_query=False, on_conflict=""):
            return (action.table.schema, action.table.name) in tables
        case operation.CallFunction(call=call, for_effect=False):
            return _calls_safely((call,))
        case operation.CreateView():
            # Its query runs later. A view that is replaced keeps its columns.
            return not action.is_materialized
        case operation.CreateTrigger():
            tables.clear()
            return not action.replace
    return isinstance(action, PLAIN)


def _is_plain_column(column: Column) -> bool:
    known = column.type is not None and column.type.schema in (None, "pg_catalog") and column.type.name in TYPES
    return known and _is_plain(column.default) and all(map(_is_plain_constraint, column.constraints))


def _is_plain_constraint(constraint: Constraint) -> bool:
    return _is_plain(constraint.expression)


def _is_plain(expression: Expression | None) -> bool:
    return expression is None or (_calls_safely(expression.calls) and not expression.has_query)


def _calls_safely(calls: Iterable[Call]) -> bool:
    return all(map(is_harmless_call, calls))


def is_harmless_call(call: Call) -> bool:
    """Whether it calls a function of PostgreSQL that changes nothing."""
    return call.name.schema in (None, "pg_catalog") and call.name.name in SAFE_CALLS
