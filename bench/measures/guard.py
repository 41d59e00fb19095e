"""What the guard costs `up`: 1,000 small migrations with it and without it, beside 100 and 20,000 tables.

The processor time of Rowkeep and of the server counts: the clock of a busy machine shows more than the guard.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from bench.cost import Cost, Costs, ended_children_cpu, spend
from bench.measures.apply import MAJOR, migrations
from bench.measures.growth import write
from bench.options import Options
from bench.table import Table, Target, duration, ratio
from rowkeep import programs, scratch
from rowkeep.knowledge.program_locations import CLIENT, SERVER

TITLE = "the guard of up: 1,000 small migrations with it and without it"

LIMIT = 1.15
"""Times the processor time, of Rowkeep and the server, of the same run without the guard."""

SECONDS = 600.0

WITHOUT = """
import sys
from rowkeep.domain.deploy.guard import GuardPolicy
from rowkeep.workflows import migrate
{change}
from rowkeep.__main__ import main
sys.argv = ["rowkeep", "up"]
main()
"""
"""`up` as a program. Nothing but this measure can switch the guard off."""
OFF = "migrate.GuardPolicy = lambda mode, accepted: GuardPolicy()"

KINDS = {
    "as make bench applies": lambda count: migrations(count),
    "an UPDATE each": lambda count: [
        (f"{1_700_000_000_000 + number}_fill", f"UPDATE filled SET note = concat(note, '{number % 10}') WHERE id < 5;")
        for number in range(count)
    ],
}


def measure(options: Options) -> Iterator[Table]:
    """A table for each kind of migration."""
    count = 100 if options.quick else 1_000
    sizes = (100, 2_000) if options.quick else (100, 20_000)
    runs = options.runs or 3
    with scratch.start_server(programs.obtain_programs(MAJOR, (*CLIENT, *SERVER))) as server:
        for size in sizes:
            options.say(f"{size:,} tables")
            _fill_template(server, size)
            for kind, make in KINDS.items():
                yield _compare(server, f"{kind}, beside {size:,} tables", make(count), runs, options)
            with psycopg.connect(server.conninfo(), autocommit=True) as connection:
                connection.execute("DROP DATABASE guard_template")


def _fill_template(server: scratch.Server, size: int) -> None:
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE guard_template TEMPLATE template0")
    with psycopg.connect(server.conninfo("guard_template"), autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE filled AS SELECT n AS id, NULL::text AS note FROM generate_series(1, 10) AS n"
        )
        for number in range(size):
            connection.execute(sql.SQL("CREATE TABLE {} (id int, name text)").format(sql.Identifier(f"x_{number}")))


def _compare(server: scratch.Server, what: str, texts: list[tuple[str, str]], runs: int, options: Options) -> Table:
    costs: dict[str, list[Cost]] = {"with": [], "without": []}
    served: dict[str, list[float]] = {"with": [], "without": []}
    for number in range(runs):
        options.say(f"{what}, round {number + 1} of {runs}")
        for variant in sorted(costs, reverse=bool(number % 2)):
            cost, seconds = _up(server, texts, "" if variant == "with" else OFF)
            costs[variant].append(cost)
            served[variant].append(seconds)
    both = {
        variant: min(cost.cpu + seconds for cost, seconds in zip(costs[variant], served[variant], strict=True))
        for variant in costs
    }
    times = both["with"] / both["without"]
    rows = [
        (
            variant,
            duration(Costs(tuple(costs[variant])).cpu),
            duration(min(served[variant])),
            duration(both[variant]),
            ratio(both[variant], both["without"]),
            duration(Costs(tuple(costs[variant])).wall),
        )
        for variant in ("without", "with")
    ]
    return Table(
        f"{len(texts):,} migrations, {what}, PostgreSQL {MAJOR}, no-fsync ({runs} runs each)",
        ("guard", "cpu of rowkeep", "cpu of the server", "both", "ratio", "clock"),
        rows,
        targets=(Target(f"guard, {what}", times, LIMIT, "x the processor time without"),),
        raw={"costs": costs, "server": served},
    )


def _up(server: scratch.Server, texts: list[tuple[str, str]], change: str) -> tuple[Cost, float]:
    """What the run cost, and the processor seconds of its sessions on the server."""
    with (
        psycopg.connect(server.conninfo(), autocommit=True) as connection,
        tempfile.TemporaryDirectory(prefix="rowkeep-guard-") as name,
    ):
        connection.execute("CREATE DATABASE guarded TEMPLATE guard_template")
        home = Path(name)
        write(home, texts)
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": name,
            "LANG": "C.UTF-8",
            "DATABASE_URL": server.conninfo("guarded"),
            # The guard warns here, which costs the same; no lint and no backup is measured.
            "ROWKEEP_DEVELOPMENT_DATABASE": "guarded",
        }
        command = (sys.executable, "-c", WITHOUT.format(change=change))
        file = connection.execute("SELECT pg_catalog.pg_read_file('postmaster.pid')").fetchone()
        postmaster = int(file[0].split()[0]) if file else 0
        before = ended_children_cpu(postmaster)
        cost = spend(command, environ=environ, directory=home, seconds=SECONDS)
        # It waits for the sessions of the run; this session has not ended, so what it does is not counted.
        connection.execute("DROP DATABASE guarded")
        return cost, ended_children_cpu(postmaster) - before
