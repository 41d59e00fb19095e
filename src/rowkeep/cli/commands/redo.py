"""`rowkeep redo`: undo the last N migrations and apply the same ones again, in one transaction where they allow it."""

from __future__ import annotations

from typing import Any

import click

from rowkeep.cli import run_options
from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.declare_command import declare_command


@declare_command("redo", help="Undo the last migration, or the last N, and apply the same ones again.")
@click.argument("target", metavar="[N|NAME]", required=False)
@run_options.undo_options
def command(context: CommandContext, *, target: str | None, **options: Any) -> int:
    return run_options.run_undo(context, "redo", target, **options)
