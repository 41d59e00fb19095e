"""`rowkeep baseline`: start the history of an existing database, with its migrations marked as applied."""

from __future__ import annotations

import click

from rowkeep.cli import history_edit_options
from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.declare_command import declare_command
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused


@declare_command(
    "baseline", help="Mark everything up to NAME as applied, for a database that already has it. Runs nothing."
)
@click.argument("name", metavar="NAME", required=False)
@click.option("--imported", is_flag=True, help="Instead of NAME: take what the history of the imported tool contains.")
@click.option("--table", metavar="SCHEMA.TABLE", help="With --imported: the history table, if it has an unusual name.")
@click.option("--because", metavar="REASON", default="baseline", show_default=True, help="Why; kept in the ledger.")
@history_edit_options.run_lock_options
def command(context: CommandContext, *, name: str | None, imported: bool, table: str | None, because: str) -> int:
    from rowkeep.domain.history.history_edit import HistoryAction

    if imported is (name is not None):
        raise Misused(
            "name a migration, or use --imported",
            code=ErrorCode.INVALID_USAGE,
            instead=("rowkeep baseline NAME", "rowkeep baseline --imported"),
        )
    if name is None:
        return history_edit_options.adopt_imported_history(context, table)
    if table is not None:
        raise Misused(
            "--table needs --imported",
            code=ErrorCode.INVALID_USAGE,
            instead=("rowkeep baseline --imported --table SCHEMA.TABLE",),
        )
    return history_edit_options.edit_history(context, HistoryAction.BASELINE, (name,), because)
