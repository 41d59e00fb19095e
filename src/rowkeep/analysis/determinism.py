"""Whether a statement must do in production what it did on a witness, as far as its text shows.

Sound and narrow: whatever is not certain is no. Record 0520 has the reasons.
"""

from __future__ import annotations

import re

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.operation import (
    AddColumn,
    AddConstraint,
    AddEnumValue,
    AlterDomain,
    AlterTable,
    AttachPartition,
    CallFunction,
    ChangeDefault,
    ChangeOwner,
    ChangeType,
    Cluster,
    Comment,
    CreateDomain,
    CreateIndex,
    CreateTable,
    CreateTrigger,
    DetachPartition,
    DoBlock,
    DropColumn,
    DropConstraint,
    DropNotNull,
    FrameKind,
    Opaque,
    Operation,
    Policy,
    Reindex,
    Rename,
    SetNotNull,
    SetSchema,
    Unmodelled,
    ValidateConstraint,
)
from rowkeep.domain.statement import Statement
from rowkeep.knowledge.functions import Volatility, function_volatility

STRUCTURAL: tuple[type[Operation], ...] = (
    AddColumn,
    AddConstraint,
    AddEnumValue,
    AlterDomain,
    AlterTable,
    AttachPartition,
    ChangeDefault,
    ChangeOwner,
    ChangeType,
    Cluster,
    Comment,
    CreateDomain,
    CreateIndex,
    CreateTable,
    CreateTrigger,
    DetachPartition,
    DropColumn,
    DropConstraint,
    DropNotNull,
    Policy,
    Reindex,
    Rename,
    SetNotNull,
    SetSchema,
    ValidateConstraint,
)
"""What locks, scans and rewrites by the catalog alone: the number of rows changes how long, not whether."""
AROUND = frozenset({FrameKind.DO, FrameKind.EXECUTE, FrameKind.LOOP})
JOINING = frozenset({"format", "concat", "concat_ws", "array_to_string"})
"""Stable only because the output of some types depends on settings."""
OPEN = compile_later(
    r"\b(if|case|when|while|exit|continue|return|exception|found|diagnostics|sqlstate|sqlerrm|returning|into"
    r"|select|from|where|using|perform|call|copy|delete|insert|update|merge|do|fetch|cursor|assert|cascade"
    r"|default|check|generated|current\w*|session_user|user|system_user|localtime\w*|now|today|tomorrow|yesterday"
    r"|reg\w+|load|notify|language|trigger|function|procedure|rule)\b",
    re.IGNORECASE,
)
"""Words by which a text could look at where it runs, or do more than alter tables. Anywhere in it, literals too."""


def is_plain(statement: Statement) -> bool:
    """A statement that alters structure, with nothing around it that could decide otherwise elsewhere."""
    return bool(statement.operations) and all(_plain(operation) for operation in statement.operations)


def is_unmodelled(statement: Statement) -> bool:
    """One utility command without an operation of its own."""
    return len(statement.operations) == 1 and isinstance(statement.operations[0], Unmodelled)


def is_closed(statement: Statement) -> bool:
    """A DO block that looks at nothing: no branch, no handler, no query, no setting, no clock; constants alone decide.

    What it EXECUTEs is then the same text everywhere.
    """
    operations = statement.operations
    if not operations or not isinstance(operations[0], DoBlock) or not operations[0].reads_body:
        return False
    if any(frame.kind not in AROUND for operation in operations for frame in operation.inside):
        return False
    return all(_hides_effects(operation) for operation in operations[1:]) and OPEN.search(statement.text, 2) is None


def _plain(operation: Operation) -> bool:
    return not operation.inside and (isinstance(operation, STRUCTURAL) or _is_steady(operation))


def _hides_effects(operation: Operation) -> bool:
    return isinstance(operation, (*STRUCTURAL, Opaque)) or _is_steady(operation)


def _is_steady(operation: Operation) -> bool:
    if not isinstance(operation, CallFunction):
        return False
    name = operation.call.name.name
    return name in JOINING or function_volatility(name) is Volatility.IMMUTABLE
