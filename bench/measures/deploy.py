"""How long `deploy` takes beside a raw dump, a raw restore and the migration; and the peak memory of what it does."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import psycopg
from psycopg import sql

from bench.cost import Cost, Costs, Failed, spend
from bench.measures.apply import MAJOR, SERVERS
from bench.options import Options
from bench.table import Table, Target, duration, ratio
from rowkeep import programs, scratch
from rowkeep.knowledge.program_locations import CLIENT, SERVER

TITLE = "deploy of one migration beside a raw dump, a raw restore and the migration"

TIMES, MORE = 1.3, 2.0
"""A deploy may take this many times what the raw parts take, and these seconds more."""

DEMO_LIMIT = 6.0
"""Seconds on the clock that a deploy of the demo's database may take."""

MEMORY_LIMIT = 16.0
"""MiB that the peak may be higher with the large database: buffers, lists of tables, no rows."""

SECONDS = 1800.0

CONFIGURATION = 'migrations_dir = "migrations"\nbackups_dir = "backups"\n'

LARGE_EVENTS = 6_000_000

LARGE = """
CREATE TABLE public.accounts AS
  SELECT i::bigint AS id, 'account ' || i AS name, 'account' || i || '@example.com' AS email
  FROM generate_series(1, 200000) AS i;
CREATE TABLE public.events AS
  SELECT i AS id, 1 + i * 7919 % 200000 AS account_id, 'kind ' || i % 12 AS kind,
         md5(i::text) || ' ' || md5((i * 31)::text) || ' ' || i AS payload,
         timestamptz '2026-01-01' + i * interval '1 second' AS created
  FROM generate_series(1::bigint, {events}) AS i;
ALTER TABLE public.accounts ADD PRIMARY KEY (id), ADD UNIQUE (email);
ALTER TABLE public.events ADD PRIMARY KEY (id);
ALTER TABLE public.events ADD FOREIGN KEY (account_id) REFERENCES public.accounts (id);
CREATE INDEX events_account_id_idx ON public.events (account_id);
"""
"""With LARGE_EVENTS about 1 GB on disk, indexes included."""


@dataclass(frozen=True, slots=True)
class Size:
    """A database: its name, and the migration that is deployed. events: rows of its largest table; 0: the demo's."""

    name: str
    title: str
    migration: str
    events: int = 0


SIZES = (
    Size("demo", "the demo's database", "ALTER TABLE users ADD COLUMN IF NOT EXISTS points integer;"),
    Size("large", "1 GB", "ALTER TABLE events ADD COLUMN IF NOT EXISTS points integer;", LARGE_EVENTS),
)


@dataclass(slots=True)
class Measured:
    """What the parts cost, run by run; memory: peaks of our own process by command, in MiB."""

    dump: list[Cost] = field(default_factory=list)
    restore: list[Cost] = field(default_factory=list)
    migrate: list[Cost] = field(default_factory=list)
    deploy: list[Cost] = field(default_factory=list)
    memory: dict[str, float] = field(default_factory=dict)
    bytes: int = 0

    @property
    def floor(self) -> float:
        """Seconds on the clock of dump, restore and migration, the least of each."""
        return sum(Costs(tuple(costs)).wall for costs in (self.dump, self.restore, self.migrate))


def measure(options: Options) -> Iterator[Table]:
    """A table of times, and one of memory unless --quick leaves the large database out."""
    sizes = SIZES[:1] if options.quick else SIZES
    tools = programs.obtain_programs(MAJOR, (*CLIENT, *SERVER))
    found: dict[str, Measured] = {}
    with (
        scratch.start_server(tools, settings=SERVERS["durable"]) as production,
        tempfile.TemporaryDirectory(prefix="rowkeep-bench-") as name,
    ):
        for size in sizes:
            options.say(f"deploy: filling {size.title}")
            found[size.name] = Measured(bytes=fill_database(production, size, Path(name)))
            for number in range(options.runs or (2 if options.quick or size.events else 3)):
                options.say(f"deploy: {size.title}, run {number + 1}")
                measure_raw(production, size, Path(name), found[size.name])
                _deploy(production, size, Path(name), found[size.name])
            _backup_and_restore(production, size, Path(name), found[size.name])
    yield _times(found, sizes)
    yield _memory(found, sizes)


