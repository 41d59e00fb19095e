"""The state of every migration, as text and JSON."""

from __future__ import annotations

from rowkeep.domain.count import count_text
from rowkeep.domain.plan import EditState, MigrationState, MigrationStatus, Survey
from rowkeep.plan.objections import is_accepted_as_deleted
from rowkeep.report.text.visible import join_lines


def format_status(survey: Survey) -> str:
    """One line per migration, then the counts."""
    state = survey.state
    head = f"database {state.database} (PostgreSQL {state.major}), history {state.history.key}"
    if not state.history_exists:
        head += " (not created yet)"
    if not survey.standings:
        return f"{head}\nno migrations in {survey.directory.path}"
    width = max(len(standing.name) for standing in survey.standings)
    rows = [_row(standing, width) for standing in survey.standings]
    return join_lines([head, "", *rows, "", format_sums(survey)])


def _row(standing: MigrationStatus, width: int) -> str:
    when = standing.row.run_on.strftime("%Y-%m-%d %H:%M:%S") if standing.row else ""
    return f"  {standing.stand.value:<10}  {standing.name:<{width}}  {when:<19}  {status_remark(standing)}".rstrip()


def status_remark(standing: MigrationStatus) -> str:
    """What is unusual about a migration, in a few words; '' if nothing is."""
    remarks = []
    match standing.edit:
        case EditState.CHANGED:
            remarks.append("edited since it was applied")
        case EditState.COMMENT:
            remarks.append("only comments or layout edited since then")
    if standing.stand is MigrationState.MISSING:
        remarks.append("the file is gone" + (" (accepted)" if is_accepted_as_deleted(standing) else ""))
    if standing.stand is MigrationState.UNFINISHED:
        remarks.append(f"{count_text(len(standing.checkpoints), 'statement')} started; `rowkeep up` continues")
    elif standing.checkpoints:
        remarks.append("partly undone; `rowkeep down` continues")
    if standing.late:
        remarks.append("late: later migrations are already applied")
    if standing.misplaced:
        remarks.append("applied out of order")
    return "; ".join(remarks)


def format_sums(survey: Survey) -> str:
    """`3 applied, 1 pending; 1 edited`."""
    counts = {stand: len(survey.of(stand)) for stand in MigrationState}
    parts = [f"{count} {stand.value}" for stand, count in counts.items() if count]
    text = ", ".join(parts) or "nothing applied, nothing pending"
    return f"{text}; {count_text(len(survey.changed), 'file')} edited in meaning" if survey.changed else text


def needs_attention(survey: Survey) -> bool:
    """Whether `--check` fails: something is pending, unfinished, changed or missing."""
    missing = [item for item in survey.of(MigrationState.MISSING) if not is_accepted_as_deleted(item)]
    half_undone = any(item.checkpoints for item in survey.standings)
    return bool(survey.pending or survey.changed or missing or half_undone)


def serialize_status(survey: Survey) -> dict[str, object]:
    """The same for `--output-format json`."""
    state = survey.state
    return {
        "database": state.database,
        "server_version": state.version_num,
        "history": state.history.key,
        "ledger_edition": state.edition,
        "migrations": [_data(standing) for standing in survey.standings],
        "counts": {stand.value: len(survey.of(stand)) for stand in MigrationState} | {"changed": len(survey.changed)},
    }


def _data(standing: MigrationStatus) -> dict[str, object]:
    return {
        "name": standing.name,
        "stand": standing.stand.value,
        "path": standing.migration.path if standing.migration else None,
        "run_on": standing.row.run_on.isoformat() if standing.row else None,
        "edit": standing.edit.value if standing.row else None,
        "late": standing.late,
        "misplaced": standing.misplaced,
        "statements_begun": len(standing.checkpoints),
    }
