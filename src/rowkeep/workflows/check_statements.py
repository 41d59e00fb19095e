"""`lint --statements`: the application's statements on the schema that the migrations make, without a copy of data."""

from __future__ import annotations

import shlex
import time
from collections.abc import Collection

from rowkeep.config import Settings
from rowkeep.database.catalog.prepare_statements import Locked, StatementPreparer
from rowkeep.database.catalog.read_server_model import read_server_model
from rowkeep.database.connection.session import connect, run_queries
from rowkeep.domain.deploy.application import (
    ApplicationCheck,
    ApplicationQuery,
    PreparedStatement,
    StatementChange,
    UncheckedStatement,
)
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit
from rowkeep.domain.frozen import dataclass, replace
from rowkeep.domain.schema.server_model import ServerModel
from rowkeep.domain.schema.structure_source import MigrationsSource, ScratchStructure
from rowkeep.errors import Failed, Misused, RowkeepError
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.parse.application_sql import read_application_statement
from rowkeep.plan.application_changes import find_statement_changes
from rowkeep.workflows.lint_selections import select_newer, select_pending, select_requested
from rowkeep.workflows.rehearsal.application_check import ApplicationStatements, load_statements
from rowkeep.workflows.rehearsal.statement_file import read_statement_file
from rowkeep.workflows.verification.structure_sources import open_sources

NEWEST = 18
"""The major of the throw-away server where none is configured and no database is asked."""


@dataclass(frozen=True, slots=True)
class StatementCheckRequest:
    """What to check. statements: a file of SQL, or a log of PostgreSQL.

    paths, after: the migrations that are new; the others were there before. database: how to connect to the one that
    says which migrations are new, and under which role and search_path the application works. Without any of these,
    only the schema after all migrations is looked at.
    """

    settings: Settings
    statements: str
    paths: tuple[str, ...] = ()
    after: str | None = None
    database: str | None = None
    major: int | None = None


def check_statements(request: StatementCheckRequest, emit: Emit) -> ApplicationCheck:
    """Replay the migrations on a throw-away server, and prepare each statement before and after the new ones.

    Raises Misused for a file that cannot be read, Refused and Failed for migrations that cannot be replayed,
    ProgramMissing, Unreachable.
    """
    settings = request.settings
    model = ServerModel(request.major or settings.pg_version or NEWEST)
    if request.database is None:
        file = read_statement_file(request.statements)
        path = ", ".join(quote_name(schema) for schema in settings.schemas)
        plain = (replace(statement, role=None, search_path=path) for statement in file.statements)
        application = ApplicationStatements(request.statements, tuple(dict.fromkeys(plain)), file.left_out)
    else:
        with connect(request.database, application="rowkeep lint") as session:
            model = read_server_model(session)
            read = load_statements(session, settings, request.statements, emit)
        if read is None:
            raise Misused("name a file of statements", code=ErrorCode.INVALID_USAGE, instead=("--statements FILE",))
        application = read
    history = ((settings.history_schema, settings.history_table),)
    found = (read_application_statement(statement, history) for statement in application.statements)
    queries = [query for query in found if query is not None]
    if not queries:
        raise Misused(
            "the file has no statement to check",
            code=ErrorCode.FILE_NOT_READABLE,
            where=request.statements,
            why="SELECT, INSERT, UPDATE, DELETE and MERGE on tables of the application are checked",
        )
    directory, new = _find_new(request)
    began = time.perf_counter()
    try:
        with open_sources(settings, request.database or "", model, emit) as sources:
            before = None
            if new != directory:
                before = _prepare(sources.build(MigrationsSource(directory - new)), queries)
            after = _prepare(sources.build(MigrationsSource()), queries)
    except RowkeepError as error:
        if not any("verify --against" in step for step in error.instead):
            raise  # not of the migrations
        path = shlex.quote(request.statements)
        raise error.replace(instead=(f"rowkeep rehearse --statements {path}   (on a restored copy)",)) from None
    changes, unchecked = _compare(queries, before, after, next(iter(new)) if len(new) == 1 else None)
    checked = len(queries) - len(unchecked)
    seconds = time.perf_counter() - began
    return ApplicationCheck(application.source, checked, changes, unchecked, application.left_out, seconds)


def _find_new(request: StatementCheckRequest) -> tuple[frozenset[str], frozenset[str]]:
    """The names of all migrations of the project, and of those that are new."""
    settings = request.settings
    whole = {migration.name for one in select_requested((), settings) for migration in one.chosen}
    selections = select_requested(request.paths, settings)
    if request.after is not None:
        selections = select_newer(selections, request.after)
    if request.database is not None and not request.paths:
        selections = select_pending(selections, settings, request.database)
    new = {migration.name for one in selections for migration in one.chosen}
    if not new <= whole:
        raise Misused(
            "only migrations of the project's directory can be replayed",
            code=ErrorCode.INVALID_USAGE,
            why=f"not in {settings.migrations_dir}: {', '.join(sorted(new - whole))}",
        )
    return frozenset(whole), frozenset(new)


def _prepare(structure: ScratchStructure, queries: Collection[ApplicationQuery]) -> dict[str, PreparedStatement]:
    what = "the statements cannot be checked on the throw-away server"
    with connect(structure.conninfo, application="rowkeep lint") as session, run_queries(what):
        try:
            return StatementPreparer(session, user=structure.owner).prepare(list(queries))
        except Locked:
            raise Failed(what, code=ErrorCode.LOCK_TIMEOUT, why="a table is locked") from None


def _compare(
    queries: Collection[ApplicationQuery],
    before: dict[str, PreparedStatement] | None,
    after: dict[str, PreparedStatement],
    migration: str | None,
) -> tuple[tuple[StatementChange, ...], tuple[UncheckedStatement, ...]]:
    changes: list[StatementChange] = []
    unchecked: list[UncheckedStatement] = []
    for query in queries:
        name = query.statement.name
        old = PreparedStatement() if before is None else before[name]
        if old.error is not None:
            # A statement that the new migrations make possible is no finding; one that fails before and after is none.
            if after[name].error is not None:
                unchecked.append(UncheckedStatement(query.statement, old.error))
            continue
        changes += (replace(change, migration=migration) for change in find_statement_changes(query, old, after[name]))
    return tuple(changes), tuple(unchecked)


def describe_basis(request: StatementCheckRequest) -> str:
    """What the statements were checked on, in words."""
    if request.database is not None:
        return "before and after the pending migrations, replayed on an empty server"
    if request.paths or request.after is not None:
        return "before and after the new migrations, replayed on an empty server; rights were not checked"
    return "on the schema after all migrations, replayed on an empty server; rights were not checked"
