"""There and back on a copy: up, down and up again for what is pending; down and up again for what is applied."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rowkeep import files
from rowkeep.config import Settings
from rowkeep.database import fingerprint
from rowkeep.database.carry_out import carry_out
from rowkeep.database.look import look
from rowkeep.database.manners import manners, set_up
from rowkeep.database.observe import observe, unnoticed
from rowkeep.database.session import connect
from rowkeep.domain.containment import Containment
from rowkeep.domain.event import Tell
from rowkeep.domain.migration import Direction, Language, Migration
from rowkeep.domain.observation import Observation
from rowkeep.domain.plan import Errand, Plan, Request, Survey
from rowkeep.domain.roundtrip import Proven, Roundtrip, Trip
from rowkeep.domain.structure import Change, Difference, Structure
from rowkeep.errors import Refused, Remains, RowkeepError
from rowkeep.knowledge.retiring import SCHEMA
from rowkeep.plan import outside
from rowkeep.plan.losses import losses, missing
from rowkeep.plan.plan import make
from rowkeep.plan.survey import checksum, raw_checksum, survey
from rowkeep.report.rehearsal import open_text
from rowkeep.structure import compare


@dataclass(frozen=True, slots=True)
class Sight:
    """The copy at one moment."""

    rows: Observation
    structure: Structure


def proven(migration: Migration) -> Proven | None:
    """What a passed trip of `migration` would prove; None where it has no down part that Rowkeep runs."""
    if migration.language is Language.FOREIGN or migration.down is None:
        return None
    if migration.language is Language.SQL:
        return Proven(migration.name, checksum(migration.up.text).token, checksum(migration.down.text).token)
    return Proven(migration.name, raw_checksum(migration.up.text), raw_checksum(migration.down.text))


class Copy:
    """The restored copy, and how migrations run there: as production's user, planned anew each time."""

    def __init__(
        self,
        conninfo: str,
        user: str | None,
        settings: Settings,
        request: Request,
        tell: Tell,
        containment: Containment,
        *,
        major: int,
    ) -> None:
        self._conninfo, self._settings, self._request, self._tell = conninfo, settings, request, tell
        self._containment = containment
        self._major = major
        self._options = {"user": user} if user else {}
        self._directory = files.read(settings)

    def open(self) -> None:
        """Make history and ledger where they are absent: what a first run makes is no matter of a migration."""
        self._run(replace(self._request, errand=Errand.UP, name=None, count=0), "up")

    def look(self) -> Sight:
        """Rows and structure as they are now."""
        settings = self._settings
        with connect(self._conninfo, application="rowkeep rehearse", **unnoticed(self._major)) as session:
            seen = observe(session, history_schema=settings.history_schema, history_table=settings.history_table)
            return Sight(seen, fingerprint.read(session))

    def up(self, name: str) -> None:
        """Apply this migration, and no other. Raises the runner's errors."""
        order = self._request.out_of_order | {name}
        self._run(replace(self._request, errand=Errand.UP, name=name, count=None, out_of_order=order), "up")

    def down(self, name: str) -> None:
        """Undo this migration, which is the newest in history. Raises the runner's errors."""
        self._run(replace(self._request, errand=Errand.DOWN, name=name, count=None), "down")

    def _run(self, request: Request, word: str) -> None:
        rules = manners(self._settings)
        try:
            with connect(self._conninfo, application="rowkeep rehearse", **self._options) as session:
                set_up(session, rules)
                found: Survey = survey(self._directory, look(session, self._settings))
                plan = make(found, request)
                _require_inside(plan, word)
                carry_out(session, plan, self._tell, rules=rules)
        except RowkeepError as error:
            need = outside.answered(error)
            if need is not None:
                error = Refused(
                    f"not rehearsed: the {word} part needs {need}",
                    where=error.where,
                    why=f"a restored copy reaches nothing outside of it; it answered: {error.why}",
                    sqlstate=error.sqlstate,
                )
            # What the runner says of "the database" is the copy's state; of production there is one thing to say.
            error.remains = Remains.UNCHANGED
            error.remains_detail = (
                f"the {word} part failed in the roundtrip, on the restored copy{open_text(self._containment)}"
            )
            raise error from None


def _require_inside(plan: Plan, word: str) -> None:
    """Raise Refused for a migration in Python that may act outside of the copy: it would act in our own process."""
    for step in plan.steps:
        need = outside.in_our_process(step)
        if need is not None:
            raise Refused(
                f"not rehearsed: the {word} part needs {need}",
                where=step.migration.path,
                why="Python runs in Rowkeep's own process; what it did beside the database would be done for good",
            )


def there_and_back(copy: Copy, plan: Plan) -> Roundtrip:
    """Up, down and up again, one migration after another. plan: what is pending. Raises the runner's errors."""
    began = time.perf_counter()
    trips = []
    copy.open()
    before = copy.look()
    for step in plan.steps:
        proof = proven(step.migration)
        copy.up(step.name)
        if proof is None:
            trips.append(Trip(step.name, None))
            before = copy.look()
            continue
        applied = copy.look()
        copy.down(step.name)
        undone = copy.look()
        copy.up(step.name)
        again = copy.look()
        lost = missing(before.rows, undone.rows)
        lost += tuple(one for one in missing(applied.rows, again.rows) if one.name not in {each.name for each in lost})
        trips.append(
            Trip(
                step.name,
                proof,
                _without_retired(compare(before.structure, undone.structure)),
                compare(applied.structure, again.structure),
                lost,
                losses(applied.rows, undone.rows),
            )
        )
        before = again
    return Roundtrip(tuple(trips), time.perf_counter() - began)


def _without_retired(found: tuple[Difference, ...]) -> tuple[Difference, ...]:
    """Without an empty schema that `lint --fix` makes for what it retires: it stays for the next time.

    What lies in the schema, or who may use it, is a difference of its own.
    """
    return tuple(
        each
        for each in found
        if not (
            each.change is Change.UNEXPECTED
            and each.kind in ("schema", "schema grant")
            and re.fullmatch(rf"{SCHEMA}(?:_\d+)?", each.identity)
        )
    )


def back_and_there(copy: Copy, plan: Plan) -> Roundtrip:
    """Down, newest first, and up again, oldest first. plan: of a `down`. Raises the runner's errors."""
    began = time.perf_counter()
    copy.open()
    sights = [copy.look()]
    for step in plan.steps:
        copy.down(step.name)
        sights.append(copy.look())
    return Roundtrip(tuple(_returned(copy, plan, sights)), time.perf_counter() - began, applied=True)


def _returned(copy: Copy, plan: Plan, sights: list[Sight]) -> Iterator[Trip]:
    for number, step in reversed(list(enumerate(plan.steps))):
        applied, undone = sights[number], sights[number + 1]
        copy.up(step.name)
        again = copy.look()
        yield Trip(
            step.name,
            proven(step.migration),
            again=compare(applied.structure, again.structure),
            missing=missing(applied.rows, again.rows),
            taken=losses(applied.rows, undone.rows),
        )


def round_(copy: Copy, plan: Plan) -> Roundtrip:
    """The way that fits the plan's direction."""
    undoing = any(step.direction is Direction.DOWN for step in plan.steps)
    return back_and_there(copy, plan) if undoing else there_and_back(copy, plan)
