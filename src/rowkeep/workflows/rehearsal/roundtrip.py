"""A roundtrip on a copy: up, down and up again for what is pending; down and up again for what is applied."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from rowkeep import files
from rowkeep.config import Settings
from rowkeep.database.catalog import fingerprint
from rowkeep.database.catalog.table_contents import read_contents, without_event_triggers
from rowkeep.database.connection.session import connect
from rowkeep.database.executor.run_plan import execute_plan
from rowkeep.domain.deploy.containment import Containment
from rowkeep.domain.deploy.roundtrip import ProvenDown, Roundtrip, RoundtripStep
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit
from rowkeep.domain.frozen import dataclass, replace
from rowkeep.domain.migration import Direction, Directory, Language, Migration
from rowkeep.domain.plan import Action, Plan, Request
from rowkeep.domain.schema.structure import Difference, DifferenceKind, Structure
from rowkeep.domain.schema.table_contents import DatabaseContents
from rowkeep.errors import Refused, Remains, RowkeepError
from rowkeep.knowledge.forms.retire import SCHEMA
from rowkeep.plan import outside
from rowkeep.plan.losses import find_losses, find_missing
from rowkeep.plan.plan import make_plan
from rowkeep.plan.survey import raw_checksum, section_checksum
from rowkeep.plan.undoable import has_down_statements
from rowkeep.report.rehearsal import format_caveat
from rowkeep.structure import compare_structures
from rowkeep.workflows.open_run import open_run


@dataclass(frozen=True, slots=True)
class CopyState:
    """The copy at one moment."""

    rows: DatabaseContents
    structure: Structure


def find_provable_down(migration: Migration) -> ProvenDown | None:
    """What a passed roundtrip of `migration` would prove; None where it has no down part that Rowkeep runs."""
    if migration.language is Language.FOREIGN or migration.down is None:
        return None
    if migration.language is Language.SQL:
        return ProvenDown(
            migration.name, section_checksum(migration.up.text).token, section_checksum(migration.down.text).token
        )
    return ProvenDown(migration.name, raw_checksum(migration.up.text), raw_checksum(migration.down.text))


class RoundtripCopy:
    """The restored copy. Migrations run there as the role that migrates production, with a new plan for each run.

    next_steps: added to what an error says to do next. directory: the migrations, where they were read before.
    """

    def __init__(
        self,
        conninfo: str,
        user: str | None,
        settings: Settings,
        request: Request,
        emit: Emit,
        containment: Containment,
        *,
        major: int,
        next_steps: tuple[str, ...] = (),
        directory: Directory | None = None,
    ) -> None:
        self._conninfo, self._settings, self._request, self._emit = conninfo, settings, request, emit
        self._containment = containment
        self._major = major
        self._next_steps = next_steps
        self._user = user
        self._directory = directory if directory is not None else files.read(settings)

    def prepare(self) -> None:
        """Create history and ledger where they are missing, so that no migration is blamed for them."""
        self._run(replace(self._request, action=Action.UP, name=None, count=0), "up")

    def read(self) -> CopyState:
        """Rows and structure as they are now."""
        settings = self._settings
        with connect(self._conninfo, application="rowkeep rehearse", **without_event_triggers(self._major)) as session:
            rows = read_contents(session, history_schema=settings.history_schema, history_table=settings.history_table)
            return CopyState(rows, fingerprint.read_structure(session))

    def up(self, name: str) -> None:
        """Apply this migration, and no other. Raises the runner's errors."""
        names = self._request.out_of_order | {name}
        self._run(replace(self._request, action=Action.UP, name=name, count=None, out_of_order=names), "up")

    def down(self, name: str) -> None:
        """Undo this migration, which is the newest in history. Raises the runner's errors."""
        self._run(replace(self._request, action=Action.DOWN, name=name, count=None), "down")

    def _run(self, request: Request, word: str) -> None:
        try:
            with open_run(
                self._settings,
                self._conninfo,
                self._emit,
                application="rowkeep rehearse",
                user=self._user,
                directory=self._directory,
            ) as run:
                plan = make_plan(run.survey, request)
                _require_inside(plan, word)
                execute_plan(run.session, plan, self._emit, policy=run.policy)
        except RowkeepError as error:
            need = outside.outside_need_of_error(error)
            if need is not None:
                error = Refused(
                    f"not rehearsed: the {word} part needs {need}",
                    code=ErrorCode.NOT_REHEARSABLE,
                    where=error.where,
                    why=f"a restored copy has no access to anything outside; it answered: {error.why}",
                    sqlstate=error.sqlstate,
                )
            # What the runner says of "the database" is the copy's state; of production there is one thing to say.
            caveat = format_caveat(self._containment)
            detail = f"the {word} part failed in the roundtrip, on the restored copy{caveat}"
            raise error.replace(remains=Remains.UNCHANGED, remains_detail=detail).with_next_steps(
                *self._next_steps
            ) from None


