"""`rowkeep baseline`: start the history of an existing database; what it has already counts as applied."""

from __future__ import annotations

import click

from rowkeep.cli import history_edit_options
from rowkeep.cli.context import CommandContext
from rowkeep.cli.context import command as declared
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused


@declared(
    "baseline", help="Everything up to NAME counts as applied: for a database that has it already. Runs nothing."
)
@click.argument("name", metavar="NAME", required=False)
@click.option("--imported", is_flag=True, help="In place of NAME: what the history of the imported files' tool holds.")
@click.option("--table", metavar="SCHEMA.TABLE", help="With --imported: that history, where it has another name.")
@click.option("--because", metavar="REASON", default="baseline", show_default=True, help="Why; kept in the ledger.")
@history_edit_options.run_lock_options
def command(context: CommandContext, *, name: str | None, imported: bool, table: str | None, because: str) -> int:
    from rowkeep.domain.history.history_edit import HistoryAction

    if imported is (name is not None):
        raise Misused(
            "either a migration, or --imported",
            code=ErrorCode.INVALID_USAGE,
            instead=("rowkeep baseline NAME", "rowkeep baseline --imported"),
        )
    if name is None:
        return history_edit_options.adopt_imported_history(context, table)
    if table is not None:
        raise Misused(
            "--table goes with --imported",
            code=ErrorCode.INVALID_USAGE,
            instead=("rowkeep baseline --imported --table SCHEMA.TABLE",),
        )
    return history_edit_options.edit_history(context, HistoryAction.BASELINE, (name,), because)
