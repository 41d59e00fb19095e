"""A session: a connection to PostgreSQL that runs the queries of `queries/` under settings of our own."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from psycopg.adapt import Transformer
from psycopg.errors import Diagnostic
from psycopg.pq import TransactionStatus
from psycopg.pq.abc import PGresult
from psycopg.rows import TupleRow

from rowkeep.config.address import check_address
from rowkeep.database.connection import network
from rowkeep.database.connection.interruptible import InterruptibleConnection
from rowkeep.database.connection.open import apply_own_settings, open_connection
from rowkeep.database.connection.own_settings import PREFIX, array
from rowkeep.database.connection.round_trip import send_together
from rowkeep.database.queries import compose_query, load_query, query_purpose, split_statements
from rowkeep.database.store.own_tables import OwnTables
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.late_regex import compile_later
from rowkeep.errors import Failed, Remains, Unreachable

GONE = frozenset({None, "57P01", "57P02", "57P03"})
"""No message from the server at all, or its last one (admin_shutdown, crash_shutdown, cannot_connect_now)."""

INSERTS = compile_later(rb"^INSERT\b", re.MULTILINE)

GENERIC_PLAN = b"SET LOCAL plan_cache_mode = force_generic_plan"

ENDED_IDLE = frozenset({None, "57P05"})
"""The error of our first query if `idle_session_timeout` is a few milliseconds: idle_session_timeout, or none."""


class Question(NamedTuple):
    """A query to ask together with others: its name, its values, and the names for its {placeholders}."""

    name: str
    values: Mapping[str, Any] | None = None
    identifiers: Mapping[str, tuple[str, ...]] = {}


class Session:
    """One open connection in autocommit mode. Never repr()ed: the connection string may hold a password.

    own: the settings that our queries run under. silence_s: how long the server may be silent and unreachable before
    the connection counts as lost. on_silence: called with the seconds while a query has no answer; what it raises ends
    the connection. prepared: names of prepared statements by their text. own_tables: which of our tables were checked.
    """

    def __init__(self, connection: psycopg.Connection[TupleRow], conninfo: str = "", **options: Any) -> None:
        self.connection = connection
        self.own = apply_own_settings(connection)
        self.silence_s = network.silence_s(connection.pgconn)
        self.on_silence: Callable[[float], None] | None = None
        self.prepared: dict[bytes, bytes] = {}
        self.own_tables = OwnTables()
        self._names = 0
        self._notice: Callable[[Diagnostic], None] | None = None
        self._conninfo = conninfo
        self._options = options

    @property
    def major(self) -> int:
        """The server's major version."""
        return self.connection.info.server_version // 10000

    @property
    def version_num(self) -> int:
        """The server's version as `server_version_num` (170011)."""
        return self.connection.info.server_version

    def ask(
        self, name: str, values: Mapping[str, Any] | None = None, **identifiers: tuple[str, ...]
    ) -> list[TupleRow]:
        """Run a query and return its rows. Without values, a % in its text is a %.

        name: file and query, such as `history.rows`. identifiers: names for the {placeholders} of the query, each a
        path such as ("public", "pgmigrations").
        """
        with self.under_own_settings():
            return self._execute(name, values, identifiers).fetchall()

    def ask_prepared(self, name: str, values: Mapping[str, Sequence[object] | None]) -> list[TupleRow]:
        """As `ask`, for a long query that this session asks again and again: it is planned once, whatever its values.

        values: arrays. The query must find its rows by index for any of them.
        """
        if self.own.foreign:
            return self.ask(name, values)
        text = load_query(name)
        for number, key in enumerate(values, 1):
            text = text.replace(b"%%(%s)s" % key.encode(), b"$%d" % number)
        if text not in self.prepared:
            self.prepare([text])
        call = sql.SQL("EXECUTE {} ({})").format(
            sql.Identifier(self.prepared[text].decode()),
            sql.SQL(", ").join(
                sql.Literal(None if value is None else array(map(str, value))) for value in values.values()
            ),
        )
        commands = [b"BEGIN READ ONLY", GENERIC_PLAN, call.as_bytes(self.connection), b"ROLLBACK"]
        try:
            results = self._send_together([Question(name)], commands)
        except psycopg.Error:
            if not self.connection.broken:
                self.connection.execute(b"ROLLBACK")
            raise
        transformer = Transformer.from_context(self.connection)
        transformer.set_pgresult(results[2])
        return transformer.load_rows(0, results[2].ntuples, tuple)

    def ask_together(self, *questions: Question, begin: bytes = b"") -> list[list[TupleRow]]:
        """Run several queries in one round trip, and return the rows of each. Raises the first error.

        begin: opens a transaction for them (BEGIN …), which is rolled back at the end.
        """
        if self.own.foreign or not self._trusts_tables_of(questions):
            # Settings and locks of our own are needed around each query.
            with self._rolled_back(begin):
                return [self.ask(name, values, **identifiers) for name, values, identifiers in questions]
        texts = [self._text(question) for question in questions]
        try:
            results = self._send_together(questions, [begin, *texts, b"ROLLBACK"] if begin else texts)
        except psycopg.Error:
            if begin and not self.connection.broken:
                self.connection.execute(b"ROLLBACK")
            raise
        if begin:
            results = results[1:-1]
        transformer = Transformer.from_context(self.connection)
        answers: list[list[TupleRow]] = []
        for result in results:
            transformer.set_pgresult(result)
            answers.append(transformer.load_rows(0, result.ntuples, tuple))
        return answers

    def do_together(
        self, questions: Sequence[Question], *, creates_own_tables: bool = False, prepare: Sequence[bytes] = ()
    ) -> None:
        """Run queries that return no rows, all or none of them, in one round trip, and prepare commands of ours.

        creates_own_tables: our tables are absent, and these queries create them before they use them. Raises
        psycopg.Error with nothing done: also where it takes more than one round trip, because settings or locks of our
        own are needed around each query.
        """
        if self.own.foreign or not (creates_own_tables or self._trusts_tables_of(questions)):
            raise psycopg.NotSupportedError("our own settings or locks are needed around each query")
        texts = [text for question in questions for text in self._texts(question)]
        if creates_own_tables:
            for name, _, identifiers in questions:
                self.own_tables.tables_used(load_query(name), identifiers)
            first = next((number for number, text in enumerate(texts) if INSERTS.search(text)), len(texts))
            texts.insert(first, self.own_tables.trust_command(self.connection))
        names = self._new_names(prepare)
        self._send_together(questions, [*texts, *(_prepare_command(name, text) for name, text in names.items())])
        if creates_own_tables:
            self.own_tables.trust_all()
        self.prepared.update({text: name for name, text in names.items()})

    @contextmanager
    def _rolled_back(self, begin: bytes) -> Iterator[None]:
        if begin:
            self.connection.execute(begin)
        try:
            yield
        finally:
            if begin and not self.connection.broken:
                self.connection.execute(b"ROLLBACK")

    def _texts(self, question: Question) -> list[bytes]:
        """The statements of a query. Only a query without values has several: a value may look like the end of one."""
        if question.values is None and not question.identifiers:
            return split_statements(load_query(question.name))
        return [self._text(question)]

    def _text(self, question: Question) -> bytes:
        name, values, identifiers = question
        query = compose_query(name, **identifiers) if identifiers else load_query(name)
        return psycopg.ClientCursor(self.connection).mogrify(query, values).encode()

    def _send_together(self, questions: Sequence[Question], texts: Sequence[bytes]) -> list[PGresult]:
        if isinstance(self.connection, InterruptibleConnection):
            self.connection.at = "; ".join(query_purpose(question.name) for question in questions)
        with self._watching_silence():
            return send_together(self.connection, texts)

    def _trusts_tables_of(self, questions: Sequence[Question]) -> bool:
        return self.own_tables.trusts(
            self.connection, [(load_query(name), identifiers) for name, _, identifiers in questions]
        )

    def do(self, name: str, values: Mapping[str, Any] | None = None, **identifiers: tuple[str, ...]) -> None:
        """Run a query that returns no rows."""
        with self.under_own_settings():
            self._execute(name, values, identifiers)

    @contextmanager
    def under_own_settings(self) -> Iterator[None]:
        """If the session runs under settings of a migration or a pooler, set ours for the transaction within.

        An open transaction keeps them to its end. Raises psycopg.Error.
        """
        if not self.own.foreign:
            yield
        elif self.connection.info.transaction_status is TransactionStatus.IDLE:
            with self.connection.transaction():
                self._set_own_locally()
                yield
        else:
            self._set_own_locally()
            yield

    def _set_own_locally(self) -> None:
        for text in self.local_role():
            self.connection.execute(text)
        self._set(self.own.ours, local=True)

    def local_role(self) -> tuple[bytes, ...]:
        """The commands that make the session act as its login role, until the end of the transaction."""
        role = sql.Identifier(self.own.before["role"]) if self.own.before["role"] != "none" else sql.SQL("NONE")
        return (
            b"SET LOCAL SESSION AUTHORIZATION DEFAULT",
            sql.SQL("SET LOCAL ROLE {}").format(role).as_bytes(self.connection),
        )

    def add_own_settings(self, settings: Mapping[str, str]) -> None:
        """Add settings to our own, for the whole session. Raises psycopg.Error."""
        self._set(settings, local=False)
        self.own.ours.update(settings)

    def set_own_settings(self) -> None:
        """Set all our settings for the whole session, which a pooler lends to nobody else."""
        self.own.foreign = False
        self._set(self.own.ours, local=False)

    def _set(self, settings: Mapping[str, str], *, local: bool) -> None:
        values = {"names": list(settings), "values": list(settings.values()), "local": local}
        self.connection.execute(load_query("session.set_settings"), values)

    def _execute(
        self, name: str, values: Mapping[str, Any] | None, identifiers: Mapping[str, tuple[str, ...]]
    ) -> psycopg.Cursor[TupleRow]:
        query = compose_query(name, **identifiers) if identifiers else load_query(name)
        if isinstance(self.connection, InterruptibleConnection):
            self.connection.at = query_purpose(name)
        with self._watching_silence(), self.own_tables.guard(self.connection, load_query(name), identifiers):
            return self.connection.execute(query, values)

    @contextmanager
    def _watching_silence(self) -> Iterator[None]:
        connection = self.connection
        if (
            self.on_silence is None
            or not isinstance(connection, InterruptibleConnection)
            or connection.attend is not None
        ):
            yield
            return
        on_silence = self.on_silence

        def attend(quiet: float) -> None:
            try:
                on_silence(quiet)
            except Exception as lost:
                connection.pgconn.finish()
                raise psycopg.OperationalError(str(lost)) from None

        connection.attend = attend
        try:
            yield
        finally:
            connection.attend = None

    def prepare(self, commands: Sequence[bytes]) -> None:
        """Prepare commands on the server, all or none; `prepared` then has their names. Raises psycopg.Error."""
        names = self._new_names(commands)
        with self._watching_silence():
            send_together(self.connection, [_prepare_command(name, text) for name, text in names.items()])
        self.prepared.update({text: name for name, text in names.items()})

    def _new_names(self, commands: Sequence[bytes]) -> dict[bytes, bytes]:
        first = self._names + 1
        self._names += len(commands)
        return {b"%s%d" % (PREFIX.encode(), number): text for number, text in enumerate(commands, first)}

    @contextmanager
    def another(self, **options: Any) -> Iterator[Session]:
        """A second session to the same database, closed at the end. Raises Unreachable."""
        with connect(self._conninfo, **{**self._options, **options}) as other:
            yield other

    @contextmanager
    def notices_sent_to(self, notice: Callable[[Diagnostic], None]) -> Iterator[None]:
        """Pass on the server's notices and warnings, also those of a reopened connection."""
        self._notice = notice
        self.connection.add_notice_handler(notice)
        try:
            yield
        finally:
            self.connection.remove_notice_handler(notice)
            self._notice = None

    def reopen(self) -> None:
        """Replace a broken connection by a new one to the same database. Raises Unreachable."""
        self.connection.close()
        self.prepared.clear()
        self.own_tables.trusted.clear()
        self.connection = open_connection(self._conninfo, **self._options)
        self.own = apply_own_settings(self.connection)
        if self._notice is not None:
            self.connection.add_notice_handler(self._notice)


