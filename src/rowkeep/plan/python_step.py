"""A migration in Python -> its step: one piece, the function that is called, with the operations of its SQL."""

from __future__ import annotations

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.history.ledger import Checkpoint
from rowkeep.domain.migration import Direction, Migration, Section
from rowkeep.domain.plan import StatementStep, Step, TransactionMode
from rowkeep.domain.source import Span
from rowkeep.domain.statement import Parsed, Statement, TransactionUse
from rowkeep.errors import Refused
from rowkeep.parse.python.checksum import python_checksum
from rowkeep.parse.python.read import function_span


def python_step(
    migration: Migration, direction: Direction, section: Section, parsed: Parsed, resume: tuple[Checkpoint, ...]
) -> Step:
    """The step. Nothing of the file is run. Raises Refused for SQL that a transaction cannot hold, in one."""
    outside = section.transaction is False
    for statement in parsed.statements:
        if statement.transaction is TransactionUse.OUTSIDE and not outside:
            raise Refused(
                f"`{statement.head}` cannot run in a transaction, and {section.function}() is called in one",
                code=ErrorCode.STATEMENT_NOT_SUPPORTED,
                where=statement.place,
                excerpt=statement.source.excerpt(statement.span),
                instead=(
                    "write `TRANSACTION = False` at the top of the file",
                    "rowkeep rule impossible-in-transaction",
                ),
            )
    operations = tuple(operation for statement in parsed.statements for operation in statement.operations)
    use = TransactionUse.OUTSIDE if outside else TransactionUse.ANY
    span = function_span(section)
    whole = Statement(section.source, span, Span(span.start, span.start), use, operations)
    text = section.text
    piece = StatementStep(
        whole, outside=outside, checksum=python_checksum(text), function=section.function, sends=parsed.statements
    )
    return Step(
        migration,
        direction,
        (piece,),
        TransactionMode.ALONE if outside else TransactionMode.TOGETHER,
        "the file says TRANSACTION = False: its function commits by itself" if outside else "one transaction holds it",
        text,
        resume,
        own_lock_timeout="lock_timeout" in text.lower(),
    )
