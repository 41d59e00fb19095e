"""Run migrations on a throw-away server, and withdraw or add findings by what it shows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from rowkeep import programs, scratch
from rowkeep.analysis import LintOptions
from rowkeep.analysis.suppression.per_file_ignores import drop_ignored
from rowkeep.analysis.witness.weigh_evidence import weigh_evidence
from rowkeep.config import Settings
from rowkeep.database.connection.session import connect
from rowkeep.database.connection.signals import SignalHandler, handle_signals
from rowkeep.database.witness.run_scripts import Witness, open_witness
from rowkeep.database.witness.setup import set_up_witness
from rowkeep.domain.event import Emit, Event, Noted
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.lint.finding import LintResult
from rowkeep.domain.lint.witness import NotRun, PriorObjects, StatementEvidence, WitnessEvidence, WitnessScript
from rowkeep.domain.migration import Directory, Migration
from rowkeep.errors import Failed, Unreachable
from rowkeep.files.select import Selection
from rowkeep.knowledge.program_locations import SERVER
from rowkeep.plan.named_roles import find_named_roles
from rowkeep.plan.scripts import witness_script

DATABASE = "witness_{}"
PATIENCE_S = 5
"""Whole seconds to wait for a server that is only asked for its version."""


@dataclass(frozen=True, slots=True)
class WitnessCase:
    """Migrations of one database, in order, and the names of those that are watched; the others are replayed."""

    migrations: tuple[Migration, ...]
    chosen: frozenset[str]

    def scripts(self) -> Iterator[tuple[bool, WitnessScript | NotRun]]:
        """The scripts up to the last watched migration, each with whether it is watched."""
        left = len(self.chosen)
        for migration in self.migrations:
            if not left:
                return
            watched = migration.name in self.chosen
            left -= watched
            yield watched, witness_script(migration)


def weigh_with_witness(
    result: LintResult,
    selections: Sequence[Selection],
    options: LintOptions,
    settings: Settings,
    emit: Emit,
    *,
    locks_only: bool = False,
    witness: scratch.BackgroundServer | None = None,
) -> LintResult:
    """Run the selected migrations on a throw-away server of the major in `options`, and correct the result.

    A migration that cannot run there is reported, and keeps its findings. locks_only: withdraw no finding about data.
    witness: the server to use, of that major; it is released afterwards. Raises ProgramMissing or Unreachable where no
    server can be had.
    """
    cases = _cases(selections)
    with _start_witness(options.major, settings, emit, witness) as server, handle_signals() as interrupts:
        seen = collect_evidence(server, cases, settings, interrupts)
    report_not_run(seen, emit)
    chosen = [migration for case in cases for migration in case.migrations if migration.name in case.chosen]
    weighed = weigh_evidence(result, chosen, seen, options, locks_only=locks_only)
    return drop_ignored(weighed, settings.rules_per_file_ignores)


@contextmanager
def _start_witness(
    major: int, settings: Settings, emit: Emit, witness: scratch.BackgroundServer | None
) -> Iterator[scratch.Server]:
    if witness is not None:
        try:
            yield witness.server(emit)
        finally:
            witness.release()
        return
    tools = programs.obtain_programs(major, SERVER, pg_bin=settings.pg_bin, fetch=settings.fetch_programs, emit=emit)
    with scratch.start_server(tools, emit=emit) as server:
        yield server


def weigh_if_possible(
    result: LintResult,
    directory: Directory,
    only: Collection[str],
    options: LintOptions,
    settings: Settings,
    emit: Emit,
    witness: scratch.BackgroundServer | None = None,
) -> LintResult:
    """The same for a command that does more than lint: without a server the result stays as it is, and a note says so.

    Findings about data stay in any case: production has rows that a replay has not.
    """

    def pass_on(event: Event) -> None:
        if isinstance(event, Noted) and event.warning:
            emit(Noted(event.message))

    chosen = tuple(migration for migration in directory.migrations if migration.name in only)
    try:
        return weigh_with_witness(
            result, (Selection(directory, chosen),), options, settings, pass_on, locks_only=True, witness=witness
        )
    except (Failed, Unreachable) as error:
        emit(Noted(f"no witness: {error.what}"))
        return result


def read_server_major(conninfo: str) -> int:
    """The major of a server. Raises Unreachable."""
    with connect(conninfo, connect_timeout=PATIENCE_S) as session:
        return session.major


def collect_evidence(
    server: scratch.Server, cases: Sequence[WitnessCase], settings: Settings, interrupts: SignalHandler
) -> WitnessEvidence:
    """What the server shows of the watched migrations, each case in a database of its own."""
    scripts = [tuple(case.scripts()) for case in cases]
    statements = [
        each for one in scripts for _, item in one if isinstance(item, WitnessScript) for each in item.statements
    ]
    names = [
        (DATABASE.format(number) if number else server.database, settings.schemas) for number in range(len(cases))
    ]
    set_up_witness(server.conninfo(), names, find_named_roles(statements))
    watched: list[StatementEvidence] = []
    unrun: list[NotRun] = []
    for (name, schemas), case in zip(names, scripts, strict=True):
        with open_witness(server.conninfo(name), interrupts, schemas) as at:
            seen, failed = run_scripts(at, case)
        watched += seen
        unrun += failed
    return WitnessEvidence(server.major, PriorObjects.REPLAYED, tuple(watched), tuple(unrun))


def run_scripts(
    at: Witness, scripts: Sequence[tuple[bool, WitnessScript | NotRun]]
) -> tuple[list[StatementEvidence], list[NotRun]]:
    """Run the scripts in order until one fails: what follows would run on the wrong schema."""
    watched: list[StatementEvidence] = []
    for is_watched, item in scripts:
        if isinstance(item, NotRun):
            return watched, [item]
        if is_watched:
            seen, failed = at.watch(item)
            watched += seen
        else:
            failed = at.replay(item)
        if failed is not None:
            return watched, [failed]
    return watched, []


def report_not_run(seen: WitnessEvidence, emit: Emit) -> None:
    """Report what could not be run."""
    for each in seen.unrun:
        where = f" ({each.place})" if each.place is not None else ""
        emit(
            Noted(
                f"the witness could not run {each.migration}{where}: {each.why}; "
                "from there on only the text is analyzed",
                warning=True,
            )
        )


def _cases(selections: Sequence[Selection]) -> tuple[WitnessCase, ...]:
    """One case for each directory, because each has a history of its own."""
    return tuple(
        WitnessCase(each.directory.migrations, frozenset(migration.name for migration in each.chosen))
        for each in selections
        if each.chosen
    )
