"""How long `up` takes over many small migrations, and how long when there is nothing to do, beside the peers."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from bench import peers
from bench.cost import Cost, Costs, Failed, own_memory, spend
from bench.options import Options
from bench.peers import Peer, Place
from bench.table import Table, Target, duration, ratio
from rowkeep import programs, scratch
from rowkeep.knowledge.program_locations import CLIENT, SERVER

TITLE = "up of 1, 100 and 1,000 small migrations, and the run that finds nothing to do"

MAJOR = 18

SECONDS = 600.0
"""What one run of one tool may take."""

SERVERS = {
    "durable": {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "wal_level": "replica",
        "autovacuum": "on",
    },
    "no-fsync": {},
}
"""As production is; and a server that waits for no disk, where what a tool costs by itself shows most."""

FLOOR, OURS = "psql", "rowkeep"

UP_LIMITS = {100: 2.0, 1000: 1.3}
"""Times the floor, by number of migrations."""

ONE_LIMIT, NOOP_LIMIT = 0.25, 0.3
"""Seconds of our own processor time: for one migration, and when there is nothing to do over 1,000."""

NUMBERS = itertools.count(1)


@dataclass(slots=True)
class Found:
    """What one tool cost, run by run."""

    up: list[Cost] = field(default_factory=list)
    noop: list[Cost] = field(default_factory=list)


def migrations(count: int) -> list[tuple[str, str]]:
    """Names and SQL: a table, a column, a view, a few rows, and again."""
    kinds = (
        "CREATE TABLE IF NOT EXISTS t_{0} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);",
        "ALTER TABLE t_{0} ADD COLUMN IF NOT EXISTS note text;",
        "CREATE OR REPLACE VIEW v_{0} AS SELECT id, name FROM t_{0};",
        "INSERT INTO t_{0} (name) SELECT 'row ' || n FROM generate_series(1, 10) AS n;",
    )
    return [
        (f"{1_700_000_000_000 + number * 1000}_step-{number}", kinds[number % 4].format(number - number % 4))
        for number in range(count)
    ]


def measure(options: Options) -> Iterator[Table]:
    """A table for each server and number of migrations."""
    tools = [
        peers.peer(name) for name in (FLOOR, OURS, *peers.names()) if name in (FLOOR, OURS) or options.wants(name)
    ]
    for tool in list(tools):
        try:
            tool.install(options.cache)
            options.say(f"{tool.name}: {tool.remark}")
        except Failed as failure:
            if options.peers is not None:
                raise
            options.say(f"{tool.name} is NOT measured: {failure}")
            tools.remove(tool)
    counts = (1, 100) if options.quick else (1, 100, 1000)
    for title, settings in SERVERS.items():
        if options.quick and title != "durable":
            continue
        for count in counts:
            runs = options.runs or (3 if count == 1000 or options.quick else 5)
            with _server(settings) as server:
                found = _turns(server, tools, count, runs, options)
            yield _table(title, count, runs, found, tools)


@contextmanager
def _server(settings: dict[str, str]) -> Iterator[scratch.Server]:
    with scratch.start_server(programs.obtain_programs(MAJOR, (*CLIENT, *SERVER)), settings=settings) as server:
        yield server


def _turns(server: scratch.Server, tools: list[Peer], count: int, runs: int, options: Options) -> dict[str, Found]:
    """Every tool once, then every tool again; who begins changes from round to round."""
    found = {tool.name: Found() for tool in tools}
    with tempfile.TemporaryDirectory(prefix="rowkeep-bench-") as name:
        for tool in tools:
            directory = Path(name) / tool.name
            directory.mkdir()
            tool.write(directory, migrations(count))
        for number in range(runs):
            options.say(f"{count} migrations, round {number + 1} of {runs}")
            first = number % len(tools)
            for tool in tools[first:] + tools[:first]:
                _once(server, tool, Path(name) / tool.name, count, found[tool.name])
    return found


def _once(server: scratch.Server, tool: Peer, directory: Path, count: int, found: Found) -> None:
    """One tool on a fresh database: everything, and then nothing to do.

    The database stays until the server ends. After a DROP DATABASE, ext4 without a journal passes over the deleted
    inodes for minutes whenever a file is created: whoever came first on a new server looked three times as fast.
    """
    database = f"bench_{next(NUMBERS)}"
    place = Place(server.socket, "postgres", database, server.programs.path("psql"))
    typed = tool.typed(directory, place)
    environ = {"PATH": os.environ["PATH"], "HOME": str(directory), "LANG": "C.UTF-8", **typed.environ}
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(database)))
        connection.execute("CHECKPOINT")
    found.up.append(spend(typed.arguments, environ=environ, directory=directory, seconds=SECONDS))
    _applied(server.conninfo(database), tool, count)
    if tool.name != FLOOR:
        found.noop.append(spend(typed.arguments, environ=environ, directory=directory, seconds=SECONDS))
        _applied(server.conninfo(database), tool, count)


def _applied(conninfo: str, tool: Peer, count: int) -> None:
    """A tool that was fast because it did nothing, or did it twice, is not fast."""
    rows = sum(1 for number in range(count) if number % 4 == 3) * 10
    with psycopg.connect(conninfo) as connection:
        views = connection.execute(r"SELECT count(*) FROM pg_views WHERE viewname LIKE 'v\_%'").fetchone()
        names = connection.execute(r"SELECT tablename FROM pg_tables WHERE tablename LIKE 't\_%'").fetchall()
        counts = sql.SQL(" + ").join(
            sql.SQL("(SELECT count(*) FROM {})").format(sql.Identifier(name)) for (name,) in names
        )
        held = connection.execute(sql.SQL("SELECT {}").format(counts)).fetchone() if names else (0,)
    if views != (sum(1 for number in range(count) if number % 4 == 2),) or held != (rows,):
        raise Failed(f"{tool.name} did not apply {count} migrations once: {views} views, {held} rows")


def _table(title: str, count: int, runs: int, found: dict[str, Found], tools: list[Peer]) -> Table:
    up = {name: Costs(tuple(each.up)) for name, each in found.items()}
    noop = {name: Costs(tuple(each.noop)) for name, each in found.items() if each.noop}
    floor = up[FLOOR]
    rows = []
    for name, cost in sorted(up.items(), key=lambda pair: pair[1].wall):
        nothing = (duration(noop[name].wall), duration(noop[name].cpu)) if name in noop else ("", "")
        rows.append(
            (
                name,
                duration(cost.wall),
                ratio(cost.wall, floor.wall),
                duration(cost.wall_median),
                duration(cost.cpu),
                f"{cost.memory:.0f} MiB",
                *nothing,
            )
        )
    return Table(
        f"{count:,} small migrations, PostgreSQL {MAJOR}, {title} ({runs} runs each, in turns, a fresh database each)",
        ("", "up min", "ratio", "median", "cpu", "memory", "no-op min", "no-op cpu"),
        rows,
        notes=(*(f"{tool.name}: {tool.remark}" for tool in tools), f"memory: {own_memory()}"),
        targets=_targets(title, count, up, noop),
        raw={name: {"up": each.up, "noop": each.noop} for name, each in found.items()},
    )


def _targets(title: str, count: int, up: dict[str, Costs], noop: dict[str, Costs]) -> tuple[Target, ...]:
    targets = []
    if count in UP_LIMITS:
        times = up[OURS].wall / up[FLOOR].wall
        targets.append(Target(f"up of {count:,} ({title})", times, UP_LIMITS[count], "x the floor"))
    if count == 1:
        targets.append(Target(f"up of one ({title})", up[OURS].cpu, ONE_LIMIT, "s of processor"))
    if count == 1000:
        targets.append(Target("nothing to do over 1,000", noop[OURS].cpu, NOOP_LIMIT, "s of processor"))
        rivals = [cost.wall for name, cost in up.items() if name not in (FLOOR, OURS)]
        if rivals:
            times = up[OURS].wall / min(rivals)
            targets.append(Target(f"up of {count:,} ({title})", times, 1.0, "x the fastest peer"))
    return tuple(targets)