def fill_database(production: scratch.Server, size: Size, directory: Path) -> int:
    """Create the database `<name>_original`, of which every run gets a copy, and the project. Returns its bytes."""
    original = f"{size.name}_original"
    project = directory / size.name
    (project / "migrations").mkdir(parents=True)
    (project / "rowkeep.toml").write_text(CONFIGURATION, encoding="utf-8")
    shop = resources.files("rowkeep.demo") / "shop"
    with psycopg.connect(production.conninfo(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(original)))
    with psycopg.connect(production.conninfo(original), autocommit=True) as connection:
        connection.execute("SET search_path = public")
        if size.events:
            connection.execute(LARGE.format(events=size.events).encode())
        else:
            first = min(entry.name for entry in (shop / "migrations").iterdir() if entry.name.endswith(".sql"))
            up = (shop / "migrations" / first).read_text(encoding="utf-8").partition("-- Down Migration")[0]
            connection.execute(up.encode())
            connection.execute((shop / "rows.sql").read_bytes())
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    text = f"-- Up Migration\n{size.migration}\n\n-- Down Migration\n"
    (project / "migrations" / "1800000000000_points.sql").write_text(text, encoding="utf-8")
    return _bytes(production, size)


def copy_database(production: scratch.Server, size: Size) -> str:
    """A new copy of the original. Returns its connection string."""
    with psycopg.connect(production.conninfo(), autocommit=True) as connection:
        name, original = sql.Identifier(size.name), sql.Identifier(f"{size.name}_original")
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(name, original)
        connection.execute(copy)
        connection.execute("CHECKPOINT")
    return production.conninfo(size.name)


def _bytes(production: scratch.Server, size: Size) -> int:
    with psycopg.connect(production.conninfo(f"{size.name}_original")) as connection:
        row = connection.execute("SELECT pg_catalog.pg_database_size(pg_catalog.current_database())").fetchone()
        return int(row[0]) if row else 0


def measure_raw(production: scratch.Server, size: Size, directory: Path, found: Measured) -> None:
    """pg_dump, pg_restore into a throw-away server that already runs, and the migration by psql."""
    conninfo = copy_database(production, size)
    tools, dump = production.programs, str(directory / "raw.dump")
    environ = program_environ("")
    compress = "zstd:3" if tools.zstd else "6"
    arguments = ["--format=custom", f"--compress={compress}", f"--file={dump}", f"--dbname={conninfo}"]
    found.dump.append(_spend([tools.path("pg_dump"), *arguments], environ, directory))
    with scratch.start_server(tools) as server:
        jobs = max(2, min(4, os.cpu_count() or 2))
        with psycopg.connect(server.conninfo(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(size.name)))
        arguments = [f"--jobs={jobs}", f"--dbname={server.conninfo(size.name)}", dump]
        found.restore.append(_spend([tools.path("pg_restore"), *arguments], environ, directory))
    Path(dump).unlink()
    psql = [tools.path("psql"), "-X", "-1", "-v", "ON_ERROR_STOP=1", "-c", size.migration, conninfo]
    found.migrate.append(_spend(psql, environ, directory))


def _deploy(production: scratch.Server, size: Size, directory: Path, found: Measured) -> None:
    conninfo = copy_database(production, size)
    project = directory / size.name
    cost, peak = _watched(["deploy", "--yes"], program_environ(conninfo), project)
    found.deploy.append(cost)
    found.memory["deploy"] = max(peak, found.memory.get("deploy", 0.0))
    with psycopg.connect(conninfo) as connection:
        row = connection.execute("SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute WHERE attname = 'points'")
        if row.fetchone() != (1,):
            raise Failed(f"deploy did not migrate {size.title}")
    shutil.rmtree(project / "backups")


