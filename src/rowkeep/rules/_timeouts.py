"""What the rules on `lock_timeout` and `statement_timeout` share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from rowkeep.domain.lint.context import Context
from rowkeep.domain.operation import Name, Operation, SetVariable
from rowkeep.knowledge.blocking_locks import find_blocking_locks

T = TypeVar("T")


def find_lock_without(variable: str, context: Context) -> tuple[Operation, Name] | None:
    """Find the first operation that locks a table of others, and the table, unless the section sets `variable` before.

    A SET … TO DEFAULT does not count.
    """
    first = next(iter(find_blocking_locks(context)), None)
    if first is None:
        return None
    place, table, _ = first
    is_set = any(
        isinstance(operation, SetVariable) and operation.name == variable and operation.value is not None
        for operation in context.operations[:place]
    )
    return None if is_set else (context.operations[place], table)


def find_bad_settings(
    names: tuple[str, ...], judge: Callable[[SetVariable, SetVariable | None], T | None], context: Context
) -> Iterator[tuple[SetVariable, Name, T]]:
    """Find each SET of one of `names` under which a table of others is locked, and that table.

    judge: what is wrong with a SET, given the one before it; None where nothing is.
    """
    if not any(isinstance(operation, SetVariable) and operation.name in names for operation in context.operations):
        return
    locked = {place: table for place, table, _ in reversed(list(find_blocking_locks(context)))}
    bad: tuple[SetVariable, T] | None = None
    previous: SetVariable | None = None
    for place, operation in enumerate(context.operations):
        if isinstance(operation, SetVariable) and not operation.is_stored and operation.name in names:
            fault = judge(operation, previous)
            bad = (operation, fault) if fault is not None else None
            previous = operation
        elif bad is not None and place in locked:
            setting, fault = bad
            yield setting, locked[place], fault
            bad = None
