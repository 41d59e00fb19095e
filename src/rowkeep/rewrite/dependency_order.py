"""Which statements can change places: what each names, and what keeps a section in one piece."""

from __future__ import annotations

from dataclasses import fields

from rowkeep.domain.operation import (
    AddConstraint,
    CallFunction,
    Column,
    Comment,
    Constraint,
    CreateIndex,
    CreateTable,
    DoBlock,
    ExecutePrepared,
    LockTable,
    Name,
    OfNewerMajor,
    Opaque,
    Operation,
    Persistence,
    Prepare,
    SetNotNull,
    SetVariable,
    Transaction,
    Unjudged,
    Unmodelled,
    UnreadableSql,
)
from rowkeep.domain.statement import Statement, TransactionUse

_COLUMNS = frozenset({"column", "columns", "new_name", "include", "computed", "uses"})
_TIMEOUTS = frozenset({"lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"})
_UNCLEAR = (CallFunction, DoBlock, ExecutePrepared, OfNewerMajor, Opaque, Unjudged, Unmodelled, UnreadableSql)


def find_dependencies(statement: Statement) -> bool:
    """Whether what follows depends on being in one session, or one transaction, with this statement."""
    if statement.transaction is TransactionUse.CONTROL:
        return True
    for operation in statement.operations:
        match operation:
            case LockTable() | Prepare() | ExecutePrepared() | Transaction():
                return True
            case SetVariable():
                if operation.name not in _TIMEOUTS:
                    return True
            case CreateTable():
                if operation.persistence is Persistence.TEMPORARY:
                    return True
            case _:
                pass
    return False


def are_conflicting(waiting: Statement, coming: Statement, *, lasting: bool) -> bool:
    """Whether `waiting` must be through before `coming` runs. lasting: only its check of the rows waits."""
    if any(isinstance(operation, _UNCLEAR) for operation in coming.operations):
        return True
    if lasting and all(
        isinstance(operation, AddConstraint | SetNotNull | CreateIndex | Comment) for operation in coming.operations
    ):
        return False
    return bool(names_in(waiting) & names_in(coming))


def is_unclear(operation: Operation) -> bool:
    """Whether the text leaves open which objects the operation names."""
    return isinstance(operation, _UNCLEAR)


def names_in(statement: Statement) -> frozenset[str]:
    """The relations, indexes and other objects that a statement names; columns are left out."""
    return frozenset(name for operation in statement.operations for name in _of(operation))


def _of(operation: Operation) -> set[str]:
    """The relations, indexes and other objects that an operation names, without columns."""
    found: set[str] = set()
    for each in fields(operation):
        value = getattr(operation, each.name)
        if each.name not in _COLUMNS or isinstance(value, Column):
            _collect(value, found)
        elif isinstance(value, tuple):
            # A column of CREATE TABLE may refer to a table.
            _collect(tuple(part for part in value if isinstance(part, Column)), found)
    return found


def _collect(value: object, found: set[str]) -> None:
    if isinstance(value, Name):
        found.add(value.name)
    elif isinstance(value, tuple):
        for part in value:
            _collect(part, found)
    elif isinstance(value, Column):
        for constraint in value.constraints:
            _collect(constraint.refers_to, found)
    elif isinstance(value, Constraint):
        for part in (value.name, value.refers_to, value.using_index):
            _collect(part, found)
