"""`rowkeep wait --for-migrations`: waits until all migrations are applied, before an application starts."""

from __future__ import annotations

import click

from rowkeep.cli import run_options
from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.connection_string import connection_string
from rowkeep.cli.declare_command import declare_command
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused


@declare_command("wait", help="Wait until nothing is pending, before an application starts. Reads only.")
@click.option("--for-migrations", is_flag=True, help="Wait until every migration of the directory is applied.")
@click.option(
    "--timeout",
    "timeout_s",
    callback=run_options.parse_seconds,
    default="60s",
    show_default=True,
    metavar="TIME",
    help="Give up after this time: exit 4, or 3 if the server cannot be reached.",
)
def command(context: CommandContext, *, for_migrations: bool, timeout_s: float) -> int:
    from rowkeep.domain.count import count_text
    from rowkeep.workflows.wait_for_migrations import wait_for_migrations

    if not for_migrations:
        raise Misused("nothing to wait for", code=ErrorCode.INVALID_USAGE, instead=("rowkeep wait --for-migrations",))
    with connection_string(context) as conninfo:
        survey = wait_for_migrations(context.settings, conninfo, timeout_s, context.emit)
    count = count_text(len(survey.directory.migrations), "migration")
    context.answer(
        f"database {survey.state.database}: all {count} applied", database=survey.state.database, pending=[]
    )
    return 0
