"""`rowkeep down`: undo the last applied migration, or the last N. `down 0` undoes nothing."""

from __future__ import annotations

from typing import Any

import click

from rowkeep.cli import run_options
from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.declare_command import declare_command


@declare_command("down", help="Undo the last applied migration, or the last N. Never more than requested.")
@click.argument("target", metavar="[N|NAME]", required=False)
@run_options.HAND_OVER
@run_options.undo_options
def command(context: CommandContext, *, target: str | None, **options: Any) -> int:
    return run_options.run_undo(context, "down", target, **options)
