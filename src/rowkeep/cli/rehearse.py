"""`rowkeep rehearse`: back up, restore the backup into a throw-away server, and run the pending migrations there."""

from __future__ import annotations

from typing import Any

import click

from rowkeep.cli.deploy import acceptance, walk
from rowkeep.cli.door import Door
from rowkeep.cli.door import command as declared


@declared("rehearse", help="Run all pending migrations, N of them, or those up to NAME, on a restored copy.")
@click.argument("target", metavar="[N|NAME]", required=False)
@acceptance
def command(door: Door, *, target: str | None, **given: Any) -> None:
    from rowkeep.walk.deploy import Stop

    walk(door, target, Stop.REHEARSAL, ask=False, **given)
