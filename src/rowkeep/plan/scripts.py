"""A migration -> what a witness sends to its server, and why some cannot be sent at all. Nothing is raised."""

from __future__ import annotations

from rowkeep.domain.act import Copy, GrantRole, Role
from rowkeep.domain.migration import Language, Migration
from rowkeep.domain.statement import Statement, TransactionUse
from rowkeep.domain.witness import Script, Unrun
from rowkeep.parse import parse


def script(migration: Migration) -> Script | Unrun:
    """The up part. A BEGIN and a COMMIT around all the others are left out: the witness puts the same around them."""
    if migration.language is not Language.SQL:
        return Unrun(migration.name, f"it is {migration.language.value}, not SQL")
    parsed = parse(migration.up)
    for problem in parsed.problems:
        return Unrun(migration.name, f"{problem.kind.value}: {problem.message}", problem.place)
    statements = parsed.statements
    if len(statements) > 1 and _controls(statements[0]) and _controls(statements[-1]):
        statements = statements[1:-1]
    for statement in statements:
        if _controls(statement):
            return Unrun(migration.name, "it begins or ends a transaction itself", statement.place)
        if any(isinstance(act, Copy) and not act.target and not act.inside for act in statement.acts):
            return Unrun(migration.name, "COPY from or to the client: nobody is there to send rows", statement.place)
    outside = any(statement.transaction is TransactionUse.OUTSIDE for statement in statements)
    return Script(migration.name, statements, together=not outside and migration.up.transaction is not False)


def is_of_roles(statement: Statement) -> bool:
    """Whether the statement is about roles and nothing else: those are the server's, and stand there already."""
    return bool(statement.acts) and all(isinstance(act, Role | GrantRole) for act in statement.acts)


def _controls(statement: Statement) -> bool:
    return statement.transaction is TransactionUse.CONTROL
