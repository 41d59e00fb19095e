"""`rowkeep accept`: an applied migration was edited or deleted on purpose; the ledger learns why."""

from __future__ import annotations

import click

from rowkeep.cli import settling
from rowkeep.cli.door import Door
from rowkeep.cli.door import command as declared


@declared("accept", help="Settle an edited or deleted file of an applied migration. Runs nothing.")
@click.argument("names", metavar="NAME…", nargs=-1, required=True)
@settling.BECAUSE
@settling.alone
def command(door: Door, *, names: tuple[str, ...], because: str, wait_s: float | None) -> int:
    from rowkeep.domain.settlement import Matter

    return settling.settle(door, Matter.ACCEPT, names, because, wait_s)
