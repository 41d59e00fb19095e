"""`rowkeep wait --for-migrations`: hold an application's start until its migrations are applied."""

from __future__ import annotations

import click

from rowkeep.cli import running
from rowkeep.cli.door import Door
from rowkeep.cli.door import command as declared
from rowkeep.cli.reach import reach
from rowkeep.errors import Misused


@declared("wait", help="Wait until nothing is pending: for an application's start. Reads only.")
@click.option("--for-migrations", is_flag=True, help="Until every migration of the directory is applied.")
@click.option(
    "--timeout",
    "timeout_s",
    callback=running.seconds,
    default="60s",
    show_default=True,
    metavar="TIME",
    help="Give up after it: exit 4, or 3 where the server cannot be reached.",
)
def command(door: Door, *, for_migrations: bool, timeout_s: float) -> int:
    from rowkeep.report.events import count_text
    from rowkeep.walk.await_migrations import await_migrations

    if not for_migrations:
        raise Misused("nothing is named to wait for", instead=("rowkeep wait --for-migrations",))
    with reach(door) as conninfo:
        found = await_migrations(door.settings, conninfo, timeout_s, door.tell)
    count = count_text(len(found.directory.migrations), "migration")
    door.answer(f"database {found.state.database}: all {count} applied", database=found.state.database, pending=[])
    return 0
