"""The server as witness: migrations run on a throw-away server, and findings are weighed by what is seen there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from rowkeep import programs, scratch
from rowkeep.config import Settings
from rowkeep.database.furnish import settle
from rowkeep.database.interrupts import Interrupts, heeded
from rowkeep.database.session import connect
from rowkeep.database.witness import Witness, witness
from rowkeep.domain.event import Event, Noted, Tell
from rowkeep.domain.finding import Verdict
from rowkeep.domain.migration import Directory, Migration
from rowkeep.domain.witness import Evidence, Prior, Script, Unrun, Watched
from rowkeep.errors import Failed, Unreachable
from rowkeep.files.select import Selection
from rowkeep.judge import Options
from rowkeep.judge.per_file import without_ignored
from rowkeep.judge.witnessed import weigh
from rowkeep.knowledge.places import SERVER
from rowkeep.plan.named_roles import named_roles
from rowkeep.plan.scripts import script

DATABASE = "witness_{}"
PATIENCE_S = 5
"""Whole seconds to wait for a server that is only asked for its version."""


@dataclass(frozen=True, slots=True)
class Case:
    """Migrations of one database, in order, and the names of those that are watched; the others are replayed."""

    migrations: tuple[Migration, ...]
    chosen: frozenset[str]

    def scripts(self) -> Iterator[tuple[bool, Script | Unrun]]:
        """What is run, up to the last that is watched; and whether it is watched."""
        left = len(self.chosen)
        for migration in self.migrations:
            if not left:
                return
            watched = migration.name in self.chosen
            left -= watched
            yield watched, script(migration)


def witnessed(
    verdict: Verdict,
    selections: Sequence[Selection],
    options: Options,
    settings: Settings,
    tell: Tell,
    *,
    locks_only: bool = False,
) -> Verdict:
    """The verdict on what was chosen, in the light of a throw-away server of the oldest major that is judged for.

    What cannot be run there is told, and judged by its text alone. locks_only: no finding about data is withdrawn.
    Raises ProgramMissing or Unreachable where no server can be had.
    """
    tools = programs.obtain(options.major, SERVER, pg_bin=settings.pg_bin, fetch=settings.fetch_programs, tell=tell)
    cases = _cases(selections)
    with scratch.start(tools, tell=tell) as server, heeded() as interrupts:
        seen = evidence(server, cases, settings, interrupts)
    told(seen, tell)
    chosen = [migration for case in cases for migration in case.migrations if migration.name in case.chosen]
    weighed = weigh(verdict, chosen, seen, options, locks_only=locks_only)
    return without_ignored(weighed, settings.rules_per_file_ignores)


def in_passing(
    verdict: Verdict, directory: Directory, only: Collection[str], options: Options, settings: Settings, tell: Tell
) -> Verdict:
    """The same for a walk that does more than judge: without a witness the verdict stays as it is, which is told.

    A finding about data stays in any case: production holds what a replay does not.
    """

    def pass_on(event: Event) -> None:
        if isinstance(event, Noted) and event.warning:
            tell(Noted(event.message))

    chosen = tuple(migration for migration in directory.migrations if migration.name in only)
    try:
        return witnessed(verdict, (Selection(directory, chosen),), options, settings, pass_on, locks_only=True)
    except (Failed, Unreachable) as error:
        tell(Noted(f"no witness: {error.what}"))
        return verdict


def server_major(conninfo: str) -> int:
    """The major of a server. Raises Unreachable."""
    with connect(conninfo, connect_timeout=PATIENCE_S) as session:
        return session.major


def evidence(server: scratch.Server, cases: Sequence[Case], settings: Settings, interrupts: Interrupts) -> Evidence:
    """What the server shows of the chosen migrations, each case in a database of its own."""
    scripts = [tuple(case.scripts()) for case in cases]
    statements = [each for one in scripts for _, item in one if isinstance(item, Script) for each in item.statements]
    names = [
        (DATABASE.format(number) if number else server.database, settings.schemas) for number in range(len(cases))
    ]
    settle(server.conninfo(), names, named_roles(statements))
    watched: list[Watched] = []
    unrun: list[Unrun] = []
    for (name, schemas), case in zip(names, scripts, strict=True):
        with witness(server.conninfo(name), interrupts, schemas) as at:
            seen, failed = run(at, case)
        watched += seen
        unrun += failed
    return Evidence(server.major, Prior.REPLAYED, tuple(watched), tuple(unrun))


def run(at: Witness, scripts: Sequence[tuple[bool, Script | Unrun]]) -> tuple[list[Watched], list[Unrun]]:
    """One script after another, until one fails: what stands behind it would be seen wrongly."""
    watched: list[Watched] = []
    for is_watched, item in scripts:
        if isinstance(item, Unrun):
            return watched, [item]
        if is_watched:
            seen, failed = at.watch(item)
            watched += seen
        else:
            failed = at.replay(item)
        if failed is not None:
            return watched, [failed]
    return watched, []


def told(seen: Evidence, tell: Tell) -> None:
    """Tell what could not be run."""
    for each in seen.unrun:
        where = f" ({each.place})" if each.place is not None else ""
        tell(
            Noted(
                f"the witness could not run {each.migration}{where}: {each.why}; "
                "from there on the text alone is judged",
                warning=True,
            )
        )


def _cases(selections: Sequence[Selection]) -> tuple[Case, ...]:
    """As they are judged: every directory is a past of its own."""
    return tuple(
        Case(each.directory.migrations, frozenset(migration.name for migration in each.chosen))
        for each in selections
        if each.chosen
    )
