"""Finds smoke queries in the files of `verify/` and in the verify sections of migrations, and refuses what may act.

They run in a READ ONLY transaction, which the server enforces. Refused here is what such a transaction does not stop,
as far as the text says it: connections to other servers, programs and files, signals to other sessions, and text that
is built at run time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rowkeep.domain.deploy.smoke_query import SmokeQuery
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.migration import Language, Migration
from rowkeep.domain.operation import CallFunction, DoBlock, Harmless, Opaque, Operation, Read, Transaction
from rowkeep.domain.statement import Parsed, Statement
from rowkeep.errors import Unparsable
from rowkeep.parse import parse_section
from rowkeep.plan.outside import FILES, SENDERS, SLOTS

MARKER = compile_later(r"^[ \t]*--[ \t]*verify(?:[ \t]+migration)?[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
"""The comment that begins the verify section of a migration."""

ACTING = frozenset(
    {
        *SENDERS,
        *FILES,
        *SLOTS,
        *("http", "http_delete", "http_get", "http_patch", "http_post", "http_put"),
        *("lo_create", "lo_creat", "lo_from_bytea", "lo_put", "lo_unlink", "lowrite", "nextval", "setval"),
        *("pg_advisory_lock", "pg_advisory_lock_shared", "pg_try_advisory_lock", "pg_try_advisory_lock_shared"),
        *("pg_copy_logical_replication_slot", "pg_copy_physical_replication_slot", "pg_sync_replication_slots"),
        *("pg_log_backend_memory_contexts", "pg_log_standby_snapshot", "pg_logical_slot_get_binary_changes"),
        *("lo_truncate", "lo_truncate64", "pg_backup_start", "pg_backup_stop", "pg_cancel_backend"),
        *("pg_create_restore_point", "pg_drop_replication_slot", "pg_import_system_collations"),
        *("pg_logical_emit_message", "pg_logical_slot_get_changes", "pg_ls_logdir", "pg_ls_waldir", "pg_notify"),
        *("pg_promote", "pg_reload_conf", "pg_replication_slot_advance", "pg_rotate_logfile", "pg_start_backup"),
        *("pg_stat_statements_reset", "pg_stop_backup", "pg_switch_wal", "pg_terminate_backend"),
        *("pg_wal_replay_pause", "pg_wal_replay_resume", "set_config"),
    }
)
"""Functions that act although the transaction is READ ONLY, or that it refuses."""

ACTING_PREFIXES = ("dblink", "pg_stat_reset", "pg_replication_origin_")
"""Beginnings of the names of functions that do so in every form."""

ONLY_READS = "a smoke query only reads: SELECT, VALUES, TABLE, EXPLAIN, SHOW, or DO with nothing but these"


def find_queries(migration: Migration) -> tuple[SmokeQuery, ...]:
    """The smoke queries of a file of `verify/`. Raises Unparsable for everything else in it.

    The BEGIN and ROLLBACK around a verify script of sqitch are passed over: our transaction is rolled back, too.
    """
    parsed = parse_section(migration.up, migration.includes)
    for problem in parsed.problems:
        raise _refuse(parsed, problem.span.start, problem.message or problem.kind.value)
    statements = list(parsed.statements)
    if statements and _controls(statements[0]) in ("BEGIN", "START TRANSACTION"):
        del statements[0]
    if statements and _controls(statements[-1]) == "ROLLBACK":
        del statements[-1]
    for statement in statements:
        why = find_objection(statement)
        if why is not None:
            raise _refuse(parsed, statement.span.start, why)
    return tuple(_query(statement) for statement in statements)


def find_section_queries(migration: Migration) -> tuple[tuple[SmokeQuery, ...], str | None]:
    """The queries after `-- Verify` in the up part of a migration, and why the section is none.

    It belongs to the up part, and runs with it, as node-pg-migrate does. A comment may say `-- Verify` by chance: a
    section with anything that is no query is not one, and the reason says so.
    """
    if migration.language is not Language.SQL or not MARKER.search(migration.up.text):
        return (), None
    parsed = parse_section(migration.up, migration.includes)
    text = parsed.source.text
    first = next(
        (
            number
            for number, statement in enumerate(parsed.statements)
            if MARKER.search(text[statement.lead.start : statement.lead.end])
        ),
        len(parsed.statements),
    )
    queries = parsed.statements[first:]
    for statement in queries:
        why = find_objection(statement)
        if why is not None:
            return (), f"{statement.place}: what follows “-- Verify” is not taken as smoke queries: {why}"
    return tuple(_query(statement) for statement in queries), None


def find_objection(statement: Statement) -> str | None:
    """Why the statement is no smoke query; None if it is one."""
    reads = any(isinstance(operation, Read | DoBlock | Harmless) for operation in statement.operations)
    return next(_objections(statement.operations), None if reads else ONLY_READS)


def _objections(operations: Sequence[Operation]) -> Iterator[str]:
    for operation in operations:
        match operation:
            case Read(locks=locks) if locks:
                yield f"{locks} locks rows"
            case CallFunction(call=call) if call.name.name in ACTING or call.name.name.startswith(ACTING_PREFIXES):
                yield f"{call.name.name} acts outside of a read-only transaction"
            case Opaque(what=what):
                yield f"{what} cannot be read"
            case Transaction(action=action):
                yield f"{action} would end the read-only transaction"
            case Read() | CallFunction() | DoBlock() | Harmless(node="VariableShowStmt" | "ExplainStmt"):
                continue
            case _:
                yield ONLY_READS


def _controls(statement: Statement) -> str:
    """The command of transaction control that the statement is, or ''."""
    match statement.operations:
        case (Transaction(action=action),):
            return action
    return ""


def _query(statement: Statement) -> SmokeQuery:
    word = statement.text[:7].split(None, 1)[0].lower().lstrip("(")
    return SmokeQuery(statement.text, statement.place, word not in ("do", "explain", "show"))


def _refuse(parsed: Parsed, at: int, why: str) -> Unparsable:
    return Unparsable(
        "the file contains something that is no smoke query",
        code=ErrorCode.SMOKE_QUERY_INVALID,
        where=parsed.source.place(at),
        why=why,
    )