def _prepare_command(name: bytes, text: bytes) -> bytes:
    return b"PREPARE " + name + b" AS " + text


@contextmanager
def connect(conninfo: str, *, application: str = "rowkeep", **options: Any) -> Iterator[Session]:
    """Open a session and close it at the end.

    conninfo: a URL or libpq connection string ('' = libpq's own PG* variables). Raises Unreachable, which names
    host, port, database and user, and never the password.
    """
    options["application"] = application
    connection = open_connection(conninfo, **options)
    try:
        session = Session(connection, conninfo, **options)
    except Unreachable as ended:
        if ended.sqlstate not in ENDED_IDLE:
            raise
        # Poolers refuse startup options, so only for a database that ends sessions before the first query.
        old = options.get("options") or check_address(conninfo).parts.get("options") or os.environ.get("PGOPTIONS")
        options["options"] = f"{old or ''} -c idle_session_timeout=0".strip()
        try:
            session = Session(open_connection(conninfo, **options), conninfo, **options)
        except Unreachable:
            raise ended from None
    try:
        yield session
    finally:
        session.connection.close()


@contextmanager
def run_queries(what: str, where: str | None = None) -> Iterator[None]:
    """Run queries that change nothing. Raises Failed with `what` if the server refuses, Unreachable if it is gone."""
    try:
        yield
    except psycopg.Error as error:
        gone = isinstance(error, psycopg.OperationalError) and error.sqlstate in GONE
        kind, code = (Unreachable, ErrorCode.CONNECTION_LOST) if gone else (Failed, ErrorCode.DATABASE_READ_FAILED)
        raise kind(
            what,
            code=code,
            where=where,
            why=str(error).strip(),
            sqlstate=error.sqlstate,
            remains=Remains.UNCHANGED,
            instead=("rowkeep doctor",),
        ) from None
