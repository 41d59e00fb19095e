"""`rowkeep drift`: what somebody changed by hand, and the migration that adopts or undoes it. Exit 1 on drift."""

from __future__ import annotations

import click

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.connection_string import connection_string
from rowkeep.cli.declare_command import declare_command
from rowkeep.cli.exit_codes import OK, REFUSED


@declare_command("drift")
@click.option("--adopt", metavar="NAME", help="Write the migration with which the history contains the change.")
@click.option("--undo", metavar="NAME", help="Write the migration that takes the change back.")
@click.option("--against", metavar="SOURCE", help="`ledger`, `migrations`, or a file such as schema.sql.")
@click.option("--allow-drops", is_flag=True, help="Write drops with which rows or values may go.")
def command(
    context: CommandContext, *, adopt: str | None, undo: str | None, against: str | None, allow_drops: bool
) -> int:
    """Show what was changed by hand: how the structure differs from what it should be. Exit 1 if it does.

    It should be what the last deploy recorded, or, where migrations were applied after that without a deploy, what
    the applied migrations make on a throw-away server. The database is only read.

    Who made a change is not known, and when only so far as the ledger tells.

    Example: rowkeep drift --adopt add-index-of-the-incident
    """
    from rowkeep.report.structure.drift import format_drift, serialize_drift
    from rowkeep.workflows.drift.find_drift import DriftRequest, find_drift

    adopted, undone = (tuple(text.split()) if text else () for text in (adopt, undo))
    with connection_string(context) as conninfo:
        request = DriftRequest(against, adopted, undone, allow_drops)
        report = find_drift(context.settings, conninfo, request, context.emit)
    context.answer(format_drift(report, adopts=bool(adopt)), **serialize_drift(report))
    return REFUSED if (report.differences or report.unwritable) and report.written is None else OK
