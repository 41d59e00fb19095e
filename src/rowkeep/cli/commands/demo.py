"""`rowkeep demo`: a tour on an embedded server, with the commands a user would type."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from tempfile import mkdtemp

import click

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.declare_command import declare_command
from rowkeep.domain.count import count_text
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Bug, Misused
from rowkeep.report.events import format_seconds

CONFIGURATION = """\
# What `rowkeep init` writes, in short.
migrations_dir = "migrations"
backups_dir = "backups"
"""

SUPPRESSION = "-- rowkeep: allow {rules} because the demo needs it\n"


@declare_command(
    "demo", help="A safe deploy on an embedded server with real rows, and what happens to a dangerous one."
)
@click.option(
    "--major", type=click.IntRange(14, 18), default=18, show_default=True, help="Major of the embedded server."
)
@click.option("--keep", metavar="DIR", help="Keep the project in DIR (a new directory).")
def command(context: CommandContext, *, major: int, keep: str | None) -> None:
    if context.json:
        raise Misused("the demo has no JSON output", code=ErrorCode.INVALID_USAGE, instead=("rowkeep demo",))
    began = time.perf_counter()
    with _project(keep) as project, _server(context, major) as conninfo:
        story = DemoStory(context, project, conninfo)
        story.build()
        story.deploy()
        story.refused_by_lint()
        story.stopped_by_the_rehearsal()
    took = format_seconds(time.perf_counter() - began)
    context.answer(f"\nThat was the demo, in {took}. To try it on your own project, see README.md (five minutes).")


class DemoStory:
    """The four chapters of the demo. Each checks the exit codes of its commands."""

    def __init__(self, context: CommandContext, project: Path, conninfo: str) -> None:
        self.context = context
        self.project = project
        self.conninfo = conninfo
        self.shop = resources.files("rowkeep.demo") / "shop"
        self.migrations = project / "migrations"

    def build(self) -> None:
        """A shop that has been in production for a while: one migration applied, 315,000 rows."""
        self._chapter("A shop in production", "users, products, orders, order_items, payments; a web of foreign keys")
        self.migrations.mkdir()
        (self.project / "rowkeep.toml").write_text(CONFIGURATION, encoding="utf-8")
        files = sorted(self._files("migrations"))
        self._put("migrations", files[0])
        self._type("up", expect=0)
        self._rows()
        for name in files[1:]:
            self._put("migrations", name)
        self._type("status", expect=0)

    def deploy(self) -> None:
        """Good migrations: everything is proven before production is changed."""
        self._chapter("A safe deploy", "lint, backup, rehearsal on the restored backup, apply, verify")
        self._type("deploy", "--yes", "--report", "report.html", expect=0)
        self._type("history", expect=0)

    def refused_by_lint(self) -> None:
        """A table dropped in a DO block, by a name that is not in the file."""
        self._chapter("A migration that drops a table, hidden in a DO block", "lint finds it anyway")
        name = self._files("refused")[0]
        self._put("refused", name)
        self.context.note((self.migrations / name).read_text(encoding="utf-8").rstrip())
        self._type("lint", expect=1)
        self._type("deploy", "--yes", expect=1)

    def stopped_by_the_rehearsal(self) -> None:
        """The same with a suppression for lint: the rehearsal counts what would be lost."""
        self._chapter(
            "The same with lint suppressed", "a suppression with a reason silences lint; the rehearsal still counts"
        )
        path = self.migrations / self._files("refused")[0]
        rules = ", ".join(self._violated_rules())
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("DO $$", SUPPRESSION.format(rules=rules) + "DO $$"), encoding="utf-8")
        self._type("deploy", "--yes", expect=1)
        left = self._ask(b"SELECT pg_catalog.count(*) FROM public.payments")
        if left != 60_000:
            raise Bug(f"the demo lost rows: payments has {left}")
        self.context.note(f"\nIn production, payments still has {count_text(left, 'row')}.")

    def _chapter(self, title: str, line: str) -> None:
        self.context.note(f"\n── {title} {'─' * max(3, 76 - len(title))}\n   {line}\n")

    def _type(self, *words: str, expect: int) -> None:
        """Run a rowkeep command in the project and check its exit code."""
        self.context.note(f"$ rowkeep {shlex.join(words)}")
        code = subprocess.run(
            [sys.executable, "-m", "rowkeep", *words],
            cwd=self.project,
            env={**os.environ, "DATABASE_URL": self.conninfo},
            check=False,
        ).returncode
        self.context.note(f"(exit code {code})\n" if code else "")
        if code != expect:
            raise Bug(
                f"the demo expected `rowkeep {shlex.join(words)}` to exit with {expect}, but it exited with {code}"
            )

    def _violated_rules(self) -> list[str]:
        """The names of the rules that the bad migration violates."""
        output = subprocess.run(
            [sys.executable, "-m", "rowkeep", "lint", "--output-format", "json"],
            cwd=self.project,
            capture_output=True,
            check=False,
        ).stdout
        bad = self._files("refused")[0]
        findings = json.loads(output)["result"]["findings"]
        return sorted({finding["rule"] for finding in findings if finding["path"].endswith(bad)})

    def _rows(self) -> None:
        from rowkeep.database.connection.session import connect

        self.context.note("   loading the rows …")
        with connect(self.conninfo, application="rowkeep demo") as session:
            session.connection.execute("SET search_path = public")
            session.connection.execute((self.shop / "rows.sql").read_bytes())
        rows = self._ask(b"SELECT pg_catalog.sum(n_live_tup)::bigint FROM pg_catalog.pg_stat_user_tables")
        self.context.note(f"   {count_text(rows, 'row')}\n")

    def _ask(self, query: bytes) -> int:
        from rowkeep.database.connection.session import connect

        with connect(self.conninfo, application="rowkeep demo") as session:
            row = session.connection.execute(query).fetchone()
            return int(row[0]) if row else 0

    def _files(self, folder: str) -> list[str]:
        return [entry.name for entry in (self.shop / folder).iterdir() if entry.name.endswith(".sql")]

    def _put(self, folder: str, name: str) -> None:
        (self.migrations / name).write_bytes((self.shop / folder / name).read_bytes())


@contextmanager
def _project(keep: str | None) -> Iterator[Path]:
    if keep is not None:
        directory = Path(keep)
        try:
            directory.mkdir(parents=True)
        except FileExistsError:
            raise Misused(
                f"{keep} already exists", code=ErrorCode.FILE_EXISTS, instead=("rowkeep demo --keep NEWDIR",)
            ) from None
        yield directory
        return
    directory = Path(mkdtemp(prefix="rowkeep-demo-"))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _server(context: CommandContext, major: int) -> Iterator[str]:
    """A throw-away server with an empty database `shop`."""
    from rowkeep import programs, scratch
    from rowkeep.database.catalog import databases
    from rowkeep.database.connection.session import connect
    from rowkeep.knowledge.program_locations import CLIENT, SERVER

    settings = context.settings
    tools = programs.obtain_programs(
        major, (*CLIENT, *SERVER), pg_bin=settings.pg_bin, fetch=settings.fetch_programs, emit=context.emit
    )
    with scratch.start_server(tools, emit=context.emit) as server:
        with connect(server.conninfo(), application="rowkeep demo") as session:
            databases.create_database(session, "shop", None)
        yield server.conninfo("shop")
