"""What the application feels while a column is added behind a reader of five seconds, beside the peers."""

from __future__ import annotations

import itertools
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from bench import peers
from bench.cost import Failed, spend
from bench.options import Options
from bench.peers import Peer, Place
from bench.table import Table, Target, duration, milliseconds, ratio
from rowkeep import programs, scratch
from rowkeep.knowledge.program_locations import CLIENT, SERVER

TITLE = "the application's p50, p99 and worst request while a column is added behind a reader of 5 s"

MAJOR = 18
OURS = "rowkeep"
TOOLS = ("psql", OURS, "dbmate", "node_pg_migrate")

ROWS = 100_000
CLIENTS = 2
PAUSE_S = 0.002
"""Between two requests of one client: the machine is not busy, so what is measured is waiting."""

READER_S, QUICK_READER_S = 5.0, 2.0
SECONDS = 120.0
LIMIT_MS = 100.0
"""What we promise of the worst request."""

AUTOVACUUM = {
    "autovacuum": "on",
    "autovacuum_naptime": "1s",
    "autovacuum_vacuum_threshold": "50",
    "autovacuum_vacuum_scale_factor": "0",
    "autovacuum_vacuum_cost_delay": "100ms",
    "autovacuum_vacuum_cost_limit": "5",
}
"""An autovacuum of the table is always at work, slowly."""

MIGRATION = [("1700000000000_add-column", "ALTER TABLE orders ADD COLUMN note text;")]
NUMBERS = itertools.count(1)


@dataclass(slots=True)
class Felt:
    """Every request of the application, in seconds, and how long the tool took, run by run."""

    requests: list[float] = field(default_factory=list)
    worst: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)


def measure(options: Options) -> Iterator[Table]:
    """One table without and one with an autovacuum at work."""
    tools = [peers.peer(name) for name in TOOLS if name == OURS or options.wants(name)]
    for tool in tools:
        tool.install(options.cache)
    runs = options.runs or (1 if options.quick else 3)
    reader = QUICK_READER_S if options.quick else READER_S
    for title, settings in (("autovacuum off", {}), ("an autovacuum at work", AUTOVACUUM)):
        with scratch.start_server(programs.obtain_programs(MAJOR, (*CLIENT, *SERVER)), settings=settings) as server:
            felt: dict[str, Felt] = {"nobody": Felt(), **{tool.name: Felt() for tool in tools}}
            for number in range(runs):
                options.say(f"{title}, round {number + 1} of {runs}")
                _once(server, None, felt["nobody"], reader, bool(settings))
                for tool in tools:
                    _once(server, tool, felt[tool.name], reader, bool(settings))
        yield _table(title, runs, reader, felt)


def _once(server: scratch.Server, tool: Peer | None, felt: Felt, reader: float, vacuum: bool) -> None:
    """One tool on a fresh database, while the application works and somebody reads the table for long."""
    database = f"stall_{next(NUMBERS)}"
    with psycopg.connect(server.conninfo(), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(database)))
        try:
            _fill(server.conninfo(database), vacuum)
            conninfo = server.conninfo(database)
            with (
                tempfile.TemporaryDirectory(prefix="rowkeep-bench-") as name,
                _application(conninfo) as requests,
                _reader(conninfo, reader),
            ):
                time.sleep(0.5)
                if tool is None:
                    time.sleep(reader)
                else:
                    felt.took.append(_run(server, tool, Path(name), database))
                time.sleep(0.5)
            if tool is not None:
                _applied(server.conninfo(database), tool)
            if len(requests) < 100:
                raise Failed(f"the application made {len(requests)} requests only")
            felt.requests += requests
            felt.worst.append(max(requests))
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))


def _fill(conninfo: str, vacuum: bool) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("CREATE TABLE orders (id int PRIMARY KEY, amount int NOT NULL, filler text)")
        connection.execute(
            "INSERT INTO orders SELECT n, n, repeat('x', 100) FROM generate_series(1, %s) AS n", (ROWS,)
        )
        if not vacuum:
            connection.execute("VACUUM ANALYZE orders")
            return
        connection.execute("DELETE FROM orders WHERE id %% 10 = 0", ())
        until = time.monotonic() + 30
        query = "SELECT count(*) FROM pg_stat_progress_vacuum WHERE relid = 'orders'::regclass"
        while connection.execute(query).fetchone() == (0,):
            if time.monotonic() > until:
                raise Failed("no autovacuum came to the table")
            time.sleep(0.1)


@contextmanager
def _application(conninfo: str) -> Iterator[list[float]]:
    """Clients that read and change single rows, one after another; how long each request took."""
    requests: list[float] = []
    over = threading.Event()

    def work(client: int) -> None:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            for number in itertools.count(client):
                if over.wait(PAUSE_S):
                    return
                row = number * 7919 % ROWS + 1
                began = time.perf_counter()
                if number % 5:
                    connection.execute("SELECT amount FROM orders WHERE id = %s", (row,))
                else:
                    connection.execute("UPDATE orders SET amount = amount + 1 WHERE id = %s", (row,))
                requests.append(time.perf_counter() - began)

    clients = [threading.Thread(target=work, args=(number,)) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        yield requests
    finally:
        over.set()
        for client in clients:
            client.join()


@contextmanager
def _reader(conninfo: str, seconds: float) -> Iterator[None]:
    """A report that reads the table in a transaction of `seconds`."""
    with psycopg.connect(conninfo, application_name="report") as connection:
        connection.execute("SELECT count(*) FROM orders")
        timer = threading.Timer(seconds, connection.rollback)
        timer.start()
        try:
            yield
        finally:
            timer.join()


def _run(server: scratch.Server, tool: Peer, directory: Path, database: str) -> float:
    tool.write(directory, MIGRATION)
    typed = tool.typed(directory, Place(server.socket, "postgres", database, server.programs.path("psql")))
    environ = {"PATH": os.environ["PATH"], "HOME": str(directory), "LANG": "C.UTF-8", **typed.environ}
    return spend(typed.arguments, environ=environ, directory=directory, seconds=SECONDS).wall


def _applied(conninfo: str, tool: Peer) -> None:
    with psycopg.connect(conninfo) as connection:
        query = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attname = 'note'"
        if connection.execute(query).fetchone() != (1,):
            raise Failed(f"{tool.name} did not add the column")


def _table(title: str, runs: int, reader: float, felt: dict[str, Felt]) -> Table:
    worst = {name: statistics.median(each.worst) for name, each in felt.items()}
    rows = []
    for name, each in felt.items():
        cuts = statistics.quantiles(each.requests, n=100)
        slow = sum(1 for request in each.requests if request > LIMIT_MS / 1000)
        rows.append(
            (
                name,
                milliseconds(cuts[49]),
                milliseconds(cuts[98]),
                milliseconds(worst[name]),
                milliseconds(max(each.worst)),
                ratio(worst[name], worst[OURS]),
                f"{slow:,} of {len(each.requests):,}",
                duration(statistics.median(each.took)) if each.took else "",
            )
        )
    return Table(
        f"ADD COLUMN behind a reader of {reader:.0f} s, PostgreSQL {MAJOR}, {title} ({runs} runs each, in turns)",
        ("", "p50", "p99", "worst (median)", "worst of all", "ratio", "over 100 ms", "took"),
        rows,
        notes=(
            f"{CLIENTS} clients, reads and single-row updates; nobody: no migration at all, the noise of the machine",
        ),
        targets=(Target(f"worst request, {title} (median of the runs)", worst[OURS] * 1000, LIMIT_MS, "ms"),),
        raw={name: {"worst": each.worst, "took": each.took} for name, each in felt.items()},
    )