def _require_inside(plan: Plan, word: str) -> None:
    """Raise Refused for a migration in Python that may act outside of the copy: it runs in our own process."""
    for step in plan.steps:
        need = outside.in_our_process(step)
        if need is not None:
            raise Refused(
                f"not rehearsed: the {word} part needs {need}",
                code=ErrorCode.NOT_REHEARSABLE,
                where=step.migration.path,
                why="Python runs in Rowkeep's own process; what it did outside the database could not be undone",
            )


def run_up_down_up(copy: RoundtripCopy, plan: Plan) -> Roundtrip:
    """Up, down and up again, one migration after another. plan: what is pending. Raises the runner's errors."""
    began = time.perf_counter()
    trips = []
    copy.prepare()
    before = copy.read()
    for step in plan.steps:
        proof = find_provable_down(step.migration)
        copy.up(step.name)
        if proof is None or not has_down_statements(step.migration):
            trips.append(RoundtripStep(step.name, None))
            before = copy.read()
            continue
        applied = copy.read()
        copy.down(step.name)
        undone = copy.read()
        copy.up(step.name)
        again = copy.read()
        lost = find_missing(before.rows, undone.rows)
        lost += tuple(
            one for one in find_missing(applied.rows, again.rows) if one.name not in {each.name for each in lost}
        )
        trips.append(
            RoundtripStep(
                step.name,
                proof,
                _without_retired(compare_structures(before.structure, undone.structure)),
                compare_structures(applied.structure, again.structure),
                lost,
                find_losses(applied.rows, undone.rows),
            )
        )
        before = again
    return Roundtrip(tuple(trips), time.perf_counter() - began)


def _without_retired(found: tuple[Difference, ...]) -> tuple[Difference, ...]:
    """The differences without the empty schema that `lint --fix` creates for what it retires: it stays.

    What lies in the schema, or who may use it, is a difference of its own.
    """
    return tuple(
        each
        for each in found
        if not (
            each.change is DifferenceKind.UNEXPECTED
            and each.kind in ("schema", "schema grant")
            and re.fullmatch(rf"{SCHEMA}(?:_\d+)?", each.identity)
        )
    )


def run_down_up(copy: RoundtripCopy, plan: Plan) -> Roundtrip:
    """Down, newest first, and up again, oldest first. plan: of a `down`. Raises the runner's errors."""
    began = time.perf_counter()
    copy.prepare()
    states = [copy.read()]
    for step in plan.steps:
        copy.down(step.name)
        states.append(copy.read())
    return Roundtrip(tuple(_return_trip(copy, plan, states)), time.perf_counter() - began, applied=True)


def _return_trip(copy: RoundtripCopy, plan: Plan, states: list[CopyState]) -> Iterator[RoundtripStep]:
    for number, step in reversed(list(enumerate(plan.steps))):
        applied, undone = states[number], states[number + 1]
        copy.up(step.name)
        again = copy.read()
        yield RoundtripStep(
            step.name,
            find_provable_down(step.migration),
            again=compare_structures(applied.structure, again.structure),
            missing=find_missing(applied.rows, again.rows),
            taken=find_losses(applied.rows, undone.rows),
        )


def run_roundtrip(copy: RoundtripCopy, plan: Plan) -> Roundtrip:
    """Run the roundtrip that fits the direction of the plan."""
    undoing = any(step.direction is Direction.DOWN for step in plan.steps)
    return run_down_up(copy, plan) if undoing else run_up_down_up(copy, plan)
