"""`rowkeep status`: pending, applied, changed and missing migrations."""

from __future__ import annotations

import click

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.connection_string import connection_string
from rowkeep.cli.declare_command import declare_command
from rowkeep.cli.exit_codes import OK, REFUSED


@declare_command("status", help="List applied, pending, changed and missing migrations.")
@click.option("--check", is_flag=True, help="Exit 1 if anything is pending, unfinished, changed or missing.")
def command(context: CommandContext, *, check: bool) -> int:
    from rowkeep.report.status import format_status, needs_attention, serialize_status
    from rowkeep.workflows.migrate import open_survey

    with connection_string(context) as conninfo, open_survey(context.settings, conninfo) as (_, survey):
        context.answer(format_status(survey), **serialize_status(survey))
    return REFUSED if check and needs_attention(survey) else OK
