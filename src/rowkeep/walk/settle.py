"""`accept`, `mark` and `baseline`: read, look, settle, write down, under the run lock from the look to the end."""

from __future__ import annotations

from collections.abc import Callable

from rowkeep import files
from rowkeep.config import Settings
from rowkeep.database import lock, old_history
from rowkeep.database.look import look
from rowkeep.database.manners import alone, manners, set_up
from rowkeep.database.session import Session, connect
from rowkeep.database.settle import write
from rowkeep.domain.event import Noted, Tell
from rowkeep.domain.ledger import Circumstances
from rowkeep.domain.migration import Directory
from rowkeep.domain.settlement import Matter, Settlement, Wish
from rowkeep.plan import imported
from rowkeep.plan.settle import settle as decide
from rowkeep.plan.survey import survey


def settle(
    settings: Settings, conninfo: str, wish: Wish, circumstances: Callable[[], Circumstances], tell: Tell
) -> Settlement:
    """Settle what `wish` names. Nothing of any migration is run.

    Raises Refused, Misused, Busy, Failed, Unreachable, with nothing changed.
    """
    return _settled(settings, conninfo, lambda session, directory: wish, circumstances, tell)


def settle_imported(
    settings: Settings, conninfo: str, table: str | None, circumstances: Callable[[], Circumstances], tell: Tell
) -> Settlement:
    """What the history of another tool holds counts as applied, for the files that were imported from it.

    table: that history, where it is not called as the tool calls it. Raises as `settle`.
    """

    def wish(session: Session, directory: Directory) -> Wish:
        tool = imported.tool(directory)
        found = old_history.find(session, tool, table)
        names = imported.applied(directory, old_history.read(session, tool, found), ".".join(found))
        return Wish(Matter.APPLIED, names, f"applied by {tool} ({'.'.join(found)})")

    return _settled(settings, conninfo, wish, circumstances, tell)


def _settled(
    settings: Settings,
    conninfo: str,
    wished: Callable[[Session, Directory], Wish],
    circumstances: Callable[[], Circumstances],
    tell: Tell,
) -> Settlement:
    rules, directory = manners(settings), files.read(settings)
    with connect(conninfo) as session:
        set_up(session, rules)
        with alone(session, rules, tell) as ended:
            settlement = decide(survey(directory, look(session, settings)), wished(session, directory))
            for warning in settlement.warnings:
                tell(Noted(warning, warning=True))
            if not settlement.idle:
                write(session, settlement, lock.noted(circumstances(), ended))
            return settlement
