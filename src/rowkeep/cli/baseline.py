"""`rowkeep baseline`: an existing database begins its history; everything up to a migration counts as applied."""

from __future__ import annotations

import click

from rowkeep.cli import settling
from rowkeep.cli.door import Door
from rowkeep.cli.door import command as declared


@declared(
    "baseline", help="Everything up to NAME counts as applied: for a database that has it already. Runs nothing."
)
@click.argument("name", metavar="NAME")
@click.option("--because", metavar="REASON", default="baseline", show_default=True, help="Why; kept in the ledger.")
@settling.WAIT
def command(door: Door, *, name: str, because: str, wait_s: float | None) -> int:
    from rowkeep.domain.settlement import Matter

    return settling.settle(door, Matter.BASELINE, (name,), because, wait_s)
