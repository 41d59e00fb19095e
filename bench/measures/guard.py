"""What the guard costs `up`: 1,000 small migrations with it and without it, beside 100 and 20,000 tables."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from bench.cost import Cost, Costs, spend
from bench.measures.apply import MAJOR, migrations
from bench.measures.growth import write
from bench.options import Options
from bench.table import Table, Target, duration, ratio
from rowkeep import programs, scratch
from rowkeep.knowledge.program_locations import CLIENT, SERVER

TITLE = "the guard of up: 1,000 small migrations with it and without it"

LIMIT = 1.15
"""Times the clock of the same run without the guard."""

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
        (f"{1_700_000_000_000 + number}_fill", "UPDATE filled SET note = 'x' WHERE note IS NULL;")
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
    for number in range(runs):
        options.say(f"{what}, round {number + 1} of {runs}")
        for variant, found in costs.items():
            found.append(_up(server, texts, "" if variant == "with" else OFF))
    guarded, plain = Costs(tuple(costs["with"])), Costs(tuple(costs["without"]))
    rows = [
        ("without", duration(plain.wall), duration(plain.cpu), ""),
        ("with", duration(guarded.wall), duration(guarded.cpu), ratio(guarded.wall, plain.wall)),
    ]
    target = Target(f"guard, {what}", guarded.wall / plain.wall, LIMIT, "x without")
    return Table(
        f"{len(texts):,} migrations, {what}, PostgreSQL {MAJOR}, no-fsync ({runs} runs each)",
        ("guard", "clock", "cpu of rowkeep", "ratio"),
        rows,
        targets=(target,),
        raw=dict(costs),
    )


def _up(server: scratch.Server, texts: list[tuple[str, str]], change: str) -> Cost:
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS guarded")
        connection.execute("CREATE DATABASE guarded TEMPLATE guard_template")
    with tempfile.TemporaryDirectory(prefix="rowkeep-guard-") as name:
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
        return spend(command, environ=environ, directory=home, seconds=SECONDS)
