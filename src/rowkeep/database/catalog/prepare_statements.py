"""Has the server parse and plan the application's statements, without running them. For copies, not for production."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

import psycopg
from psycopg import pq, sql

from rowkeep.database.connection.session import Session
from rowkeep.domain.deploy.application import ApplicationQuery, InsertTarget, PreparedStatement
from rowkeep.domain.frozen import dataclass

SETTINGS = {
    "plan_cache_mode": "force_generic_plan",
    "statement_timeout": "10s",
    "lock_timeout": "1s",
    "jit": "off",
}
"""A generic plan needs no values. Nothing may wait for long: a migration may hold locks meanwhile."""

LARGE = {"rows": 10_000, "bytes": 8 << 20}
"""A table of this size is not read from the first row to the last without notice."""

NAME = b"rowkeep_application"
DEFAULT_PATH = '"$user", public'
LOCK_NOT_AVAILABLE = "55P03"

TypeKey = tuple[int, int]
"""Oid and modifier of a type."""


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
    columns: tuple[tuple[str, TypeKey], ...]
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
                for query in members:
                    results[query.statement.name] = self._prepare_or_refuse(query, large)
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

    def _prepare_or_refuse(self, query: ApplicationQuery, large: set[str]) -> _Described | PreparedStatement:
        try:
            return self._prepare(query, large)
        except _Refused as refused:
            return PreparedStatement(refused.message, refused.sqlstate)

    def _prepare(self, query: ApplicationQuery, large: set[str]) -> _Described:
        text = query.text.encode(self._session.connection.info.encoding, "replace")
        pgconn = self._session.connection.pgconn
        self._require(pgconn.prepare(NAME, text), pq.ExecStatus.COMMAND_OK)
        try:
            result = self._require(pgconn.describe_prepared(NAME), pq.ExecStatus.COMMAND_OK)
            parameters = tuple((result.param_type(number), -1) for number in range(result.nparams))
            columns = tuple(
                (self._decode(result.fname(number)), (result.ftype(number), result.fmod(number)))
                for number in range(result.nfields)
            )
            scans = frozenset(find_full_scans(self._explain(result.nparams))) & large
            missing = tuple(sorted({column for insert in query.inserts for column in self._find_missing(insert)}))
            return _Described(parameters, columns, missing, scans)
        finally:
            if not self._session.connection.closed:
                self._session.connection.execute(b"DEALLOCATE " + NAME)

    def _require(self, result: Any, status: pq.ExecStatus) -> Any:
        """The result, if it has this status. Raises _Refused, Locked, or psycopg.OperationalError."""
        if result.status == status:
            return result
        if self._session.connection.pgconn.status != pq.ConnStatus.OK:
            raise psycopg.OperationalError(self._decode(result.error_message))
        message = self._decode(result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY))
        sqlstate = self._decode(result.error_field(pq.DiagnosticField.SQLSTATE)) or None
        if sqlstate == LOCK_NOT_AVAILABLE:
            raise Locked
        raise _Refused(message or "the server gave no reason", sqlstate)

    def _decode(self, data: bytes | None) -> str:
        return (data or b"").decode(self._session.connection.info.encoding, "replace")

    def _explain(self, parameters: int) -> Any:
        """The generic plan as JSON. Checks privileges too."""
        values = b"(" + b", ".join([b"NULL"] * parameters) + b")" if parameters else b""
        command = b"EXPLAIN (FORMAT JSON, COSTS OFF, VERBOSE) EXECUTE " + NAME + values
        result = self._require(self._session.connection.pgconn.exec_(command), pq.ExecStatus.TUPLES_OK)
        return json.loads(self._decode(result.get_value(0, 0)) or "[]")

    def _find_missing(self, insert: InsertTarget) -> Iterator[str]:
        """The columns that need a value and get none."""
        path = (insert.table,) if insert.schema is None else (insert.schema, insert.table)
        name = sql.Identifier(*path).as_string(self._session.connection)
        rows = self._session.ask("application.insert_columns", {"table": name})
        for number, (schema, table, column, required) in enumerate(rows):
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
