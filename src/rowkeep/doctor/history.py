"""Whether the history table exists and agrees with the files."""

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
    """The history exists, and nothing is missing, edited, unfinished or out of order."""
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
            f"{state.history.key} does not exist yet: the first `rowkeep up` creates it",
            ""
            if facts.directory is None
            else "if this database was migrated before, set history-table to the name of its table",
        )
        return
    if facts.directory is None:
        yield Check(
            "history", CheckResult.OK, f"{state.history.key} contains {count_text(len(state.rows), 'migration')}"
        )
        return
    yield from _compare_with_files(make_survey(facts.directory, state))


def _compare_with_files(survey: Survey) -> Iterator[Check]:
    missing = [status.name for status in survey.of(MigrationState.MISSING) if not is_accepted_as_deleted(status)]
    late = [status.name for status in survey.of(MigrationState.PENDING) if status.late]
    refused = "`rowkeep up` refuses to run until this is fixed or accepted"
    problems = (
        ("history-missing", CheckResult.FAIL, missing, "applied, but the file is gone", refused),
        ("history-changed", CheckResult.FAIL, _names(survey.changed), "edited after it was applied", refused),
        ("history-late", CheckResult.FAIL, late, "pending, although later ones are applied", refused),
        (
            "history-unfinished",
            CheckResult.WARN,
            _names(survey.of(MigrationState.UNFINISHED)),
            "started but not finished",
            "the next `rowkeep up` continues it",
        ),
        (
            "history-order",
            CheckResult.WARN,
            _names(tuple(status for status in survey.applied if status.misplaced)),
            "applied in a different order than the files",
            "node-pg-migrate refuses that, unless its order check is turned off",
        ),
    )
    for name, health, names, what, why in problems:
        if names:
            yield Check(name, health, f"{what}: {format_names(names)}", why, ("rowkeep status",))
    if not any(names for _, _, names, _, _ in problems):
        applied = len(survey.applied)
        pending = len(survey.of(MigrationState.PENDING))
        comments = sum(status.edit is EditState.COMMENT for status in survey.applied)
        words = f"{applied} applied, {pending} pending; history and files agree"
        yield Check("history", CheckResult.OK, words + (f" ({comments} edited in comments only)" if comments else ""))


def _names(statuses: tuple[MigrationStatus, ...]) -> list[str]:
    return [status.name for status in statuses]
