"""An ALTER TABLE of several clauses, and a column's own constraints, as one statement each: the same in a transaction.

What is online about a clause can only be said of a statement that holds nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import pairwise

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.lint.finding import TextEdit
from rowkeep.domain.operation import (
    AddColumn,
    AddConstraint,
    ChangeDefault,
    ChangeType,
    ConstraintKind,
    DropColumn,
    DropConstraint,
    DropNotNull,
    DropObject,
    Operation,
    SetNotNull,
)
from rowkeep.domain.statement import Statement
from rowkeep.parse.text.lexer import TokenKind, read_tokens
from rowkeep.rewrite.clause import head_of, without_comments
from rowkeep.rewrite.column import MovedConstraint, column_parts

# The order in which ALTER TABLE executes its clauses, however they are written (tablecmds.c, AlterTablePass).
_PASSES: tuple[tuple[type[Operation], ...], ...] = (
    (DropColumn, DropConstraint, DropNotNull),
    (ChangeType,),
    (AddColumn,),
    (SetNotNull, ChangeDefault),
)
_KINDS = {
    ConstraintKind.UNIQUE: 1,
    ConstraintKind.PRIMARY_KEY: 1,
    ConstraintKind.EXCLUDE: 1,
    # A foreign key may refer to a key that the same statement makes.
    ConstraintKind.FOREIGN_KEY: 2,
}


@dataclass(frozen=True, slots=True)
class _Clause:
    """turn: when ALTER TABLE executes it. apart: it needs a statement of its own. remark: the comments after it."""

    turn: int
    apart: bool
    text: str
    remark: str = ""


def split_statement(statement: Statement, risky: Collection[Operation]) -> TextEdit | None:
    """The statement as several, one for each `risky` operation; None where it is one already or cannot be split."""
    head, operations = head_of(statement), statement.operations
    if head is None:
        return _split_drop(statement)
    if not is_listed(statement):
        return None
    clauses: list[_Clause] = []
    for number, operation in enumerate(operations):
        own, moved = _clause(operation, statement, operation in risky)
        clauses.append(_Clause(_pass_of(operation), operation in risky, own, _remark(statement, number)))
        clauses += [_Clause(len(_PASSES) + _KINDS.get(each.kind, 0), True, each.text) for each in moved]
    if len(clauses) < 2:
        return None
    clauses.sort(key=lambda each: each.turn)
    return _format(statement, head, clauses)


def _format(statement: Statement, head: str, clauses: Sequence[_Clause]) -> TextEdit:
    """One ALTER TABLE for each clause that stands apart, and for each run of others."""
    runs: list[list[_Clause]] = []
    for each in clauses:
        if runs and not each.apart and not runs[-1][-1].apart:
            runs[-1].append(each)
        else:
            runs.append([each])
    sql = ""
    for number, run in enumerate(runs):
        sql += f"{head} " if number else f"{_head_as_written(statement)} "
        for clause in run[:-1]:
            sql += f"{clause.text},{clause.remark}\n  "
        if number + 1 < len(runs):
            sql += f"{run[-1].text};{run[-1].remark}\n"
        else:
            # The file has the last `;` already. It must not become part of a comment.
            sql += f"{run[-1].remark.lstrip()}\n  {run[-1].text}" if run[-1].remark else run[-1].text
    return TextEdit(statement.span, sql)


def _split_drop(statement: Statement) -> TextEdit | None:
    """DROP of several tables or indexes as one DROP each."""
    each = dropped_apart(statement)
    return TextEdit(statement.span, ";\n".join(each)) if each is not None else None


def dropped_apart(statement: Statement) -> list[str] | None:
    """The DROPs of a DROP of several tables or indexes, one each; None for another statement."""
    operations = [
        operation for operation in statement.operations if isinstance(operation, DropObject) and not operation.inside
    ]
    if len(operations) < 2 or len(operations) != len(statement.operations):
        return None
    names = r"\s*,\s*".join(re.escape(str(operation.name)) for operation in operations)
    found = re.fullmatch(
        rf"(DROP\s+(?:TABLE|INDEX)\s+(?:IF\s+EXISTS\s+)?){names}(\s+\w+)?", statement.text, re.IGNORECASE
    )
    if found is None:
        return None
    return [f"{found[1]}{operation.name}{found[2] or ''}" for operation in operations]


def _pass_of(operation: Operation) -> int:
    if isinstance(operation, AddConstraint):
        return len(_PASSES) + _KINDS.get(operation.constraint.kind, 0)
    return next((number for number, kinds in enumerate(_PASSES) if isinstance(operation, kinds)), len(_PASSES))


def _clause(operation: Operation, statement: Statement, apart: bool) -> tuple[str, tuple[MovedConstraint, ...]]:
    """The clause as it is written, and the constraints of its column that become clauses of their own."""
    if apart and isinstance(operation, AddColumn) and not operation.if_not_exists:
        # With IF NOT EXISTS the column may be there already, and then its constraints are not wanted either.
        cut = column_parts(operation, statement)
        if cut is not None:
            return cut
    return statement.source.text[operation.span.start : operation.span.end], ()


def is_listed(statement: Statement) -> bool:
    """Whether the operations are the clauses of the statement, with only a comma between them."""
    text, operations = statement.source.text, statement.operations
    if (
        any(operation.inside or not hasattr(operation, "table") for operation in operations)
        or operations[-1].span.end != statement.span.end
    ):
        return False
    return all(without_comments(text, one.span.end, other.span.start) == "," for one, other in pairwise(operations))


def _head_as_written(statement: Statement) -> str:
    return statement.source.text[statement.span.start : statement.operations[0].span.start].rstrip()


def _remark(statement: Statement, number: int) -> str:
    """The comments between a clause and the next one."""
    operations, text = statement.operations, statement.source.text
    if number + 1 == len(operations):
        return ""
    between = read_tokens(text, operations[number].span.end, operations[number + 1].span.start)
    return "".join(f"  {text[each.start : each.end]}" for each in between if each.kind is TokenKind.COMMENT)
