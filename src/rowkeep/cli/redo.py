"""`rowkeep redo`: undo the last N migrations and apply the same ones again, in one transaction where they allow it."""

from __future__ import annotations

from typing import Any

import click

from rowkeep.cli import running
from rowkeep.cli.door import Door
from rowkeep.cli.door import command as declared


@declared("redo", help="Undo the last migration, or the last N, and apply the same ones again.")
@click.argument("target", metavar="[N|NAME]", required=False)
@running.undoing
def command(door: Door, *, target: str | None, **given: Any) -> int:
    return running.undo(door, "redo", target, **given)
