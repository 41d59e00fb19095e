"""Events as lines of text, for logs and pipes. Some events have no line."""

from __future__ import annotations

from rowkeep.domain.event import (
    Blocker,
    Event,
    MigrationFinished,
    MigrationStarted,
    Noted,
    Outcome,
    StageFinished,
    StageProgress,
    StageStarted,
    StatementFinished,
    StatementStarted,
    Waiting,
)
from rowkeep.report.text.visible import indent
from rowkeep.report.text.wrap import shorten_text

QUERY = 80
"""Maximum width of a blocker's query."""

MARKS = {Outcome.OK: "ok", Outcome.REFUSED: "refused", Outcome.FAILED: "failed", Outcome.SKIPPED: "skipped"}


def format_seconds(seconds: float) -> str:
    """A duration: `4 ms`, `1.2 s`, `3 min 20 s`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def format_bytes(count: int) -> str:
    """A size in powers of 1000: `512 B`, `1.4 MB`."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def format_blocker(blocker: Blocker) -> str:
    """A blocking session: `pid 812 (app=web, user=app, from 10.0.0.7, idle in transaction, 41 s): SELECT …`."""
    facts = [
        f"app={blocker.application}" if blocker.application else None,
        f"user={blocker.user}" if blocker.user else None,
        f"from {blocker.address}" if blocker.address else None,
        blocker.state,
        format_seconds(blocker.age) if blocker.age is not None else None,
    ]
    shown = f": {shorten_text(blocker.query, QUERY)}" if blocker.query and blocker.query.strip() else ""
    return f"pid {blocker.pid} ({', '.join(fact for fact in facts if fact)}){shown}"


def event_line(event: Event, verbose: bool = False) -> str | None:
    """The line for an event, or None for events that a plain log leaves out. Further lines of a note are indented."""
    line = _line(event, verbose)
    return None if line is None else indent(line, " " * 6)


def _line(event: Event, verbose: bool) -> str | None:
    match event:
        case StageStarted(title=title):
            return f"-- {title} …"
        case StageFinished(stage=stage, outcome=outcome, seconds=seconds, summary=summary):
            tail = f": {summary}" if summary else ""
            return f"   {stage} {MARKS[outcome]} ({format_seconds(seconds)}){tail}"
        case MigrationStarted(name=name, direction=direction, index=index, count=count):
            return f"   {direction} {index}/{count} {name} …" if verbose else None
        case MigrationFinished(name=name, direction=direction, seconds=seconds):
            return f"   {'applied' if direction == 'up' else 'undone'} {name} ({format_seconds(seconds)})"
        case StatementStarted(place=place, head=head):
            return f"     {place} {head}" if verbose else None
        case Waiting(what=what, seconds=seconds, blockers=blockers):
            who = "; blocked by " + "; ".join(map(format_blocker, blockers)) if blockers else ""
            return f"   waiting {format_seconds(seconds)} for {what}{who}"
        case Noted(message=message, warning=warning):
            return f"{'warning' if warning else 'note'}: {message}"
        case StageProgress() | StatementFinished():
            return None
