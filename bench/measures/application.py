"""What the check of the application's statements costs: 1,000 of them, read, prepared before and after."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import psycopg

from bench.options import Options
from bench.table import Table, Target, duration
from rowkeep import programs, scratch
from rowkeep.database.catalog.prepare_statements import StatementPreparer
from rowkeep.database.connection.session import Session, connect
from rowkeep.domain.deploy.application import ApplicationStatement
from rowkeep.knowledge.program_locations import CLIENT, SERVER
from rowkeep.parse.application_sql import read_application_statement

TITLE = "the application's statements: 1,000 of them, prepared and planned before and after"

MAJOR = 18
STATEMENTS = 1_000
TABLES = 40
LIMIT_S = 2.0

FORMS = (
    "SELECT id, name, email FROM t{table} WHERE id = $1 AND total > {number}",
    "INSERT INTO t{table} (id, name, email, total) VALUES ($1, $2, $3, {number})",
    "UPDATE t{table} SET name = $1, total = total + {number} WHERE id = $2",
    (
        "SELECT a.id, b.name, count(*) FROM t{table} a JOIN t{other} b ON b.id = a.parent WHERE a.at > $1 "
        "AND b.total < {number} GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 10"
    ),
    "DELETE FROM t{table} WHERE id = $1 AND total < {number}",
)


def measure(options: Options) -> Iterator[Table]:
    """One table: the processor time of Rowkeep and of the server's process."""
    runs = options.runs or 5
    statements = [
        ApplicationStatement(
            FORMS[number % len(FORMS)].format(
                table=number % TABLES, other=(number + 1) % TABLES, number=number // TABLES
            )
        )
        for number in range(STATEMENTS)
    ]
    with scratch.start_server(programs.obtain_programs(MAJOR, (*CLIENT, *SERVER))) as server:
        with psycopg.connect(server.conninfo(), autocommit=True) as connection:
            for number in range(TABLES):
                connection.execute(
                    f"CREATE TABLE t{number} (id int PRIMARY KEY, name text, email text, total numeric, "  # type: ignore[arg-type]
                    "at timestamptz DEFAULT now(), parent int)"
                )
        costs = []
        for number in range(runs):
            options.say(f"round {number + 1} of {runs}")
            with connect(server.conninfo()) as session:
                costs.append(_check(session, statements))
    read, own, servers = min(costs, key=sum)
    total = read + own + servers
    rows = [
        ("read the statements", duration(read)),
        ("prepare and plan, twice: Rowkeep", duration(own)),
        ("prepare and plan, twice: the server", duration(servers)),
        ("together", duration(total)),
    ]
    yield Table(
        f"{STATEMENTS:,} statements on {TABLES} tables, PostgreSQL {MAJOR} (least of {runs} runs)",
        ("what", "cpu"),
        rows,
        targets=(Target(f"{STATEMENTS:,} statements checked", total, LIMIT_S, "s cpu"),),
    )


def _check(session: Session, statements: list[ApplicationStatement]) -> tuple[float, float, float]:
    """Seconds of processor: to read, to prepare, and of the server."""
    began = _own_seconds()
    queries = [query for one in statements if (query := read_application_statement(one)) is not None]
    read = _own_seconds() - began
    pid = session.connection.info.backend_pid
    own, servers = _own_seconds(), _process_seconds(pid)
    for _ in ("before", "after"):
        results = StatementPreparer(session, user=None).prepare(queries)
        assert sum(result.error is None for result in results.values()) == STATEMENTS, "a statement was refused"
    return read, _own_seconds() - own, _process_seconds(pid) - servers


def _own_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _process_seconds(pid: int) -> float:
    """Of a process on this machine, in hundredths (proc(5): fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100
