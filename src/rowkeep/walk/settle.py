"""`accept`, `mark` and `baseline`: read, look, settle, write down, under the run lock from the look to the end."""

from __future__ import annotations

from collections.abc import Callable

from rowkeep import files
from rowkeep.config import Settings
from rowkeep.database import lock
from rowkeep.database.look import look
from rowkeep.database.manners import manners, set_up
from rowkeep.database.session import connect
from rowkeep.database.settle import write
from rowkeep.domain.event import Noted, Tell
from rowkeep.domain.ledger import Circumstances
from rowkeep.domain.settlement import Settlement, Wish
from rowkeep.plan.settle import settle as decide
from rowkeep.plan.survey import survey


def settle(
    settings: Settings, conninfo: str, wish: Wish, circumstances: Callable[[], Circumstances], tell: Tell
) -> Settlement:
    """Settle what `wish` names. Nothing of any migration is run.

    Raises Refused, Misused, Busy, Failed, Unreachable, with nothing changed.
    """
    rules, directory = manners(settings), files.read(settings)
    with connect(conninfo) as session:
        set_up(session, rules)
        with lock.held(session, key=rules.run_lock_key, wait_s=rules.wait_s, tell=tell):
            settlement = decide(survey(directory, look(session, settings)), wish)
            for warning in settlement.warnings:
                tell(Noted(warning, warning=True))
            if not settlement.idle:
                write(session, settlement, circumstances())
            return settlement
