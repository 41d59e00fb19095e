"""Who applied and undid what, when, and how long it took, as text and as JSON."""

from __future__ import annotations

from dataclasses import fields

from rowkeep.domain.ledger import Entry
from rowkeep.report.events import seconds_text
from rowkeep.report.visible import indented, one_line

MARGIN = " " * 21


def history_text(entries: tuple[Entry, ...], database: str) -> str:
    """A line for each thing that happened, newest last."""
    if not entries:
        return f"nothing has happened to database {database} yet"
    names = max(len(entry.migration) for entry in entries)
    return "\n".join(_row(entry, names) for entry in entries)


def _row(entry: Entry, width: int) -> str:
    took = seconds_text(entry.seconds) if entry.seconds is not None else ""
    when = f"{entry.at:%Y-%m-%d %H:%M:%S}"
    row = f"{when}  {entry.outcome.value:<8}  {entry.migration:<{width}}  {took:>10}  {_who(entry)}".rstrip()
    row = one_line(row)
    if entry.message:
        code = f"[{entry.sqlstate}] " if entry.sqlstate else ""
        row += f"\n{'':19}  {code}{indented(entry.message, MARGIN)}"
    return row


def _who(entry: Entry) -> str:
    if entry.role is None:
        return "by another tool"
    who = f"{entry.os_user or '?'}@{entry.host or '?'} as {entry.role}"
    if entry.commit:
        who += f", commit {entry.commit[:10]}{' + local changes' if entry.dirty else ''}"
    return who


def history_data(entries: tuple[Entry, ...]) -> list[dict[str, object]]:
    """The same for `--output-format json`."""
    return [{field.name: getattr(entry, field.name) for field in fields(entry)} for entry in entries]
