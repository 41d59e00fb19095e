"""A migration -> what a witness sends to its server, and why some cannot be sent at all. Nothing is raised."""

from __future__ import annotations

from rowkeep.domain.lint.witness import NotRun, WitnessScript
from rowkeep.domain.migration import Language, Migration
from rowkeep.domain.operation import Copy, GrantRole, Role
from rowkeep.domain.statement import Statement, TransactionUse
from rowkeep.parse import parse_section


def witness_script(migration: Migration) -> WitnessScript | NotRun:
    """The up part. A BEGIN and a COMMIT around all the others are left out: the witness puts the same around them."""
    if migration.language is not Language.SQL:
        return NotRun(migration.name, f"it is {migration.language.value}, not SQL")
    parsed = parse_section(migration.up)
    for problem in parsed.problems:
        return NotRun(migration.name, f"{problem.kind.value}: {problem.message}", problem.place)
    statements = parsed.statements
    if len(statements) > 1 and _is_transaction_control(statements[0]) and _is_transaction_control(statements[-1]):
        statements = statements[1:-1]
    for statement in statements:
        if _is_transaction_control(statement):
            return NotRun(migration.name, "it begins or ends a transaction itself", statement.place)
        if any(
            isinstance(operation, Copy) and not operation.target and not operation.inside
            for operation in statement.operations
        ):
            return NotRun(migration.name, "COPY from or to the client: nobody is there to send rows", statement.place)
    outside = any(statement.transaction is TransactionUse.OUTSIDE for statement in statements)
    return WitnessScript(migration.name, statements, together=not outside and migration.up.transaction is not False)


def is_of_roles(statement: Statement) -> bool:
    """Whether the statement is about roles and nothing else: those are the server's, and stand there already."""
    return bool(statement.operations) and all(
        isinstance(operation, Role | GrantRole) for operation in statement.operations
    )


def _is_transaction_control(statement: Statement) -> bool:
    return statement.transaction is TransactionUse.CONTROL
