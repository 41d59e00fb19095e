"""A real project's migrations by Rowkeep and by psql: are the two databases the same? Up, down, and up again.

`python -m bench.real_projects DIRECTORY [--from TOOL] [--majors 14,18]`: DIRECTORY is one of a clone, as its tool has
it. --first: SQL that both databases begin with (a table that the project's own tool makes); --leave-out: migrations
that need what a program of the project does. Exit code 0: `pg_dump -s` of both databases is the same, line by line,
at each of the three stations; 1: it is not.
"""

from __future__ import annotations

import argparse
import difflib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from rowkeep import files, programs, scratch
from rowkeep.config.settings import LAYOUTS
from rowkeep.domain.migration import Language, Migration, Section
from rowkeep.files import import_directory
from rowkeep.knowledge.program_locations import CLIENT, SERVER

OURS = (
    "--exclude-schema=rowkeep",
    "--exclude-table=public.pgmigrations",
    "--exclude-table=public.pgmigrations_id_seq",
)
SHOWN = 40
SECONDS = 1800


class Stopped(Exception):
    """A program said no; its words."""


@dataclass(frozen=True, slots=True)
class Way:
    """One of the two ways to migrate a database. up: all; down: the newest, so many; returns how many it undid."""

    name: str
    conninfo: str
    up: Callable[[], None]
    down: Callable[[int], int]


def main() -> int:
    """0 when both ways agree everywhere, else 1."""
    chosen = _arguments()
    directory = files.read_directory(chosen.directory, chosen.layout)
    unknown = set(chosen.leave_out) - {each.name for each in directory.migrations}
    if unknown:
        print(f"no such migration: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    found = [
        each for each in directory.migrations if each.language is Language.SQL and each.name not in chosen.leave_out
    ]
    names = {each.name for each in found}
    copies = [copy for copy in import_directory.convert_directory(directory).copies if copy.origin in names]
    print(f"{chosen.directory}: {len(found)} of {len(directory.migrations)} migrations of {directory.layout}")
    for each in directory.migrations:
        if each.name not in names:
            print(f"  left out on both ways: {each.name} ({each.language.value})")
    same = True
    for major in chosen.majors.split(","):
        tools = programs.obtain_programs(int(major), (*CLIENT, *SERVER))
        with scratch.start_server(tools) as server, tempfile.TemporaryDirectory(prefix="rowkeep-real-") as home:
            ways = [_psql(server, found, Path(home)), _rowkeep(server, copies, Path(home))]
            for way in ways if chosen.first else []:
                with psycopg.connect(way.conninfo, autocommit=True) as connection:
                    connection.execute(chosen.first)
            try:
                same = _compare(server, ways, _undoable(found), major) and same
            except Stopped as stopped:
                print(f"  PostgreSQL {major} STOPPED\n{stopped}")
                same = False
    return 0 if same else 1


def _undoable(migrations: Sequence[Migration]) -> int:
    """How many of the newest can be undone, one after another."""
    for number, migration in enumerate(reversed(migrations)):
        if migration.down is None:
            return number
    return len(migrations)


def _compare(server: scratch.Server, ways: list[Way], undoable: int, major: str) -> bool:
    psql, rowkeep = ways
    first: list[str] = []
    same = True
    for word in ("up", "down", "up again") if undoable else ("up",):
        began = time.perf_counter()
        if word == "down":
            undoable = psql.down(undoable)
        else:
            psql.up()
        between = time.perf_counter()
        if word == "down":
            rowkeep.down(undoable)
        else:
            rowkeep.up()
        seconds = f"psql {between - began:.1f} s, rowkeep {time.perf_counter() - between:.1f} s"
        print(f"  PostgreSQL {major} {word}{f' {undoable}' if word == 'down' else ''}: {seconds}", flush=True)
        dumps = [_dump(server, way.conninfo) for way in ways]
        same = _told(f"PostgreSQL {major} {word}: psql and rowkeep", *dumps) and same
        first = first or dumps[1]
        if word == "up again":
            # What the project's own down parts leave otherwise is the project's matter, and told as such.
            _told(f"PostgreSQL {major}: rowkeep's first and second up", first, dumps[1])
    return same


