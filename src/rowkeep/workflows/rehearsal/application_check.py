"""Check on the copy which of the application's statements a run breaks: prepare each before and after it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rowkeep.config import Settings
from rowkeep.database.catalog.application_statements import (
    read_calls,
    read_recorded_statements,
    read_search_paths,
)
from rowkeep.database.catalog.prepare_statements import Locked, StatementPreparer
from rowkeep.database.catalog.table_contents import without_event_triggers
from rowkeep.database.connection.session import Session, connect, run_queries
from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.application import (
    STATISTICS,
    ApplicationCheck,
    ApplicationQuery,
    ApplicationStatement,
    PreparedStatement,
    StatementChange,
    UncheckedStatement,
)
from rowkeep.domain.event import Emit, Event, MigrationFinished, Noted
from rowkeep.domain.frozen import dataclass, replace
from rowkeep.domain.migration import Language
from rowkeep.domain.plan import Plan, Step
from rowkeep.errors import RowkeepError
from rowkeep.parse import parse_section
from rowkeep.parse.application_sql import normalize_constants, read_application_statement
from rowkeep.plan.application_changes import find_place, find_statement_changes
from rowkeep.workflows.rehearsal.statement_file import read_statement_file

MOST_PREPARED = 20_000
"""Up to so many statements are prepared to find the migration that breaks each; above it, only the end is checked."""

NO_STATEMENTS = "none"
"""The source that stands for no check."""

WHAT = "the application's statements cannot be checked on the copy"


@dataclass(frozen=True, slots=True)
class ApplicationStatements:
    """The application's statements, and where they come from. left_out: how many of the source are not among them.

    schema: of the view of pg_stat_statements they come from; None: they come from a file. is_recorded: whether they
    are what the server saw, so that those of migrations may be among them.
    """

    source: str
    statements: tuple[ApplicationStatement, ...]
    left_out: int = 0
    schema: str | None = None
    is_recorded: bool = False


def load_statements(
    session: Session, settings: Settings, source: str | None, emit: Emit
) -> ApplicationStatements | None:
    """The statements of the application.

    source: a file of SQL, or a log; `none`: no check; None: what production's server recorded, if it has
    pg_stat_statements. Raises Misused for a file that cannot be read.
    """
    if source == NO_STATEMENTS:
        return None
    if source is not None:
        return _load_file(session, settings, source)
    with run_queries("pg_stat_statements cannot be read"):
        recorded = read_recorded_statements(session)
    if recorded.why is not None:
        emit(
            Noted(f"statements of the application are not checked: {recorded.why} (or name a file: --statements FILE)")
        )
        return None
    if recorded.hidden:
        emit(
            Noted(
                f"the texts of {count_text(recorded.hidden, 'statement')} are hidden from this role, and not checked: "
                "GRANT pg_read_all_stats to it",
                warning=True,
            )
        )
    statements = leave_out_migrations(recorded.statements, session.connection.info.user)
    return ApplicationStatements(STATISTICS, statements, recorded.left_out, recorded.schema, is_recorded=True)


def leave_out_migrations(statements: tuple[ApplicationStatement, ...], user: str) -> tuple[ApplicationStatement, ...]:
    """The statements without those of `user`, who migrates, if other roles sent any: those are the application."""
    others = tuple(statement for statement in statements if statement.role != user)
    return others or statements


def _load_file(session: Session, settings: Settings, path: str) -> ApplicationStatements:
    file = read_statement_file(path, session.connection.info.dbname)
    usual = settings.application_role or f"{session.connection.info.dbname}_bot"
    roles = {usual, *(statement.role for statement in file.statements if statement.role is not None)}
    with run_queries("the application's role cannot be read"):
        paths = read_search_paths(session, roles)

    def with_role(statement: ApplicationStatement) -> ApplicationStatement:
        role = next((name for name in (statement.role, usual) if name in paths), None)
        return replace(statement, role=role, search_path=paths.get(role) if role is not None else None)

    statements = tuple(with_role(statement) for statement in file.statements)
    if file.is_log:
        statements = leave_out_migrations(statements, session.connection.info.user)
    return ApplicationStatements(path, statements, file.left_out, is_recorded=file.is_log)


def count_calls(session: Session, check: ApplicationCheck, application: ApplicationStatements) -> ApplicationCheck:
    """The check, with how often each broken statement was called since its statistics were first read."""
    if application.schema is None or not check.broken:
        return check
    with run_queries("pg_stat_statements cannot be read"):
        calls = read_calls(session, application.schema, [change.statement for change in check.broken])

    def add_calls(change: StatementChange) -> StatementChange:
        statement = change.statement
        now = calls.get((statement.query_id or 0, statement.role or ""))
        if now is None or statement.calls is None:
            return change
        return replace(change, calls_meanwhile=max(0, now - statement.calls))

    return replace(check, changes=tuple(add_calls(change) for change in check.changes))


class ApplicationChecker:
    """Compares, while a run migrates the copy in another session.

    checked: the statements that worked before, and how the server understood them.
    """

    def __init__(self, preparer: StatementPreparer, plan: Plan, queries: Sequence[ApplicationQuery]) -> None:
        began = time.perf_counter()
        self._preparer = preparer
        self._steps = {step.name: step for step in plan.steps}
        prepared = preparer.prepare(queries)
        self.unchecked = tuple(
            UncheckedStatement(query.statement, prepared[query.statement.name].error or "")
            for query in queries
            if prepared[query.statement.name].error is not None
        )
        self.checked = [query for query in queries if prepared[query.statement.name].error is None]
        self._before = {query.statement.name: prepared[query.statement.name] for query in self.checked}
        self._changes: dict[tuple[object, ...], StatementChange] = {}
        self._failure: RowkeepError | None = None
        self._follows = len(self._steps) > 1 and len(self.checked) * len(self._steps) <= MOST_PREPARED
        self.seconds = time.perf_counter() - began

    def follow(self, event: Event) -> None:
        """After each migration, look for what it changed, so that its name is known."""
        if self._failure is None and self._follows and isinstance(event, MigrationFinished):
            try:
                with run_queries(WHAT):
                    self._compare(self._steps.get(event.name))
            except Locked:
                pass  # not committed yet: a later look sees it
            except RowkeepError as error:  # the run that sends the event must not fail of it
                self._failure = error

    def finish(self) -> tuple[StatementChange, ...]:
        """What is different in the end. What a later migration puts right is not reported. Raises Failed."""
        if self._failure is not None:
            raise self._failure
        last = next(iter(self._steps.values())) if len(self._steps) == 1 else None
        with run_queries(WHAT):
            current = self._compare(last)
        return tuple(change for key, change in self._changes.items() if key in current)

    def _compare(self, step: Step | None) -> set[tuple[object, ...]]:
        """Record what is different now and was not known yet. Returns all that is different now."""
        began = time.perf_counter()
        prepared: dict[str, PreparedStatement] = self._preparer.prepare(self.checked)
        current: set[tuple[object, ...]] = set()
        for query in self.checked:
            name = query.statement.name
            for change in find_statement_changes(query, self._before[name], prepared[name]):
                key = (name, change.kind, change.message)
                current.add(key)
                if key not in self._changes:
                    migration = None if step is None else step.name
                    place = None if step is None else find_place(query, step)
                    self._changes[key] = replace(change, migration=migration, place=place)
        self.seconds += time.perf_counter() - began
        return current


def find_application_queries(plan: Plan, application: ApplicationStatements) -> Iterator[ApplicationQuery]:
    """The statements to check: those that a migration can break, and that no migration sent itself."""
    history = ((plan.history.schema, plan.history.table),)
    sent = {
        normalize_constants(statement.text)
        for migration in plan.directory.migrations
        if application.is_recorded and migration.language is Language.SQL
        for section in (migration.up, migration.down)
        if section is not None
        for statement in parse_section(section).statements
    }
    for statement in application.statements:
        if sent and normalize_constants(statement.text) in sent:
            continue
        query = read_application_statement(statement, history)
        if query is not None:
            yield query


@contextmanager
def check_application(
    conninfo: str, plan: Plan, application: ApplicationStatements | None, *, user: str | None, major: int
) -> Iterator[ApplicationChecker | None]:
    """A checker for the block that migrates the copy; None where there are no statements.

    user: the role of statements that name none. Raises Failed or Unreachable.
    """
    if application is None:
        yield None
        return
    queries = tuple(find_application_queries(plan, application))
    with connect(conninfo, application="rowkeep rehearse", **without_event_triggers(major)) as session:
        with run_queries(WHAT):
            checker = ApplicationChecker(StatementPreparer(session, user=user), plan, queries)
        yield checker


def finish_check(checker: ApplicationChecker, application: ApplicationStatements) -> ApplicationCheck:
    """The result. Raises Failed or Unreachable."""
    return ApplicationCheck(
        application.source,
        len(checker.checked),
        checker.finish(),
        checker.unchecked,
        application.left_out,
        checker.seconds,
    )
