"""`rowkeep down`: undo the last applied migration, or the last N. `down 0` undoes nothing."""

from __future__ import annotations

from typing import Any

import click

from rowkeep.cli import running
from rowkeep.cli.door import Door
from rowkeep.cli.door import command as declared


@declared("down", help="Undo the last applied migration, or the last N. Never more than asked.")
@click.argument("target", metavar="[N|NAME]", required=False)
@running.HAND_OVER
@running.undoing
def command(door: Door, *, target: str | None, **given: Any) -> int:
    return running.undo(door, "down", target, **given)