def _told(what: str, one: list[str], other: list[str]) -> bool:
    if one == other:
        print(f"  {what}: the same, {len(one):,} lines of pg_dump -s")
        return True
    print(f"  {what}: DIFFERENT")
    for line in list(difflib.unified_diff(one, other, lineterm="", n=1))[:SHOWN]:
        print(f"    {line}")
    return False


def _dump(server: scratch.Server, conninfo: str) -> list[str]:
    """The structure as SQL; without comments, and without the random word of \\restrict."""
    said = _run([server.programs.path("pg_dump"), "--schema-only", *OURS, conninfo], Path())
    return [line for line in said.splitlines() if line and not line.startswith(("--", "\\"))]


def _psql(server: scratch.Server, migrations: Sequence[Migration], home: Path) -> Way:
    """Each part by a psql of its own, in a transaction where its tool runs it in one."""
    conninfo = _database(server, "by_psql")
    script = home / "part.sql"
    applied: list[Migration] = []

    def part(section: Section) -> None:
        script.write_text(section.text, encoding="utf-8")
        whole = [] if section.transaction is False else ["--single-transaction"]
        words = ["-X", "-q", "-v", "ON_ERROR_STOP=1", *whole, "-f", str(script), "-d", conninfo]
        try:
            _run([server.programs.path("psql"), *words], home)
        except Stopped as stopped:
            raise Stopped(f"{section.source.path}\n{stopped}") from None

    def up() -> None:
        for migration in migrations[len(applied) :]:
            part(migration.up)
            applied.append(migration)

    def down(count: int) -> int:
        for number in range(count):
            section = applied[-1].down
            assert section is not None  # as many as can be undone
            try:
                part(section)
            except Stopped as stopped:
                # A down part that does not run is no matter of ours: both ways turn back here.
                print(f"  psql undoes {number}; then: {stopped}")
                return number
            applied.pop()
        return count

    return Way("psql", conninfo, up, down)


def _rowkeep(server: scratch.Server, copies: Sequence[import_directory.ImportedFile], home: Path) -> Way:
    """What `rowkeep import` writes, by `rowkeep up` and `rowkeep down` as they are typed."""
    conninfo = _database(server, "by_rowkeep")
    import_directory.write_imported(str(home / "migrations"), copies)

    def typed(*words: str) -> None:
        command = [str(Path(sys.prefix) / "bin" / "rowkeep"), *words]
        _run(command, home, {"DATABASE_URL": conninfo})

    def up() -> None:
        typed("up")
        typed("environment", "mark", "development", "--confirm", "by_rowkeep")

    def down(count: int) -> int:
        typed("down", str(count))
        return count

    return Way("rowkeep", conninfo, up, down)


def _database(server: scratch.Server, name: str) -> str:
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    return server.conninfo(name)


def _run(command: list[str], directory: Path, environ: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, cwd=directory, env={**os.environ, **(environ or {})}, capture_output=True, text=True, timeout=SECONDS
    )
    if done.returncode:
        raise Stopped(f"{' '.join(command[:3])} … ended with {done.returncode}\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.real_projects", description=__doc__)
    parser.add_argument("directory", metavar="DIRECTORY", help="the migrations of a clone")
    parser.add_argument("--from", dest="layout", choices=LAYOUTS, default="auto", help="their tool (told by shape)")
    parser.add_argument("--first", metavar="SQL", help="what both databases begin with")
    parser.add_argument("--leave-out", nargs="*", default=[], metavar="NAME", help="migrations left out on both ways")
    parser.add_argument("--majors", default="18", metavar="14,18", help="of PostgreSQL (18)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
