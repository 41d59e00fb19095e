"""Has the server parse and plan the application's statements, without running them. For copies, not for production."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any, TypeVar

import psycopg
from psycopg import pq, sql
from psycopg.pq.abc import PGresult
from psycopg.rows import TupleRow

from rowkeep.database.connection.session import Session
from rowkeep.domain.deploy.application import ApplicationQuery, InsertTarget, PreparedStatement
from rowkeep.domain.frozen import dataclass

SETTINGS = {
    "plan_cache_mode": "force_generic_plan",
    "statement_timeout": "10s",
    "lock_timeout": "300ms",
    "jit": "off",
}
"""A generic plan needs no values. Nothing may wait for long: a migration may hold locks meanwhile."""

LARGE = {"rows": 10_000, "bytes": 8 << 20}
"""A table of this size is not read from the first row to the last without notice."""

NAME = b"rowkeep_application_%d"
EXPLAIN = b"EXPLAIN (FORMAT JSON, COSTS OFF, VERBOSE) EXECUTE "

AT_ONCE = 64
"""How many statements are sent before an answer is read."""

DEFAULT_PATH = '"$user", public'
LOCK_NOT_AVAILABLE = "55P03"

TypeKey = tuple[int, int]
"""Oid and modifier of a type."""

Columns = tuple[tuple[str, TypeKey], ...]
T = TypeVar("T")


class Locked(Exception):
    """A table is locked by a migration that is not committed yet."""


class _Refused(Exception):
    """The server refuses a statement."""

    def __init__(self, message: str, sqlstate: str | None) -> None:
        super().__init__(message)
        self.message = message
        self.sqlstate = sqlstate


@dataclass(frozen=True, slots=True)
class _Described:
    """A prepared statement, with types as the protocol sends them."""

    parameters: tuple[TypeKey, ...]
    columns: Columns
    missing: tuple[str, ...]
    scans: frozenset[str]


class StatementPreparer:
    """Prepares statements in `session`, each under the rights and the search_path of its role.

    user: the role of statements that have none; None: that of the session.
    """

    def __init__(self, session: Session, *, user: str | None) -> None:
        self._session = session
        self._user = user

    def prepare(self, queries: Sequence[ApplicationQuery]) -> dict[str, PreparedStatement]:
        """What the server says of each statement, by its name. Raises Locked; psycopg.Error if the server is gone."""
        large = {f"{schema}.{table}" for schema, table in self._session.ask("application.large_tables", LARGE)}
        results: dict[str, _Described | PreparedStatement] = {}
        for (role, path), group in groupby(sorted(queries, key=_environment), key=_environment):
            members = list(group)
            try:
                self._use(role or self._user, path or DEFAULT_PATH)
                results |= self._prepare_all(members, large)
            except _Refused as refused:
                error = PreparedStatement(refused.message, refused.sqlstate)
                results |= {query.statement.name: error for query in members}
            finally:
                if not self._session.connection.closed:
                    self._use(None, DEFAULT_PATH)
        return self._name_types(results)

    def _use(self, role: str | None, path: str) -> None:
        """Act as `role` (None: as the session's own), with this search_path. Raises _Refused."""
        for name, value in {**SETTINGS, "search_path": path, "role": role or "none"}.items():
            try:
                self._session.do("application.set_setting", {"name": name, "value": value})
            except psycopg.Error as error:
                if self._session.connection.closed:
                    raise
                raise _Refused(str(error).strip().splitlines()[0], error.sqlstate) from None

    def _prepare_all(
        self, queries: Sequence[ApplicationQuery], large: set[str]
    ) -> Iterator[tuple[str, _Described | PreparedStatement]]:
        """What the server says of each. Many are sent at once: the server does not wait for us between them."""
        columns: dict[str, list[TupleRow]] = {}
        for start in range(0, len(queries), AT_ONCE):
            batch = queries[start : start + AT_ONCE]
            described = [self._attempt(self._read_description, results) for results in self._describe(batch)]
            counts = [len(answer[0]) if isinstance(answer, tuple) else None for answer in described]
            plans = self._explain(counts)
            for query, description, plan in zip(batch, described, plans, strict=True):
                if isinstance(description, PreparedStatement):
                    yield query.statement.name, description
                    continue
                scans = self._attempt(self._read_scans, plan)
                if isinstance(scans, PreparedStatement):
                    yield query.statement.name, scans
                    continue
                missing = {column for insert in query.inserts for column in self._find_missing(insert, columns)}
                result = _Described(*description, tuple(sorted(missing)), scans & large)
                yield query.statement.name, result

    def _attempt(self, read: Callable[[Sequence[PGresult]], T], results: Sequence[PGresult]) -> T | PreparedStatement:
        try:
            return read(results)
        except _Refused as refused:
            return PreparedStatement(refused.message, refused.sqlstate)

    def _describe(self, batch: Sequence[ApplicationQuery]) -> list[list[PGresult]]:
        """Prepare and describe each; the results of both."""
        pgconn, encoding = self._session.connection.pgconn, self._session.connection.info.encoding
        with self._pipeline():
            for number, query in enumerate(batch):
                pgconn.send_prepare(NAME % number, query.text.encode(encoding, "replace"))
                pgconn.send_describe_prepared(NAME % number)
                pgconn.pipeline_sync()
            return [self._read_results() for _ in batch]

    def _explain(self, counts: Sequence[int | None]) -> list[list[PGresult]]:
        """Plan and drop each prepared statement. counts: of their parameters, None where there is no statement."""
        pgconn = self._session.connection.pgconn
        with self._pipeline():
            for number, count in enumerate(counts):
                if count is not None:
                    values = b"(" + b", ".join([b"NULL"] * count) + b")" if count else b""
                    pgconn.send_query_params(EXPLAIN + NAME % number + values, None)
                    pgconn.pipeline_sync()
                    pgconn.send_query_params(b"DEALLOCATE " + NAME % number, None)
                pgconn.pipeline_sync()
            plans = []
            for count in counts:
                plans.append(self._read_results() if count is not None else [])
                self._read_results()
            return plans

    @contextmanager
    def _pipeline(self) -> Iterator[None]:
        """Everything that is sent in the block is read there, too."""
        pgconn = self._session.connection.pgconn
        pgconn.enter_pipeline_mode()
        try:
            yield
            pgconn.exit_pipeline_mode()
        except psycopg.Error:
            # Half a pipeline cannot be ended in another way.
            self._session.connection.close()
            raise

    def _read_results(self) -> list[PGresult]:
        """The results up to the next synchronization. Raises psycopg.OperationalError."""
        pgconn = self._session.connection.pgconn
        results: list[PGresult] = []
        while True:
            result = pgconn.get_result()
            if pgconn.status != pq.ConnStatus.OK:
                raise psycopg.OperationalError(self._decode(pgconn.error_message))
            if result is None:
                continue
            if result.status == pq.ExecStatus.PIPELINE_SYNC:
                return results
            results.append(result)

    def _read_description(self, results: Sequence[PGresult]) -> tuple[tuple[TypeKey, ...], Columns]:
        for result in results:
            self._require(result, pq.ExecStatus.COMMAND_OK)
        result = results[1]
        parameters = tuple((result.param_type(number), -1) for number in range(result.nparams))
        columns = tuple(
            (self._decode(result.fname(number)), (result.ftype(number), result.fmod(number)))
            for number in range(result.nfields)
        )
        return parameters, columns

    def _read_scans(self, results: Sequence[PGresult]) -> frozenset[str]:
        """The tables that a generic plan, as JSON, reads completely. To make it checks privileges, too."""
        self._require(results[0], pq.ExecStatus.TUPLES_OK)
        return frozenset(find_full_scans(json.loads(self._decode(results[0].get_value(0, 0)) or "[]")))

    def _require(self, result: PGresult, status: pq.ExecStatus) -> None:
        """Raise _Refused or Locked for a result of another status."""
        if result.status == status:
            return
        message = self._decode(result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY))
        sqlstate = self._decode(result.error_field(pq.DiagnosticField.SQLSTATE)) or None
        if sqlstate == LOCK_NOT_AVAILABLE:
            raise Locked
        raise _Refused(message or "the server gave no reason", sqlstate)

    def _decode(self, data: bytes | None) -> str:
        return (data or b"").decode(self._session.connection.info.encoding, "replace")

    def _find_missing(self, insert: InsertTarget, columns: dict[str, list[TupleRow]]) -> Iterator[str]:
        """The columns that need a value and get none. columns: of the tables that were looked up."""
        path = (insert.table,) if insert.schema is None else (insert.schema, insert.table)
        name = sql.Identifier(*path).as_string(self._session.connection)
        if name not in columns:
            columns[name] = self._session.ask("application.insert_columns", {"table": name})
        for number, (schema, table, column, required) in enumerate(columns[name]):
            if insert.columns is not None:
                is_left_out = column not in insert.columns
            else:
                is_left_out = insert.values is not None and number >= insert.values
            if required and is_left_out:
                yield f"{schema}.{table}.{column}"

    def _name_types(self, results: dict[str, _Described | PreparedStatement]) -> dict[str, PreparedStatement]:
        described = [result for result in results.values() if isinstance(result, _Described)]
        keys = {key for result in described for key in result.parameters}
        keys |= {key for result in described for _, key in result.columns}
        oids, modifiers = [oid for oid, _ in keys], [modifier for _, modifier in keys]
        rows = self._session.ask("application.type_names", {"oids": oids, "modifiers": modifiers})
        names = {(int(oid), modifier): name for oid, modifier, name in rows}
        return {
            name: result if isinstance(result, PreparedStatement) else _with_type_names(result, names.__getitem__)
            for name, result in results.items()
        }


def _environment(query: ApplicationQuery) -> tuple[str, str]:
    return query.statement.role or "", query.statement.search_path or ""


def _with_type_names(described: _Described, type_name: Callable[[TypeKey], str]) -> PreparedStatement:
    return PreparedStatement(
        parameters=tuple(type_name(key) for key in described.parameters),
        columns=tuple((name, type_name(key)) for name, key in described.columns),
        missing=described.missing,
        scans=described.scans,
    )


def find_full_scans(plan: Any) -> Iterator[str]:
    """The tables, as schema.table, that a plan (the JSON of EXPLAIN) reads from the first row to the last."""
    stack: list[Any] = [plan]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, dict):
            if node.get("Node Type") == "Seq Scan":
                yield f"{node.get('Schema', '')}.{node.get('Relation Name', '')}"
            stack.extend(node.values())
