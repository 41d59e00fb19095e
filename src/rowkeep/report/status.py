"""Where every migration stands, as text and as JSON."""

from __future__ import annotations

from rowkeep.domain.count import count_text
from rowkeep.domain.plan import Edit, Stand, Standing, Survey
from rowkeep.plan.objections import settled_as_gone
from rowkeep.report.visible import joined


def status_text(survey: Survey) -> str:
    """A line for each migration, then the sums."""
    state = survey.state
    head = f"database {state.database} (PostgreSQL {state.major}), history {state.history.key}"
    if not state.history_exists:
        head += " (not made yet)"
    if not survey.standings:
        return f"{head}\nno migrations in {survey.directory.path}"
    width = max(len(standing.name) for standing in survey.standings)
    rows = [_row(standing, width) for standing in survey.standings]
    return joined([head, "", *rows, "", sums_text(survey)])


def _row(standing: Standing, width: int) -> str:
    when = standing.row.run_on.strftime("%Y-%m-%d %H:%M:%S") if standing.row else ""
    return f"  {standing.stand.value:<10}  {standing.name:<{width}}  {when:<19}  {remark(standing)}".rstrip()


def remark(standing: Standing) -> str:
    """What is odd about a migration, in a few words; empty where nothing is."""
    said = []
    match standing.edit:
        case Edit.CHANGED:
            said.append("edited since it was applied")
        case Edit.COMMENT:
            said.append("only comments or layout edited since")
    if standing.stand is Stand.MISSING:
        said.append("the file is gone" + (" (accepted)" if settled_as_gone(standing) else ""))
    if standing.stand is Stand.UNFINISHED:
        said.append(f"{count_text(len(standing.checkpoints), 'statement')} begun; `rowkeep up` goes on")
    elif standing.checkpoints:
        said.append("half undone; `rowkeep down` goes on")
    if standing.late:
        said.append("late: younger migrations are applied")
    if standing.misplaced:
        said.append("applied out of order")
    return "; ".join(said)


def sums_text(survey: Survey) -> str:
    """`3 applied, 1 pending; 1 edited`."""
    counts = {stand: len(survey.of(stand)) for stand in Stand}
    parts = [f"{count} {stand.value}" for stand, count in counts.items() if count]
    text = ", ".join(parts) or "nothing applied, nothing pending"
    return f"{text}; {count_text(len(survey.changed), 'file')} edited in meaning" if survey.changed else text


def unsettled(survey: Survey) -> bool:
    """Whether `--check` says no: something is pending, unfinished, changed or missing."""
    missing = [item for item in survey.of(Stand.MISSING) if not settled_as_gone(item)]
    half_undone = any(item.checkpoints for item in survey.standings)
    return bool(survey.pending or survey.changed or missing or half_undone)


def status_data(survey: Survey) -> dict[str, object]:
    """The same for `--output-format json`."""
    state = survey.state
    return {
        "database": state.database,
        "server_version": state.version_num,
        "history": state.history.key,
        "ledger_edition": state.edition,
        "migrations": [_data(standing) for standing in survey.standings],
        "counts": {stand.value: len(survey.of(stand)) for stand in Stand} | {"changed": len(survey.changed)},
    }


def _data(standing: Standing) -> dict[str, object]:
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
