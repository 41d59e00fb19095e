"""`rowkeep accept`: accept an applied migration that was edited or deleted on purpose."""

from __future__ import annotations

import click

from rowkeep.cli import history_edit_options
from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.declare_command import declare_command


@declare_command("accept", help="Accept the edited or deleted file of an applied migration. Runs nothing.")
@click.argument("names", metavar="NAME…", nargs=-1, required=True)
@history_edit_options.BECAUSE
@history_edit_options.run_lock_options
def command(context: CommandContext, *, names: tuple[str, ...], because: str) -> int:
    from rowkeep.domain.history.history_edit import HistoryAction

    return history_edit_options.edit_history(context, HistoryAction.ACCEPT, names, because)