def _backup_and_restore(production: scratch.Server, size: Size, directory: Path, found: Measured) -> None:
    environ, project = program_environ(copy_database(production, size)), directory / size.name
    found.memory["backup"] = _watched(["backup"], environ, project)[1]
    (dump,) = (project / "backups").glob("*.dump")
    restore = ["restore", dump.stem, "--into", f"{size.name}_restored"]
    found.memory["restore"] = _watched(restore, environ, project)[1]
    shutil.rmtree(project / "backups")
    with psycopg.connect(production.conninfo(), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(f"{size.name}_restored")))


def program_environ(conninfo: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME") if name in os.environ}
    return {**kept, "LANG": "C.UTF-8", **({"DATABASE_URL": conninfo} if conninfo else {})}


def _spend(arguments: Sequence[str], environ: Mapping[str, str], directory: Path) -> Cost:
    return spend(arguments, environ=environ, directory=directory, seconds=SECONDS)


def _watched(words: Sequence[str], environ: Mapping[str, str], project: Path) -> tuple[Cost, float]:
    """Run rowkeep. Returns what it cost, and the peak memory of its own process, without servers and programs, in MiB.

    The kernel keeps the peak (VmHWM) as long as the process lives, so it is read until the end.
    """
    peak = 0.0
    over = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not over.is_set():
            peak = max([peak, *map(_peak, _children())])
            over.wait(0.05)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        program = str(Path(sys.prefix) / "bin" / "rowkeep")
        cost = _spend([program, *words], environ, project)
    finally:
        over.set()
        watcher.join()
    return cost, peak


def _children() -> list[int]:
    """The processes of `rowkeep` that this one has started."""
    try:
        listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()
    except OSError:
        return []
    return [int(pid) for pid in listed if b"rowkeep\0" in _command(int(pid))]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _peak(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0.0
    return max((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), default=0.0)


def _times(found: Mapping[str, Measured], sizes: Sequence[Size]) -> Table:
    rows = []
    targets = []
    for size in sizes:
        measured = found[size.name]
        parts = [Costs(tuple(costs)).wall for costs in (measured.dump, measured.restore, measured.migrate)]
        deploy = Costs(tuple(measured.deploy))
        rows.append(
            (
                f"{size.title} ({measured.bytes / 1e6:,.0f} MB)",
                *map(duration, parts),
                duration(measured.floor),
                duration(deploy.wall),
                ratio(deploy.wall, measured.floor),
                duration(deploy.cpu),
            )
        )
        if size.events:
            limit = TIMES * measured.floor + MORE
            targets.append(Target(f"deploy, {size.title}", deploy.wall, limit, "s on the clock"))
        else:
            targets.append(Target(f"deploy, {size.title}", deploy.wall, DEMO_LIMIT, "s on the clock"))
    notes = (
        "least of all runs, in turns, on the clock; raw: pg_dump and pg_restore with the same compression and jobs,",
        "into a throw-away server that already runs; cpu: of rowkeep, its programs and its throw-away servers",
    )
    headings = ("database", "dump", "restore", "migration", "together", "deploy", "", "deploy, cpu")
    return Table(
        TITLE, headings, rows, notes, tuple(targets), {name: _raw_numbers(one) for name, one in found.items()}
    )


def _memory(found: Mapping[str, Measured], sizes: Sequence[Size]) -> Table:
    commands = ("backup", "restore", "deploy")
    rows = [(size.title, *(f"{found[size.name].memory[command]:.0f} MiB" for command in commands)) for size in sizes]
    targets = []
    if len(sizes) == 2:
        small, large = (found[size.name].memory for size in sizes)
        targets = [
            Target(f"{command}: more memory with 1 GB", large[command] - small[command], MEMORY_LIMIT, "MiB")
            for command in commands
        ]
    title = "Peak memory of backup, restore and deploy, by size"
    notes = ("of the rowkeep process alone, without PostgreSQL's programs and servers",)
    return Table(title, ("database", *commands), rows, notes, tuple(targets))


def _raw_numbers(measured: Measured) -> dict[str, object]:
    return {
        "bytes": measured.bytes,
        "memory": measured.memory,
        **{
            name: [[cost.cpu, cost.wall] for cost in getattr(measured, name)]
            for name in ("dump", "restore", "migrate", "deploy")
        },
    }
