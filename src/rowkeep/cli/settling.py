"""What `accept`, `mark` and `baseline` have in common: how they are carried out, and how they end."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from rowkeep.cli import running
from rowkeep.cli.door import Door
from rowkeep.cli.reach import reach

if TYPE_CHECKING:
    from rowkeep.config import Settings
    from rowkeep.domain.ledger import Circumstances
    from rowkeep.domain.settlement import Matter, Settlement

BECAUSE = click.option("--because", metavar="REASON", required=True, help="Why; kept in the ledger.")
WAIT = click.option("--wait", "wait_s", callback=running.seconds, metavar="TIME", help="Wait for another run to end.")


def alone(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of how to come by the run lock."""
    return WAIT(running.END_ORPHAN(function))


def settle_imported(door: Door, table: str | None, wait_s: float | None) -> int:
    """Take the old tool's history over, and answer."""
    from rowkeep.walk.settle import settle_imported as walk

    return _answered(door, wait_s, lambda settings, conninfo, who: walk(settings, conninfo, table, who, door.tell))


def settle(door: Door, matter: Matter, names: tuple[str, ...], because: str, wait_s: float | None) -> int:
    """Settle it, and answer."""
    from rowkeep.domain.settlement import Wish
    from rowkeep.walk.settle import settle as walk

    wish = Wish(matter, names, because)
    return _answered(door, wait_s, lambda settings, conninfo, who: walk(settings, conninfo, wish, who, door.tell))


def _answered(
    door: Door,
    wait_s: float | None,
    walk: Callable[[Settings, str, Callable[[], Circumstances]], Settlement],
) -> int:
    from rowkeep.files.circumstances import circumstances
    from rowkeep.report.settlement import settlement_data, settlement_text

    settings = running.patient(door.settings, wait_s, None)
    with reach(door) as conninfo:
        settlement = walk(settings, conninfo, lambda: circumstances(door.command, settings, os.environ))
    door.answer(settlement_text(settlement), **settlement_data(settlement))
    return 0
