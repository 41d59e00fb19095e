"""Has the project's own node-pg-migrate run a migration while we hold the run lock, and checks the history.

Its session is not ours: no transaction has both its change and our ledger. What counts is the history, whose row it
writes in the transaction of the change. We read it before and after; it must differ by that row alone.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from urllib.parse import quote, urlencode

import psycopg

from rowkeep.database.executor.run_context import RunContext
from rowkeep.domain.event import Blocker, MigrationFinished, Noted
from rowkeep.domain.history.ledger import EntryOutcome
from rowkeep.domain.instruction import (
    Cancelled,
    ConnectionLoss,
    InstructionResult,
    LockTimeout,
    RunNodePgMigrate,
    ServerError,
    ServerRefused,
    Succeeded,
)
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import Step
from rowkeep.errors import Refused
from rowkeep.plan.node_pg_migrate import may_leave_transaction
from rowkeep.plan.survey import section_checksum
from rowkeep.programs.node_pg_migrate import NodePgMigrateJob, run_job

APPLICATION = "rowkeep, node-pg-migrate"
"""The application name of its sessions."""
LOCK_TIMEOUT = "2s"
"""How long it waits for one lock: it does not retry, and others queue behind it meanwhile."""
SESSION_S = 10.0
"""How long a session may take to end after its client has exited."""
LAST_LINES = 12
_NOISE = compile_later(
    r"^\s+at .*node_modules/|^\s+at .*node:|^\}$|: undefined,?$|^\s+(length|file|line|routine|severity): "
)
"""Stack traces and fields of an error: shown when they arrive, and not repeated in our error."""
_CODE = compile_later(r"^\s+code: '([0-9A-Z]{5})',?$")
BY = "by node-pg-migrate"

Rows = dict[int, str]


def run_node_pg_migrate(context: RunContext, instruction: RunNodePgMigrate) -> InstructionResult:
    """Run one step and write the ledger. Never raises for what the server or the program does."""
    try:
        return _run(context, instruction.step)
    except (psycopg.Error, Refused) as error:
        return ConnectionLoss(str(error).strip())


def _run(context: RunContext, step: Step) -> InstructionResult:
    began = time.monotonic()
    if left := _remaining_sessions(context):
        return LockTimeout(
            ServerError("a node-pg-migrate of an earlier run is still running"), time.monotonic() - began, 1, left
        )
    if context.interrupts.number is not None:
        return Cancelled(context.interrupts.number)
    before, lines = _read_history(context), deque[str](maxlen=LAST_LINES)

    def on_line(line: str) -> None:
        if not _NOISE.search(line):
            lines.append(line)
        context.emit(Noted(f"node-pg-migrate: {line}"))

    assert context.old_tool is not None  # the workflow has found it, or refused
    began = time.monotonic()
    code = run_job(context.old_tool, _build_job(context, step), on_line, lambda: context.interrupts.number is not None)
    seconds = time.monotonic() - began
    if left := _remaining_sessions(context):
        return ConnectionLoss(
            f"the session of node-pg-migrate is still there: pid {', '.join(str(blocker.pid) for blocker in left)}"
        )
    after = _read_history(context)
    if _differs_by_this_step(step, before, after):
        if code:
            context.emit(
                Noted(f"node-pg-migrate ended with exit code {code}, after its change was committed", warning=True)
            )
        _write_ledger(context, step, max(before.keys() ^ after.keys()), seconds)
        context.emit(MigrationFinished(step.name, step.direction.value, seconds))
        return Succeeded(seconds)
    if before != after:
        return ServerRefused(ServerError(_history_differs(before, after), kept=True))
    if context.interrupts.number is not None:
        return Cancelled(context.interrupts.number, kept=may_leave_transaction(step))
    if code == 0:
        message = f"it ended well, and {context.plan.history.key} is as before: it may have worked on another database"
        return ServerRefused(ServerError("\n".join([message, *lines]), kept=True))
    how = f"exit code {code}" if code > 0 else f"ended by signal {-code}"
    return ServerRefused(_error_output(lines, how))


def _error_output(lines: Iterable[str], how: str) -> ServerError:
    """Its output from the first error on, each line once; all of its last lines if none of them is an error."""
    output = list(lines)
    first = next((at for at, line in enumerate(output) if "error" in line.lower()), 0)
    code = next((match[1] for line in output if (match := _CODE.match(line))), None)
    return ServerError(
        "\n".join([*dict.fromkeys(line for line in output[first:] if not _CODE.match(line)), how]), code
    )


def _read_history(context: RunContext) -> Rows:
    history = (context.plan.history.schema, context.plan.history.table)
    return {number: name for number, name, *_ in context.session.ask("history.rows", history=history)}


def _differs_by_this_step(step: Step, before: Rows, after: Rows) -> bool:
    """Whether the history differs by this migration alone: it gained one row, or lost all rows of its name."""
    added = [name for number, name in after.items() if number not in before]
    deleted = [name for number, name in before.items() if number not in after]
    if step.direction is Direction.UP:
        return added == [step.name] and not deleted
    return not added and set(deleted) == {step.name}


def _history_differs(before: Rows, after: Rows) -> str:
    added = [name for number, name in after.items() if number not in before]
    deleted = [name for number, name in before.items() if number not in after]
    parts = [f"history got {', '.join(added)}"] if added else []
    parts += [f"history lost {', '.join(deleted)}"] if deleted else []
    return "; ".join(parts) or "rows of history were renamed"


def _remaining_sessions(context: RunContext) -> tuple[Blocker, ...]:
    """Its sessions that still exist after SESSION_S; the server ends a session when its client has exited."""
    until = time.monotonic() + SESSION_S
    while True:
        sessions = tuple(
            Blocker(*row)
            for row in context.session.ask("blockers.node_pg_migrate_sessions", {"beginning": APPLICATION})
        )
        if not sessions or time.monotonic() >= until:
            return sessions
        time.sleep(0.1)


def _build_job(context: RunContext, step: Step) -> NodePgMigrateJob:
    policy, history = context.policy, context.plan.history
    # The options that libpq used: of the connection string, or PGOPTIONS.
    options = [connection_parameters(context.session.connection).get("options", "")]
    interval = context.session.ask("session.client_connection_check_interval")[0][0]
    options.append(f"-c client_connection_check_interval={interval}")
    if not may_leave_transaction(step):
        # Outside a transaction it could end an index build and leave an invalid index.
        options.append(f"-c lock_timeout={LOCK_TIMEOUT}")
    url, secret = node_postgres_url(context.session.connection)
    return NodePgMigrateJob(
        step.direction.value,
        step.name,
        step.migration.path,
        policy.schemas,
        history.schema,
        history.table,
        url,
        secret,
        APPLICATION,
        " ".join(options).strip(),
    )


def node_postgres_url(connection: psycopg.Connection[tuple[object, ...]]) -> tuple[str, str]:
    """The server and database of `connection` as a URL for node-postgres, and the password in it.

    TLS is as in our connection: libpq's `require` checks no certificate, which node-postgres calls `no-verify`.
    """
    info = connection.info
    parameters = connection_parameters(connection)
    query = {"host": info.host}
    if not connection.pgconn.ssl_in_use:
        query["sslmode"] = "disable"
    else:
        verified = parameters.get("sslmode", "").startswith("verify")
        query["sslmode"] = "verify-full" if verified else "no-verify"
        names = ("sslrootcert", "sslcert", "sslkey") if verified else ("sslcert", "sslkey")
        query |= {name: parameters[name] for name in names if parameters.get(name, "system") != "system"}
    user, password = quote(info.user, safe=""), quote(info.password, safe="")
    login = f"{user}:{password}" if password else user
    url = (
        f"postgresql://{login}@localhost:{info.port}/{quote(info.dbname, safe='')}?{urlencode(query, quote_via=quote)}"
    )
    return url, info.password


def connection_parameters(connection: psycopg.Connection[tuple[object, ...]]) -> dict[str, str]:
    """The parameters that libpq connected with, by its keywords, from all sources."""
    return {option.keyword.decode(): option.val.decode() for option in connection.pgconn.info if option.val}


def _write_ledger(context: RunContext, step: Step, row: int, seconds: float) -> None:
    """Write the ledger entry. row: the row of history that was added or deleted."""
    if not context.plan.ledger:
        return
    checksum = section_checksum(step.text, step.migration.language)
    up = step.direction is Direction.UP
    values = {
        "run": context.run,
        "history": context.plan.history.key,
        "history_id": row,
        "migration": step.name,
        "direction": step.direction.value,
        "outcome": (EntryOutcome.APPLIED if up else EntryOutcome.UNDONE).value,
        "seconds": seconds,
        "raw": checksum.raw,
        "token": checksum.token,
        "text": step.text,
        "message": BY,
    }
    try:
        context.session.do("ledger.record_node_pg_migrate", values)
    except (psycopg.Error, Refused) as error:
        # The change is committed and recorded in the history: that is what counts.
        context.emit(Noted(f"the ledger could not be written: {str(error).strip()}", warning=True))
