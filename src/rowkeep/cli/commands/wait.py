"""`rowkeep wait --for-migrations`: hold an application's start until its migrations are applied."""

from __future__ import annotations

import click

from rowkeep.cli import run_options
from rowkeep.cli.connection_string import connection_string
from rowkeep.cli.context import CommandContext
from rowkeep.cli.context import command as declared
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused


@declared("wait", help="Wait until nothing is pending: for an application's start. Reads only.")
@click.option("--for-migrations", is_flag=True, help="Until every migration of the directory is applied.")
@click.option(
    "--timeout",
    "timeout_s",
    callback=run_options.parse_seconds,
    default="60s",
    show_default=True,
    metavar="TIME",
    help="Give up after it: exit 4, or 3 where the server cannot be reached.",
)
def command(context: CommandContext, *, for_migrations: bool, timeout_s: float) -> int:
    from rowkeep.domain.count import count_text
    from rowkeep.workflows.wait_for_migrations import wait_for_migrations

    if not for_migrations:
        raise Misused(
            "nothing is named to wait for", code=ErrorCode.INVALID_USAGE, instead=("rowkeep wait --for-migrations",)
        )
    with connection_string(context) as conninfo:
        found = wait_for_migrations(context.settings, conninfo, timeout_s, context.emit)
    count = count_text(len(found.directory.migrations), "migration")
    context.answer(f"database {found.state.database}: all {count} applied", database=found.state.database, pending=[])
    return 0
