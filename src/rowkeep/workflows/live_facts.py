"""Read from the database what its pending migrations mention, for the analysis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rowkeep.analysis.mentioned_names import find_called_names, find_mentioned_names
from rowkeep.config import Settings
from rowkeep.database.catalog import objects
from rowkeep.database.catalog.state import read_state
from rowkeep.database.connection.session import Session, connect
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import dataclass, replace
from rowkeep.domain.migration import Migration
from rowkeep.domain.plan import MigrationState, MigrationStatus
from rowkeep.domain.schema.live_facts import LiveFacts, ObjectQuery
from rowkeep.errors import Misused
from rowkeep.files.select import Selection
from rowkeep.plan.objections import LAYOUTS
from rowkeep.plan.survey import make_survey

DEEPEST = 4
"""How often the database is read at most: once, then for what its functions call, then for what those call …"""


@dataclass(frozen=True, slots=True)
class LiveSelection:
    """The facts, and the names of the migrations that the database has, and of those that it has begun."""

    live: LiveFacts
    applied: frozenset[str]
    unfinished: frozenset[str] = frozenset()


def read_live_selection(selections: Sequence[Selection], settings: Settings, conninfo: str) -> LiveSelection:
    """The live facts about the selections. Raises Unreachable, and Failed where the history cannot be read."""
    with connect(conninfo) as session:
        state = read_state(session, settings)
        standings: list[MigrationStatus] = []
        for selection in selections:
            if selection.directory.layout in LAYOUTS:
                standings += make_survey(selection.directory, state).standings
            else:
                standings += _by_choice(selection)
        return read_live_facts(session, settings, standings)


def _by_choice(selection: Selection) -> list[MigrationStatus]:
    """Another tool keeps the history: what was selected is pending, and the rest is applied.

    Raises Misused where everything was selected, which is hardly intended.
    """
    directory, chosen = selection.directory, {migration.name for migration in selection.chosen}
    if len(directory.migrations) > 1 and len(chosen) == len(directory.migrations):
        raise Misused(
            f"the history of {directory.layout} is not read: say which migrations are pending",
            code=ErrorCode.APPLIED_UNKNOWN,
            where=directory.path,
            instead=("rowkeep lint --database --after NAME", "rowkeep lint --database PATHS"),
        )
    stands = {True: MigrationState.PENDING, False: MigrationState.APPLIED}
    return [MigrationStatus(each.name, stands[each.name in chosen], each) for each in directory.migrations]


def read_live_facts(session: Session, settings: Settings, standings: Iterable[MigrationStatus]) -> LiveSelection:
    """The live facts about the pending migrations, from an open session."""
    standings = tuple(standings)
    ahead = [each for each in standings if each.stand in (MigrationState.PENDING, MigrationState.UNFINISHED)]
    migrations = [each.migration for each in ahead if each.migration is not None]
    return LiveSelection(
        read_table_facts(session, settings, migrations),
        frozenset(each.name for each in standings if each.stand is MigrationState.APPLIED),
        frozenset(each.name for each in ahead if each.stand is MigrationState.UNFINISHED),
    )


def read_table_facts(session: Session, settings: Settings, migrations: Iterable[Migration]) -> LiveFacts:
    """The facts about everything that `migrations` mention, and that the functions they call mention."""
    query = find_mentioned_names(migrations)
    facts = objects.read_live_facts(session, query, settings.schemas)
    for _ in range(DEEPEST - 1):
        more = ObjectQuery(find_called_names(facts).names - query.names)
        if not more.names:
            break
        query |= more
        # A function that was read before keeps its parsed body.
        functions = {function: function for function in facts.functions}
        facts = objects.read_live_facts(session, query, settings.schemas)
        facts = replace(facts, functions=tuple(functions.get(function, function) for function in facts.functions))
    return facts
