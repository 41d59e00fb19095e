"""A migration in one direction -> a step: its statements, and whether they run in one transaction."""

from __future__ import annotations

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import replace
from rowkeep.domain.history.ledger import Checkpoint
from rowkeep.domain.migration import Direction, Language, Migration, Section
from rowkeep.domain.plan import MigrationStatus, StatementStep, Step, TransactionMode
from rowkeep.domain.statement import Parsed, ProblemKind, Statement, TransactionUse
from rowkeep.errors import Refused, Unparsable
from rowkeep.plan.node_pg_migrate import node_pg_migrate_step, refuse_javascript
from rowkeep.plan.python_step import python_step

NAME_LIMIT = 255
"""`pgmigrations.name` is varchar(255)."""

PATIENT = frozenset({"insert", "update", "delete", "merge"})
PROCEDURAL = frozenset({"call", "do"})
NEUTRAL = frozenset({"set", "select", "show", "reset"})


def make_step(
    standing: MigrationStatus, direction: Direction, resume: tuple[Checkpoint, ...], *, hand_over: bool = False
) -> Step:
    """The step for one migration. hand_over: what is JavaScript is handed to node-pg-migrate.

    Raises Unparsable or Refused, with the place, before anything is sent.
    """
    migration = standing.migration
    assert migration is not None  # objections.of_history has refused missing files
    if migration.language is Language.FOREIGN:
        if not hand_over:
            raise refuse_javascript(migration, direction)
        return node_pg_migrate_step(migration, direction)
    _refuse_obstacles(migration)
    section = migration.section(direction)
    assert section is not None  # as above, for a missing down part
    parsed = _parse_step(section)
    for statement in parsed.statements:
        if statement.transaction is TransactionUse.CONTROL:
            _refuse_transaction_control(statement)
    if section.function is not None:
        return python_step(migration, direction, section, parsed, resume)
    for statement in parsed.statements:
        if _first_word(statement) == "copy":
            _refuse_client_copy(statement)
    why = _explain_non_transactional(section, parsed)
    text = section.text
    pieces = _non_transactional_steps(section, parsed) if why else _transactional_steps(parsed)
    if resume:
        _refuse_edited_statements(migration, pieces, resume, direction)
    return Step(
        migration,
        direction,
        pieces,
        TransactionMode.ALONE if why else TransactionMode.TOGETHER,
        why or "one transaction holds it",
        text,
        resume,
        own_lock_timeout="lock_timeout" in text.lower(),
    )


def _refuse_obstacles(migration: Migration) -> None:
    for remark in migration.obstacles:
        raise Refused(
            remark.message,
            code=ErrorCode.MIGRATION_INVALID,
            where=remark.source.place(remark.span.start),
            excerpt=remark.source.excerpt(remark.span),
        )
    if len(migration.name) > NAME_LIMIT:
        raise Refused(
            f"the name of {migration.path} is longer than {NAME_LIMIT} characters",
            code=ErrorCode.MIGRATION_NAME_INVALID,
            where=migration.path,
        )


def _parse_step(section: Section) -> Parsed:
    from rowkeep.parse import parse_section

    parsed = parse_section(section)
    for problem in parsed.problems:
        kinds = {
            ProblemKind.PSQL_COMMAND: "a psql command cannot be run: only psql knows it",
            ProblemKind.COPY_DATA: "rows for COPY cannot stand in a migration: write them as INSERT … VALUES",
        }
        raise Unparsable(
            kinds.get(problem.kind, "this is not valid PostgreSQL"),
            code=ErrorCode.SYNTAX_ERROR,
            where=problem.place,
            why=problem.message,
            excerpt=problem.source.excerpt(problem.span),
            instead=("rowkeep lint",),
        )
    return parsed


def _refuse_transaction_control(statement: Statement) -> None:
    raise Refused(
        f"`{statement.head}` begins or ends a transaction, which Rowkeep does itself",
        code=ErrorCode.TRANSACTION_CONTROL,
        where=statement.place,
        why="every migration and its record are one transaction; with a COMMIT inside, the history could be wrong",
        excerpt=statement.source.excerpt(statement.span),
        instead=("remove the statement", "split the file: one migration for each transaction"),
    )


def _refuse_client_copy(statement: Statement) -> None:
    from rowkeep.parse.text.lexer import TokenKind, meaningful_tokens

    text = statement.text
    words = {text[start:end].lower() for kind, start, end in meaningful_tokens(text) if kind is TokenKind.WORD}
    if words & {"stdin", "stdout"}:
        raise Refused(
            "COPY from or to the client is not possible in a migration",
            code=ErrorCode.STATEMENT_NOT_SUPPORTED,
            where=statement.place,
            why="there is no client to send or receive rows",
            excerpt=statement.source.excerpt(statement.span),
            instead=("write the rows as INSERT … VALUES",),
        )


def _explain_non_transactional(section: Section, parsed: Parsed) -> str:
    for statement in parsed.statements:
        if statement.transaction is TransactionUse.OUTSIDE:
            return f"line {statement.place.line} cannot run in a transaction: {statement.head}"
    return "the file asks for no transaction" if section.transaction is False else ""


def _transactional_steps(parsed: Parsed) -> tuple[StatementStep, ...]:
    """The statements as they run in one transaction. A run that holds a strong lock must not wait long for another."""
    pieces = []
    open_handed = True
    for statement in parsed.statements:
        first = _first_word(statement)
        pieces.append(StatementStep(statement, patient=open_handed and first in PATIENT))
        open_handed = open_handed and (first in PATIENT or first in NEUTRAL)
    return tuple(pieces)


def _first_word(statement: Statement) -> str:
    return (statement.text[:12].split(None, 1) or [""])[0].lower()


def _non_transactional_steps(section: Section, parsed: Parsed) -> tuple[StatementStep, ...]:
    """The statements, each by itself. Without a transaction for the file, a procedure may commit, so it gets none."""
    from rowkeep.parse import token_checksum
    from rowkeep.plan.resume import statement_step

    pieces = [
        statement_step(statement)
        if statement.transaction is TransactionUse.OUTSIDE
        or (section.transaction is False and _first_word(statement) in PROCEDURAL)
        else StatementStep(statement)
        for statement in parsed.statements
    ]
    return tuple(replace(piece, checksum=token_checksum(piece.statement.text)) for piece in pieces)


def _refuse_edited_statements(
    migration: Migration, pieces: tuple[StatementStep, ...], resume: tuple[Checkpoint, ...], direction: Direction
) -> None:
    """Refuse where statements that an earlier run executed were edited: it is not known where to continue."""
    for mark in resume:
        if mark.index < len(pieces) and pieces[mark.index].checksum == mark.checksum:
            continue
        place = pieces[mark.index].statement.place if mark.index < len(pieces) else migration.path
        raise Refused(
            f"{migration.name} is half done, and its statement {mark.index + 1} was edited since",
            code=ErrorCode.UNFINISHED_MIGRATION_EDITED,
            where=place,
            why=f"that statement is marked {mark.mark.value!r}; going on would mix two texts",
            instead=("restore the statement as it was", f"rowkeep {direction.value} {migration.name}"),
        )
