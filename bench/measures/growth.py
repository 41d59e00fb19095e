"""How the cost of `up` grows with the migrations that are applied, and with the tables that are there."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import psycopg.conninfo
from psycopg import sql

from bench.cost import Cost, Costs, own_memory, spend
from bench.measures.apply import MAJOR, migrations
from bench.options import Options
from bench.table import Table, Target, duration, ratio
from rowkeep import programs, scratch
from rowkeep.knowledge.program_locations import CLIENT, SERVER

TITLE = "up over 10 to 10,000 applied migrations, and beside 100 and 20,000 tables"

SECONDS = 600.0
NOOP_LIMIT, MEMORY_LIMIT = 3.0, 300.0
"""Over 10,000 migrations: seconds of processor time when there is nothing to do, and MiB."""

LINEAR_LIMIT = 1.2
"""Times the processor time of an applied migration between 100 and 1,000, for one between 1,000 and 10,000."""

CATALOG_LIMIT = 1.5
"""Times the cost beside 100 tables, when there are 20,000."""


Beside = tuple[int, Costs, Costs]
"""A number of tables, and the cost of nothing to do and of one more."""


def measure(options: Options) -> Iterator[Table]:
    """Two tables: by history, and by catalog."""
    counts = (10, 100, 1_000) if options.quick else (10, 100, 1_000, 10_000)
    runs = options.runs or 3
    with scratch.start_server(programs.obtain_programs(MAJOR, (*CLIENT, *SERVER))) as server:
        found = [(count, *_over(server, count, runs, options)) for count in counts]
        yield _by_history(found, runs)
        sizes = (100, 2_000) if options.quick else (100, 20_000)
        yield _by_catalog(_beside(server, sizes, 2 * runs, options), 2 * runs)


def _over(server: scratch.Server, count: int, runs: int, options: Options) -> tuple[Cost, Costs, Costs]:
    """The cost of all, of nothing to do, and of one more, over `count` applied migrations."""
    options.say(f"{count:,} migrations")
    with tempfile.TemporaryDirectory(prefix="rowkeep-growth-") as name:
        home = Path(name)
        conninfo = _database(server, f"over_{count}")
        write(home, migrations(count))
        first = _up(home, conninfo)
        noop, more = [], []
        for number in range(runs):
            noop.append(_up(home, conninfo))
            write(home, [(f"{1_800_000_000_000 + number}_more", f"CREATE TABLE more_{number} (id int);")])
            more.append(_up(home, conninfo))
        return first, Costs(tuple(noop)), Costs(tuple(more))


def _beside(server: scratch.Server, sizes: tuple[int, ...], runs: int, options: Options) -> list[Beside]:
    """The cost of nothing to do and of one more, over ten migrations, in catalogs of so many tables, in turns."""
    with tempfile.TemporaryDirectory(prefix="rowkeep-growth-") as name:
        places = {size: (Path(name) / str(size), _catalog(server, size, options)) for size in sizes}
        for home, conninfo in places.values():
            write(home, migrations(10))
            _up(home, conninfo)
        noop: dict[int, list[Cost]] = {size: [] for size in sizes}
        more: dict[int, list[Cost]] = {size: [] for size in sizes}
        for number in range(runs):
            options.say(f"beside tables, round {number + 1} of {runs}")
            for size, (home, conninfo) in places.items():
                noop[size].append(_up(home, conninfo))
                write(home, [(f"{1_800_000_000_000 + number}_more", f"ALTER TABLE x_{number} ADD COLUMN more int;")])
                more[size].append(_up(home, conninfo))
    return [(size, Costs(tuple(noop[size])), Costs(tuple(more[size]))) for size in sizes]


def _catalog(server: scratch.Server, size: int, options: Options) -> str:
    options.say(f"{size:,} tables")
    conninfo = _database(server, f"beside_{size}")
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for number in range(size):
            connection.execute(sql.SQL("CREATE TABLE {} (id int, name text)").format(sql.Identifier(f"x_{number}")))
    return conninfo


def write(home: Path, found: list[tuple[str, str]]) -> None:
    """Migrations as node-pg-migrate has them."""
    place = home / "migrations"
    place.mkdir(parents=True, exist_ok=True)
    for name, text in found:
        (place / f"{name}.sql").write_text(f"-- Up Migration\n{text}\n-- Down Migration\n", encoding="utf-8")


def _up(home: Path, conninfo: str) -> Cost:
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "DATABASE_URL": conninfo}
    program = str(Path(sys.prefix) / "bin" / "rowkeep")
    # The name, once: the tables were there before the first run, and the database counts as production.
    name = str(psycopg.conninfo.conninfo_to_dict(conninfo)["dbname"])
    return spend((program, "up", "--confirm", name), environ=environ, directory=home, seconds=SECONDS)


def _database(server: scratch.Server, name: str) -> str:
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    return server.conninfo(name)


def _by_history(found: list[tuple[int, Cost, Costs, Costs]], runs: int) -> Table:
    rows = [
        (
            f"{count:,}",
            duration(first.wall),
            f"{first.wall / count * 1000:.2f} ms",
            duration(noop.cpu),
            duration(more.cpu),
            f"{first.memory:.0f} MiB",
            f"{max(noop.memory, more.memory):.0f} MiB",
        )
        for count, first, noop, more in found
    ]
    count, _, noop, more = found[-1]
    targets = (
        (
            Target("an applied migration, of 10,000", _growth(found), LINEAR_LIMIT, "x one of 1,000"),
            Target(f"nothing to do over {count:,}", noop.cpu, NOOP_LIMIT, "s of processor"),
            Target(f"memory over {count:,}", max(noop.memory, more.memory), MEMORY_LIMIT, "MiB"),
        )
        if count == 10_000
        else ()
    )
    return Table(
        f"up over applied migrations, PostgreSQL {MAJOR}, no-fsync ({runs} runs each)",
        ("applied", "all at once", "each", "no-op cpu", "one more cpu", "memory of all", "memory after"),
        rows,
        notes=(f"memory: {own_memory()}",),
        targets=targets,
        raw={f"{count}": {"first": first, "noop": noop.each, "more": more.each} for count, first, noop, more in found},
    )


def _growth(found: list[tuple[int, Cost, Costs, Costs]]) -> float:
    """How much more an applied migration costs a run that finds nothing to do: the last step beside the one before."""
    costs = {count: noop.cpu for count, _, noop, _ in found}
    (first, second, third) = sorted(costs)[-3:]
    earlier = (costs[second] - costs[first]) / (second - first)
    return (costs[third] - costs[second]) / (third - second) / earlier


def _by_catalog(found: list[Beside], runs: int) -> Table:
    _, least_noop, least_more = found[0]
    rows = [
        (
            f"{size:,}",
            duration(noop.wall),
            ratio(noop.wall, least_noop.wall),
            duration(more.wall),
            ratio(more.wall, least_more.wall),
        )
        for size, noop, more in found
    ]
    size, noop, more = found[-1]
    targets = (
        Target(f"no-op beside {size:,} tables", noop.wall / least_noop.wall, CATALOG_LIMIT, "x that beside 100"),
        Target(f"one more beside {size:,} tables", more.wall / least_more.wall, CATALOG_LIMIT, "x that beside 100"),
    )
    return Table(
        f"up beside tables of others, ten applied, PostgreSQL {MAJOR}, no-fsync ({runs} runs each)",
        ("tables", "no-op", "ratio", "one more", "ratio"),
        rows,
        targets=targets,
        raw={f"{size}": {"noop": noop.each, "more": more.each} for size, noop, more in found},
    )
