"""`rowkeep mark`: record in the history what is applied and what is not, without running anything."""

from __future__ import annotations

import click

from rowkeep.cli import history_edit_options
from rowkeep.cli.context import CommandContext
from rowkeep.cli.context import command as declared


@declared("applied", help="These count as applied from now on, each at its turn. Runs nothing.")
@click.argument("names", metavar="NAME…", nargs=-1, required=True)
@history_edit_options.BECAUSE
@history_edit_options.run_lock_options
def applied(context: CommandContext, *, names: tuple[str, ...], because: str) -> int:
    from rowkeep.domain.history.history_edit import HistoryAction

    return history_edit_options.edit_history(context, HistoryAction.APPLIED, names, because)


@declared("unapplied", help="These no longer count as applied. Undoes nothing.")
@click.argument("names", metavar="NAME…", nargs=-1, required=True)
@history_edit_options.BECAUSE
@history_edit_options.run_lock_options
def unapplied(context: CommandContext, *, names: tuple[str, ...], because: str) -> int:
    from rowkeep.domain.history.history_edit import HistoryAction

    return history_edit_options.edit_history(context, HistoryAction.UNAPPLIED, names, because)


command = click.Group("mark", commands=[applied, unapplied], help="Say what is applied, without running it.")
