"""What `accept`, `mark` and `baseline` have in common: how they are carried out, and how they end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from rowkeep.cli import running
from rowkeep.cli.door import Door
from rowkeep.cli.reach import reach

if TYPE_CHECKING:
    from rowkeep.domain.settlement import Matter

BECAUSE = click.option("--because", metavar="REASON", required=True, help="Why; kept in the ledger.")
WAIT = click.option("--wait", "wait_s", callback=running.seconds, metavar="TIME", help="Wait for another run to end.")


def settle(door: Door, matter: Matter, names: tuple[str, ...], because: str, wait_s: float | None) -> int:
    """Settle it, and answer."""
    from rowkeep.domain.settlement import Wish
    from rowkeep.files.circumstances import circumstances
    from rowkeep.report.settlement import settlement_data, settlement_text
    from rowkeep.walk.settle import settle as walk

    settings = running.patient(door.settings, wait_s, None)
    with reach(door) as conninfo:
        settlement = walk(
            settings,
            conninfo,
            Wish(matter, names, because),
            lambda: circumstances(door.command, settings, os.environ),
            door.tell,
        )
    door.answer(settlement_text(settlement), **settlement_data(settlement))
    return 0
