"""What the rules on keys that build their own index share: PRIMARY KEY and UNIQUE."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Violation
from rowkeep.domain.operation import AddConstraint, ConstraintKind, Name
from rowkeep.knowledge.forms import recipes
from rowkeep.knowledge.forms.partitioned import refused_key


def check_key(operation: AddConstraint, kind: ConstraintKind, context: Context) -> Iterator[Violation]:
    """Report an ADD of a key of `kind` that adopts no index, on a table that somebody else uses."""
    table, constraint = operation.table, operation.constraint
    if constraint.kind is not kind or constraint.using_index or context.is_new(table):
        return
    if refused_key(table, constraint, context):
        return
    known = context.table(table)
    is_partitioned = known is not None and known.is_partitioned
    if is_partitioned and operation.only:
        return
    columns = ", ".join(str(column) for column in constraint.columns)
    name = constraint.name or _default_name(operation)
    if is_partitioned:
        hint = recipes.key_on_partitions(table, name, kind.value, columns)
    else:
        hint = (
            f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {table} ({columns});\n"
            f"{recipes.NEXT}\n"
            f"ALTER TABLE {table} ADD CONSTRAINT {name} {kind.value} USING INDEX {name};"
        )
    yield Violation(
        operation.span,
        f"builds the index of the {kind.value} on {table} under a lock that stops every query on it",
        hint,
        doubtful=context.is_doubtful(table),
    )


def _default_name(operation: AddConstraint) -> Name:
    if operation.constraint.kind is ConstraintKind.PRIMARY_KEY:
        return recipes.join_names(operation.table.name, "pkey")
    return recipes.join_names(operation.table.name, *(column.name for column in operation.constraint.columns), "key")
