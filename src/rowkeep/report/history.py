"""The history (who applied or undid what and when), as text and JSON."""

from __future__ import annotations

from dataclasses import fields

from rowkeep.domain.history.ledger import HistoryEntry
from rowkeep.report.deploy.prediction import format_kept_prediction
from rowkeep.report.events import format_seconds
from rowkeep.report.text.visible import indent, one_line

MARGIN = " " * 21


def format_history(entries: tuple[HistoryEntry, ...], database: str) -> str:
    """One line per entry, newest last."""
    if not entries:
        return f"database {database} has no history yet"
    names = max(len(entry.migration) for entry in entries)
    return "\n".join(_row(entry, names) for entry in entries)


def _row(entry: HistoryEntry, width: int) -> str:
    took = format_seconds(entry.seconds) if entry.seconds is not None else ""
    when = f"{entry.at:%Y-%m-%d %H:%M:%S}"
    row = f"{when}  {entry.outcome.value:<8}  {entry.migration:<{width}}  {took:>10}  {_who(entry)}".rstrip()
    row = one_line(row)
    if entry.message:
        code = f"[{entry.sqlstate}] " if entry.sqlstate else ""
        row += f"\n{'':19}  {code}{indent(entry.message, MARGIN)}"
    lines = [*format_kept_prediction(entry), *_format_consent(entry)]
    return "\n".join([row, *(f"{'':19}  {line}" for line in lines)])


def _format_consent(entry: HistoryEntry) -> tuple[str, ...]:
    """What the run of this entry was allowed to do, by name, and the reason that was given."""
    if not entry.because:
        return ()
    names = f"accepted {', '.join(map(str, entry.accepted))}: " if entry.accepted else "because: "
    return (one_line(f"{names}{entry.because}"),)


def _who(entry: HistoryEntry) -> str:
    if entry.role is None:
        return "by another tool"
    who = f"{entry.os_user or '?'}@{entry.host or '?'} as {entry.role}"
    if entry.commit:
        who += f", commit {entry.commit[:10]}{' + local changes' if entry.dirty else ''}"
    return who


def serialize_history(entries: tuple[HistoryEntry, ...]) -> list[dict[str, object]]:
    """The same for `--output-format json`."""
    return [{field.name: getattr(entry, field.name) for field in fields(entry)} for entry in entries]
