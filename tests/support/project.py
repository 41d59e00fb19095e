"""A project to run: a directory of migrations, a new database, and the commands as a person types them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
import psycopg.conninfo
from tests.support.forked_command import run_command

from rowkeep.config import Settings
from rowkeep.config.settings import DEVELOPMENT_DATABASE
from rowkeep.database.connection import run_lock
from rowkeep.database.connection.session import connect
from rowkeep.database.connection.session_policy import apply_session_policy, session_policy
from rowkeep.database.executor.dispatch import dispatch
from rowkeep.database.executor.run_context import RunContext
from rowkeep.database.executor.run_plan import execute_plan
from rowkeep.database.store import environment
from rowkeep.domain.event import Event
from rowkeep.domain.history.environment import EnvironmentKind
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.instruction import Instruction, InstructionResult
from rowkeep.domain.plan import Action, Request, RunResult, Survey
from rowkeep.plan.plan import make_plan
from rowkeep.workflows.confirmation import Consent
from rowkeep.workflows.migrate import UNASKED, migrate, open_survey, read_survey


@dataclass
class Project:
    """A directory of migrations and the database they are for.

    production: whether `up` treats an unmarked database as production, as it does for users. Off: what `up` asks there
    is the subject of test_production.py and test_environment.py, and not of the other tests.
    """

    root: Path
    conninfo: str
    settings: Settings
    events: list[Event] = field(default_factory=list)
    production: bool = False
    _session: psycopg.Connection[Any] | None = field(default=None, init=False)

    @property
    def name(self) -> str:
        """The database's."""
        return str(psycopg.conninfo.conninfo_to_dict(self.conninfo)["dbname"])

    @property
    def migrations(self) -> Path:
        return self.root / "migrations"

    def write(self, name: str, up: str, down: str | None = "") -> Path:
        """A migration file as node-pg-migrate makes them."""
        path = self.migrations / f"{name}.sql"
        text = f"-- Up Migration\n{up}\n"
        path.write_text(text if down is None else f"{text}\n-- Down Migration\n{down}\n")
        return path

    def run(
        self,
        action: Action = Action.UP,
        emit: Callable[[Event], None] | None = None,
        consent: Consent | None = None,
        **request: Any,
    ) -> RunResult:
        """Run in this process; the events are kept. What undoes is run with consent, or on a development database."""
        if action is not Action.UP and consent is None:
            self.develop()
        self.events.clear()
        wanted = Request(action, **request)
        asked = self.production or consent is not None
        return migrate(
            self.settings if asked else replace(self.settings, development_database=self.name),
            self.conninfo,
            wanted,
            lambda: RunMetadata("test"),
            emit or self.events.append,
            consent or UNASKED,
        )

    def develop(self) -> None:
        """Mark the database as development, where it has no mark yet."""
        with connect(self.conninfo) as session:
            if environment.read_environment(session).mark is None:
                environment.mark_environment(session, EnvironmentKind.DEVELOPMENT)

    def die(self, moment: str, number: int) -> int:
        """Run `up` in a child that kills itself at a moment; how the child ended, as a negative signal."""
        child = os.fork()
        if child == 0:
            try:
                up_and_die(self.conninfo, self.settings, moment, number)
            finally:
                os._exit(0)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def survey(self) -> Survey:
        with open_survey(self.settings, self.conninfo) as (_, found):
            return found

    def rowkeep(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """The command, in a process of its own."""
        if not self.production and words[:1] == ("up",):
            environ = {DEVELOPMENT_DATABASE: self.name, **environ}
        return run_command(*words, cwd=self.root, env={**os.environ, "DATABASE_URL": self.conninfo, **environ})

    def json(self, *words: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.rowkeep(*words, "--output-format", "json").stdout)
        return document

    def sql(self, query: str, *values: Any) -> list[Any]:
        """Rows of a query; a list of values where it has one column."""
        if self._session is None:
            # Not kept for others: tests also ask beside a run, in a thread.
            with psycopg.connect(self.conninfo, autocommit=True) as connection:
                return _read_rows(connection, query, values)
        return _read_rows(self._session, query, values)

    @contextmanager
    def one_session(self) -> Iterator[None]:
        """In the block, the queries of `sql` share a session, which costs more than most of them. For one thread."""
        if self._session is not None:
            yield
            return
        with psycopg.connect(self.conninfo, autocommit=True) as self._session:
            try:
                yield
            finally:
                self._session = None

    def names(self) -> list[str]:
        """What history holds, in its order; nothing where the table is not there."""
        with self.one_session():
            if self.sql("SELECT to_regclass('public.pgmigrations')") == [None]:
                return []
            return self.sql("SELECT name FROM pgmigrations ORDER BY run_on, id")

    def exists(self, relation: str) -> bool:
        return self.sql("SELECT to_regclass(%s)", relation) != [None]


def _read_rows(connection: psycopg.Connection[Any], query: str, values: tuple[Any, ...]) -> list[Any]:
    cursor = connection.execute(query, values or None)  # type: ignore[arg-type]
    rows = cursor.fetchall() if cursor.description else []
    return [row[0] for row in rows] if rows and len(rows[0]) == 1 else rows


def make_project(root: Path, conninfo: str) -> Project:
    """An empty directory of migrations in `root`, for a database."""
    (root / "migrations").mkdir()
    return Project(root, conninfo, Settings(database=conninfo, migrations_dir=str(root / "migrations")))


def write_files(root: Path, files: Mapping[str, str]) -> Path:
    """Write these files, by their path below `root`; `root` itself is returned."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def up_and_die(conninfo: str, settings: Settings, moment: str, number: int) -> int:
    """Run `up`; die at order `number` (`before`, `after`) or `event` `number`, from 0. Returns the orders if not."""
    orders = events = 0

    def emit(event: Event) -> None:
        nonlocal events
        if moment == "event" and events == number:
            os.kill(os.getpid(), signal.SIGKILL)
        events += 1

    def dispatching(context: RunContext, order: Instruction) -> InstructionResult:
        nonlocal orders
        if moment == "before" and orders == number:
            os.kill(os.getpid(), signal.SIGKILL)
        reply = dispatch(context, order)
        if moment == "after" and orders == number:
            os.kill(os.getpid(), signal.SIGKILL)
        orders += 1
        return reply

    rules = session_policy(settings)
    with connect(conninfo) as session:
        apply_session_policy(session, rules)
        with run_lock.hold_run_lock(session, key=rules.run_lock_key):
            plan = make_plan(read_survey(session, settings), Request())
            execute_plan(session, plan, emit, policy=rules, dispatching=dispatching)
    return orders
