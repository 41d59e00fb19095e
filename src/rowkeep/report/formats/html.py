"""The report of a deploy as one HTML file, light and dark, without scripts or external resources."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.deployment import Deployment
from rowkeep.domain.event import Event, Outcome, StageFinished
from rowkeep.errors import RowkeepError
from rowkeep.report.deploy.prediction import BASIS, describe_work, format_about, format_sizes
from rowkeep.report.deploy.roundtrip import format_trip
from rowkeep.report.errors import format_error
from rowkeep.report.events import MARKS, format_bytes, format_seconds
from rowkeep.report.locks import format_lock_timing, longest_by_table
from rowkeep.report.rehearsal import format_loss, format_untouched, values_lines

STYLE = """
:root { color-scheme: light dark; --line: #8884; --ok: #2a7d46; --no: #b3261e; --bar: #4a7fb5; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin-top: 2rem; }
.verdict { border-left: .4rem solid var(--ok); padding: .2rem 1rem; } .verdict.no { border-color: var(--no); }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .25rem .8rem .25rem 0;
border-bottom: 1px solid var(--line); vertical-align: top; } td.n { text-align: right; white-space: nowrap; }
code, pre { font: 13px/1.45 ui-monospace, monospace; } pre { overflow-x: auto; padding: .8rem; background: #8881; }
.bar { background: var(--bar); height: .7rem; border-radius: 2px; min-width: 2px; } .ok { color: var(--ok); }
.refused, .failed, .lost { color: var(--no); }
@media print { body { margin: 0; } }
"""

POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def html_report(
    deployment: Deployment | None, events: Iterable[Event], error: RowkeepError | None, *, title: str, when: str
) -> str:
    """The whole page. deployment: None if a stage stopped the deploy; `error` says why. when: a date as text."""
    ended = [event for event in events if isinstance(event, StageFinished)]
    parts = [_outcome(deployment, error, when), _stages(ended)]
    if deployment is not None:
        parts += [
            _saved_rehearsal(deployment),
            _statements(deployment),
            _prediction(deployment),
            _locks(deployment),
            _roundtrip(deployment),
        ]
        parts += [_rows(deployment), _backup(deployment)]
    body = "\n".join(part for part in parts if part)
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{escape(title)}</title>\n'
        f"<style>{STYLE}</style>\n<h1>{escape(title)}</h1>\n{body}\n</html>\n"
    )


def _outcome(deployment: Deployment | None, error: RowkeepError | None, when: str) -> str:
    if error is not None:
        message = f"<strong>{escape(error.what)}</strong><pre>{escape(format_error(error))}</pre>"
        return f'<div class="verdict no">{message}{escape(when)}</div>'
    if deployment is None or deployment.rehearsal is None:
        return f'<div class="verdict">Nothing was applied to production. {escape(when)}</div>'
    left = "".join(
        f"<p>Not rehearsed: <strong>{escape(migration.name)}</strong> needs {escape(migration.needs)}</p>"
        for migration in deployment.rehearsal.unrehearsed
    )
    if deployment.carried is None:
        known = escape(format_untouched(deployment.rehearsal.containment, deployment.plan))
        return f'<div class="verdict">{left}{known} {escape(when)}</div>'
    count = count_text(len(deployment.carried.done), "migration")
    lost = "rows lost: 0" if not deployment.rehearsal.losses else "with accepted losses"
    overwritten = sum(column.count for column in deployment.rehearsal.overwritten)
    lost += f", {count_text(overwritten, 'value')} overwritten" if overwritten else ""
    database = escape(deployment.plan.database)
    took = format_seconds(deployment.seconds)
    compared = (
        "the structure was not compared with the rehearsal's" if left else "the structure equals the rehearsal's"
    )
    return (
        f'<div class="verdict"><strong>{count} applied to {database}</strong>, {lost}; {compared}. '
        f"Total: {took}, {escape(when)}{left}</div>"
    )


def _stages(ended: list[StageFinished]) -> str:
    longest = max((stage.seconds for stage in ended), default=0.0) or 1.0
    rows = [
        f'<tr><td class="{stage.outcome.value}">{MARKS[stage.outcome]}</td><td>{escape(stage.stage)}</td>'
        f'<td class="n">{format_seconds(stage.seconds)}</td>'
        f'<td style="width:20%"><div class="bar" style="width:{100 * stage.seconds / longest:.0f}%"></div></td>'
        f"<td>{escape(stage.summary)}</td></tr>"
        for stage in ended
        if stage.outcome is not Outcome.SKIPPED
    ]
    return _table("Stages", ("", "stage", "took", "", ""), rows)


def _statements(deployment: Deployment) -> str:
    rehearsed = deployment.rehearsal.timings if deployment.rehearsal else ()
    took = {(timing.migration, timing.place): timing.seconds for timing in rehearsed}
    rows = []
    for step in deployment.plan.steps:
        for piece in step.pieces:
            statement = piece.statement
            seconds = took.get((step.name, statement.place))
            rows.append(
                f"<tr><td>{escape(str(statement.place))}</td><td><code>{escape(statement.head)}</code></td>"
                f"<td>{'outside a transaction' if piece.outside else 'in a transaction'}</td>"
                f'<td class="n">{"" if seconds is None else format_seconds(seconds)}</td></tr>'
            )
    return _table("Statements", ("place", "statement", "runs", "took in the rehearsal"), rows)


def _locks(deployment: Deployment) -> str:
    rows = [
        f"<tr><td>{escape(lock.table)}</td><td>{lock.mode.sql}</td><td>{escape(format_lock_timing(lock))}</td></tr>"
        for lock in longest_by_table(deployment.carried.locks if deployment.carried else ())
    ]
    return _table("Locks that others had to wait for", ("table", "lock", ""), rows)


def _saved_rehearsal(deployment: Deployment) -> str:
    saved = deployment.saved if deployment.carried is not None else None
    if saved is None or saved.rehearsal is None:
        return ""
    facts = (
        ("SHA-256", saved.digest),
        ("finished", saved.finished_at),
        ("on data of", saved.rehearsal.backup.taken_at),
        ("its backup", saved.rehearsal.backup.id),
    )
    rows = [f"<tr><td>{name}</td><td><code>{escape(value)}</code></td></tr>" for name, value in facts]
    return _table("Rehearsed before, and accepted from a file", ("", ""), rows)


def _prediction(deployment: Deployment) -> str:
    prediction = deployment.prediction
    if prediction is None:
        return ""
    held = (
        {(lock.migration, lock.table): lock.hold_s for lock in deployment.carried.locks} if deployment.carried else {}
    )
    took = {(timing.migration, timing.place): timing.seconds for timing in deployment.timings}
    lines = [
        (lock.migration, lock.table, lock.mode.sql, lock.seconds, held.get((lock.migration, lock.table)))
        for lock in prediction.locks
    ]
    lines += [
        (work.migration, work.table, describe_work(work), work.seconds, took.get((work.migration, work.place)))
        for work in prediction.work
    ]
    rows = [
        f"<tr><td>{escape(migration)}</td><td>{escape(table)}</td><td>{escape(what)}</td>"
        f'<td class="n">{escape(format_about(seconds))}</td>'
        f'<td class="n">{"" if real is None else format_seconds(real)}</td></tr>'
        for migration, table, what, seconds, real in lines
    ]
    rows += [f'<tr><td colspan="5">{escape(line)}</td></tr>' for line in (*format_sizes(prediction), BASIS) if rows]
    return _table("Prediction and reality", ("migration", "table", "what", "predicted", "in production"), rows)


def _roundtrip(deployment: Deployment) -> str:
    roundtrip = deployment.rehearsal.roundtrip if deployment.rehearsal else None
    rows = [
        f"<tr><td><pre>{escape(format_trip(roundtrip, trip))}</pre></td></tr>"
        for trip in (roundtrip.trips if roundtrip is not None else ())
        if roundtrip is not None
    ]
    return _table("The way back, on the copy: up, down and up again", ("",), rows)


def _rows(deployment: Deployment) -> str:
    if deployment.rehearsal is None or deployment.backup is None:
        return ""
    touched = {table.table: table for table in deployment.rehearsal.touched}
    rows = [
        f'<tr class="lost"><td colspan="4">{escape(format_loss(loss))}</td></tr>'
        for loss in deployment.rehearsal.losses
    ]
    rows += [f'<tr><td colspan="4">{escape(line)}</td></tr>' for line in values_lines(deployment.rehearsal)]
    for count in deployment.backup.counts:
        if count.schema == "rowkeep":
            continue
        name = f"{count.schema}.{count.table}"
        changes = touched.get(name)
        cells = (
            f"{count.rows:,}",
            f"{changes.updated:,}" if changes else "0",
            f"{changes.deleted:,}" if changes else "0",
        )
        numbers = "".join(f'<td class="n">{cell}</td>' for cell in cells)
        rows.append(f"<tr><td>{escape(name)}</td>{numbers}</tr>")
    return _table("Rows", ("table", "in the backup", "updated by the migrations", "deleted by them"), rows)


def _backup(deployment: Deployment) -> str:
    backup = deployment.backup
    if backup is None:
        return ""
    facts = (
        ("file", backup.path),
        ("size", f"{format_bytes(backup.bytes)}, {count_text(backup.rows, 'row')}"),
        ("SHA-256", backup.sha256),
        ("made by", f"pg_dump {backup.client_version} of a server {backup.server_version}, {backup.taken_at}"),
        ("proven", backup.proof or ("restored and counted" if backup.verified else "not restored by this deploy")),
        ("to go back", f"rowkeep restore {backup.id} --into NEWDB"),
    )
    rows = [f"<tr><td>{name}</td><td><code>{escape(value)}</code></td></tr>" for name, value in facts]
    return _table("Backup", ("", ""), rows)


def _table(title: str, heads: tuple[str, ...], rows: list[str]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{escape(word)}</th>" for word in heads)
    return f"<h2>{escape(title)}</h2>\n<table><tr>{head}</tr>\n" + "\n".join(rows) + "\n</table>"
