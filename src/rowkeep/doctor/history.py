"""Whether the history table is there, and tells the same story as the files."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.doctor import format_names
from rowkeep.domain.count import count_text
from rowkeep.domain.doctor_facts import DoctorFacts
from rowkeep.domain.health_check import Check, CheckResult
from rowkeep.domain.plan import EditState, MigrationState, MigrationStatus, Survey
from rowkeep.plan.objections import is_accepted_as_deleted
from rowkeep.plan.survey import make_survey


def checks(facts: DoctorFacts) -> Iterator[Check]:
    """Present; nothing missing, edited, unfinished or out of order."""
    if facts.database is None:
        return
    if (unsafe := facts.database.unsafe) is not None:
        yield Check("history", CheckResult.FAIL, unsafe.what, unsafe.why, unsafe.instead)
    if facts.database.state is None:
        return
    state = facts.database.state
    if not state.history_exists:
        yield Check(
            "history",
            CheckResult.OK,
            f"{state.history.key} is not there yet: the first `rowkeep up` makes it",
            "" if facts.directory is None else "if this database was migrated before, name its table: history-table",
        )
        return
    if facts.directory is None:
        yield Check("history", CheckResult.OK, f"{state.history.key} holds {count_text(len(state.rows), 'migration')}")
        return
    yield from _agreement(make_survey(facts.directory, state))


def _agreement(story: Survey) -> Iterator[Check]:
    missing = [each.name for each in story.of(MigrationState.MISSING) if not is_accepted_as_deleted(each)]
    late = [each.name for each in story.of(MigrationState.PENDING) if each.late]
    refused = "`rowkeep up` refuses until that is settled"
    worries = (
        ("history-missing", CheckResult.FAIL, missing, "applied, but the file is gone", refused),
        ("history-changed", CheckResult.FAIL, _names(story.changed), "edited after it was applied", refused),
        ("history-late", CheckResult.FAIL, late, "pending, though younger ones are applied", refused),
        (
            "history-unfinished",
            CheckResult.WARN,
            _names(story.of(MigrationState.UNFINISHED)),
            "begun and not finished",
            "the next `rowkeep up` continues it",
        ),
        (
            "history-order",
            CheckResult.WARN,
            _names(tuple(each for each in story.applied if each.misplaced)),
            "applied in another order than the files'",
            "node-pg-migrate refuses that, unless it is told not to check the order",
        ),
    )
    for name, health, names, what, why in worries:
        if names:
            yield Check(name, health, f"{what}: {format_names(names)}", why, ("rowkeep status",))
    if not any(names for _, _, names, _, _ in worries):
        applied = len(story.applied)
        pending = len(story.of(MigrationState.PENDING))
        comments = sum(each.edit is EditState.COMMENT for each in story.applied)
        words = f"{applied} applied, {pending} pending; history and files agree"
        yield Check("history", CheckResult.OK, words + (f" ({comments} edited in comments only)" if comments else ""))


def _names(standings: tuple[MigrationStatus, ...]) -> list[str]:
    return [each.name for each in standings]
