"""What migrations change for the application's statements, as text and JSON."""

from __future__ import annotations

from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.application import STATISTICS, ApplicationCheck, ApplicationLoad, StatementChange
from rowkeep.report.events import format_seconds
from rowkeep.report.text.visible import join_lines

HEAD = 100
"""Characters of a statement that are shown."""

UNCHECKED_SHOWN = 3


def format_check_summary(check: ApplicationCheck) -> str:
    """The result in a few words."""
    broken = len({change.statement.name for change in check.broken})
    if broken:
        return f"{count_text(broken, 'statement')} of the application would BREAK"
    return f"{count_text(check.checked, 'statement')} of the application still {_verb(check.checked)}"


def _verb(count: int) -> str:
    return "works" if count == 1 else "work"


def format_application(check: ApplicationCheck) -> list[str]:
    """The lines of a report."""
    source = check.source if check.source == STATISTICS else f"the file {check.source}"
    checked = f"{count_text(check.checked, 'statement')} of {source} prepared and planned before and after"
    rows = [f"app      {checked}: {'none breaks' if not check.broken else 'some break'}"]
    rows += [f"BROKEN   {format_change(change)}" for change in check.broken]
    rows += [f"changed  {format_change(change)}" for change in check.changes if not change.breaks]
    if check.unchecked:
        rows.append(
            f"unknown  {count_text(len(check.unchecked), 'statement')} not checked: "
            "the copy refused them before the migrations, too"
        )
        rows += [
            f"         {_head(unchecked.statement.text)}: {unchecked.why}"
            for unchecked in check.unchecked[:UNCHECKED_SHOWN]
        ]
    if check.left_out:
        rows.append(f"unknown  at least {count_text(check.left_out, 'statement')} that are called less often")
    return rows


def format_statement_check(check: ApplicationCheck, basis: str) -> str:
    """The answer of `lint --statements`. basis: what the statements were checked on."""
    first = f"{count_text(check.checked, 'statement')} of {check.source} checked {basis}: "
    first += "some break" if check.broken else "none breaks"
    rows = format_application(check)[1:]
    return join_lines([first, *(f"  {row}" for row in rows)])


def format_change(change: StatementChange) -> str:
    """One change in one line."""
    statement = change.statement
    facts = [statement.role] if statement.role else []
    rate = statement.calls_per_hour
    if rate is not None:
        facts.append(f"{rate:,.0f} calls an hour" if rate >= 1 else "less than one call an hour")
    if change.calls_meanwhile is not None:
        facts.append(f"{count_text(change.calls_meanwhile, 'call')} during this run")
    where = change.place or change.migration
    by = f"; by {where}" if where else ""
    about = f" ({', '.join(facts)})" if facts else ""
    return f"{statement.name} {_head(statement.text)}{about}: {change.message}{by}"


def _head(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= HEAD else f"{line[: HEAD - 1]}…"


def serialize_application(check: ApplicationCheck) -> dict[str, object]:
    """The same for JSON."""
    return {
        "source": check.source,
        "checked": check.checked,
        "left_out": check.left_out,
        "seconds": check.seconds,
        "changes": [
            {
                "name": change.statement.name,
                "statement": change.statement.text,
                "role": change.statement.role,
                "calls_per_hour": change.statement.calls_per_hour,
                "calls_during_run": change.calls_meanwhile,
                "kind": change.kind.value,
                "breaks": change.breaks,
                "message": change.message,
                "migration": change.migration,
                "place": None if change.place is None else str(change.place),
            }
            for change in check.changes
        ],
        "not_checked": [
            {"statement": unchecked.statement.text, "why": unchecked.why} for unchecked in check.unchecked
        ],
    }


def format_load(load: ApplicationLoad) -> list[str]:
    """The lines of a report about the load beside the migrations."""
    beside = f"p50 {format_seconds(load.p50)}, p99 {format_seconds(load.p99)}"
    before = f"before: {format_seconds(load.p50_before)}, {format_seconds(load.p99_before)}"
    runs = f"{load.executed:,} runs of {count_text(load.statements, 'statement')} of {load.source}"
    rows = [f"load     {runs} in {load.sessions} sessions beside the migrations: {beside} ({before})"]
    if load.worst_statement:
        during = f", during {load.worst_place}" if load.worst_place is not None else ""
        rows.append(f"stall    the longest took {format_seconds(load.worst)}{during}: {_head(load.worst_statement)}")
    if load.failed:
        failed = ", ".join(f"{count:,} with {sqlstate}" for sqlstate, count in load.failed)
        rows.append(f"FAILED   runs of the load: {failed}")
    if load.left_out:
        left_out = count_text(load.left_out, "statement")
        rows.append(f"unknown  {left_out} not run as load: no value for $1, or reads and changes no rows")
    return rows


def serialize_load(load: ApplicationLoad) -> dict[str, object]:
    """The same for JSON."""
    return {
        "source": load.source,
        "statements": load.statements,
        "left_out": load.left_out,
        "sessions": load.sessions,
        "executed": load.executed,
        "failed": dict(load.failed),
        "p50_before": load.p50_before,
        "p99_before": load.p99_before,
        "p50": load.p50,
        "p99": load.p99,
        "worst": load.worst,
        "worst_statement": load.worst_statement,
        "worst_place": None if load.worst_place is None else str(load.worst_place),
    }
