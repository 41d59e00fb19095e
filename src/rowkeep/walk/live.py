"""What the database holds of all that its pending migrations speak of, for the judge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rowkeep.config import Settings
from rowkeep.database import live
from rowkeep.database.look import look
from rowkeep.database.session import Session, connect
from rowkeep.domain.finding import Verdict
from rowkeep.domain.live import Live, Wanted
from rowkeep.domain.migration import Migration
from rowkeep.domain.plan import Errand, Plan, Stand, Standing, Survey
from rowkeep.errors import Misused
from rowkeep.files.select import Selection
from rowkeep.judge.wanted import called, spoken_of
from rowkeep.plan.objections import LAYOUTS
from rowkeep.plan.survey import survey
from rowkeep.walk.lint import verdict

DEEPEST = 4
"""Looks at most: the first, and one for what the functions that it found call in turn, and so on."""


@dataclass(frozen=True, slots=True)
class Told:
    """The facts, and the names of the migrations that the database has, and of those that it has begun."""

    live: Live
    applied: frozenset[str]
    unfinished: frozenset[str] = frozenset()


def ask(selections: Sequence[Selection], settings: Settings, conninfo: str) -> Told:
    """What a database says of the selections. Raises Unreachable, and Failed where history cannot be read."""
    with connect(conninfo) as session:
        state = look(session, settings)
        standings: list[Standing] = []
        for selection in selections:
            if selection.directory.layout in LAYOUTS:
                standings += survey(selection.directory, state).standings
            else:
                standings += _by_choice(selection)
        return told(session, settings, standings)


def _by_choice(selection: Selection) -> list[Standing]:
    """Another tool keeps the history: what was chosen is pending, and what stands beside it is applied.

    Raises Misused where everything was chosen, which can hardly be meant.
    """
    directory, chosen = selection.directory, {migration.name for migration in selection.chosen}
    if len(directory.migrations) > 1 and len(chosen) == len(directory.migrations):
        raise Misused(
            f"the history of {directory.layout} is not read: it has to be said what is pending",
            where=directory.path,
            instead=("rowkeep lint --database --after NAME", "rowkeep lint --database PATHS"),
        )
    stands = {True: Stand.PENDING, False: Stand.APPLIED}
    return [Standing(each.name, stands[each.name in chosen], each) for each in directory.migrations]


def told(session: Session, settings: Settings, standings: Iterable[Standing]) -> Told:
    """What the database of an open session says, by where every migration stands in it."""
    standings = tuple(standings)
    ahead = [each for each in standings if each.stand in (Stand.PENDING, Stand.UNFINISHED)]
    migrations = [each.migration for each in ahead if each.migration is not None]
    return Told(
        facts(session, settings, migrations),
        frozenset(each.name for each in standings if each.stand is Stand.APPLIED),
        frozenset(each.name for each in ahead if each.stand is Stand.UNFINISHED),
    )


def expected(session: Session, settings: Settings, found: Survey, plan: Plan) -> Verdict:
    """What `deploy` would find in the migrations that the plan applies; nothing where it undoes some."""
    names = frozenset(step.name for step in plan.steps)
    if plan.errand is not Errand.UP or not names:
        return Verdict((), 0)
    asked = told(session, settings, found.standings)
    return verdict(found.directory, settings, major=session.major, only=names, told=asked)


def facts(session: Session, settings: Settings, migrations: Iterable[Migration]) -> Live:
    """The facts about what `migrations` name, and about what the functions that they call name."""
    wanted = spoken_of(migrations)
    found = live.look(session, wanted, settings.schemas)
    for _ in range(DEEPEST - 1):
        more = Wanted(called(found).names - wanted.names)
        if not more.names:
            break
        wanted |= more
        found = live.look(session, wanted, settings.schemas)
    return found
