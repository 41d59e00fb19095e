"""`rowkeep mark`: history is told what is applied and what is not, without running anything."""

from __future__ import annotations

import click

from rowkeep.cli import settling
from rowkeep.cli.door import Door
from rowkeep.cli.door import command as declared


@declared("applied", help="These count as applied from now on, each at its turn. Runs nothing.")
@click.argument("names", metavar="NAME…", nargs=-1, required=True)
@settling.BECAUSE
@settling.alone
def applied(door: Door, *, names: tuple[str, ...], because: str, wait_s: float | None) -> int:
    from rowkeep.domain.settlement import Matter

    return settling.settle(door, Matter.APPLIED, names, because, wait_s)


@declared("unapplied", help="These no longer count as applied. Undoes nothing.")
@click.argument("names", metavar="NAME…", nargs=-1, required=True)
@settling.BECAUSE
@settling.alone
def unapplied(door: Door, *, names: tuple[str, ...], because: str, wait_s: float | None) -> int:
    from rowkeep.domain.settlement import Matter

    return settling.settle(door, Matter.UNAPPLIED, names, because, wait_s)


command = click.Group("mark", commands=[applied, unapplied], help="Say what is applied, without running it.")
