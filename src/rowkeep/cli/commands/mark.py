"""`rowkeep mark`: mark migrations as applied or not, without running anything."""

from __future__ import annotations

import click

from rowkeep.cli import history_edit_options
from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.declare_command import declare_command


@declare_command("applied", help="Mark these migrations as applied, in their place in the order. Runs nothing.")
@click.argument("names", metavar="NAME…", nargs=-1, required=True)
@history_edit_options.BECAUSE
@history_edit_options.run_lock_options
def mark_applied(context: CommandContext, *, names: tuple[str, ...], because: str) -> int:
    from rowkeep.domain.history.history_edit import HistoryAction

    return history_edit_options.edit_history(context, HistoryAction.APPLIED, names, because)


@declare_command("unapplied", help="Mark these migrations as not applied. Undoes nothing.")
@click.argument("names", metavar="NAME…", nargs=-1, required=True)
@history_edit_options.BECAUSE
@history_edit_options.run_lock_options
def mark_unapplied(context: CommandContext, *, names: tuple[str, ...], because: str) -> int:
    from rowkeep.domain.history.history_edit import HistoryAction

    return history_edit_options.edit_history(context, HistoryAction.UNAPPLIED, names, because)


command = click.Group(
    "mark", commands=[mark_applied, mark_unapplied], help="Mark migrations as applied or not, without running them."
)
