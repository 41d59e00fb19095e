"""How events appear on stderr: bars and colour for a person, plain lines for everything else."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from rowkeep.cli.output import print_line, safe
from rowkeep.domain.event import (
    Blocker,
    Event,
    MigrationFinished,
    MigrationStarted,
    Outcome,
    StageFinished,
    StageProgress,
    StageStarted,
    StatementFinished,
    StatementStarted,
    Waiting,
)
from rowkeep.report.events import event_line, format_blocker, format_seconds
from rowkeep.report.text.visible import one_line
from rowkeep.report.text.wrap import NARROWEST, shorten_text, wrap_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

MARKS = {Outcome.OK: ("✓", "green"), Outcome.REFUSED: ("✗", "red"), Outcome.FAILED: ("✗", "red")}
SKIPPED = ("-", "dim")
MARGIN = 4
"""Indent of continuation lines."""

BESIDE = 12
"""Columns of a bar besides title and detail: spinner, elapsed time, spaces."""


def progress_display(*, bars: bool, color: str, verbose: bool) -> Callable[[Event], None]:
    """The function that shows the events of a run. bars: draw progress bars, for a person at a terminal."""
    return BarProgress(color) if bars else PlainProgress(verbose)


class PlainProgress:
    """One line per event: for pipes, CI logs and --verbose."""

    def __init__(self, verbose: bool) -> None:
        self.verbose = verbose

    def __call__(self, event: Event) -> None:
        line = event_line(event, self.verbose)
        if line is not None:
            print_line(line, err=True)


class BarProgress:
    """A bar for the running stage, a line for each finished one. A migration outside a stage has its own bar."""

    def __init__(self, color: str) -> None:
        from rich.console import Console

        # rich keeps bold under NO_COLOR; the standard (no-color.org) asks for no ANSI colour only, so that is right.
        no_color = color == "never" or (color == "auto" and bool(os.environ.get("NO_COLOR")))
        self.console: Console = Console(stderr=True, no_color=no_color, highlight=False)
        self.progress: Progress | None = None
        self.task: TaskID | None = None
        self.title = ""
        self.in_stage = False
        self.waiting = ""

    def __call__(self, event: Event) -> None:
        match event:
            case StageStarted(title=title, total=total):
                self._begin(title, total)
                self.in_stage = True
            case StageProgress(done=done, total=total, detail=detail):
                self._advance(done, total, detail)
            case StageFinished(stage=stage, outcome=outcome, seconds=seconds, summary=summary):
                self.end()
                mark, style = MARKS.get(outcome, SKIPPED)
                self._line(mark, style, f"{stage:<10} {format_seconds(seconds):>8}  ", summary)
            case MigrationStarted(name=name, direction=direction, index=index, count=count):
                title = f"{index}/{count} {name}"
                if self.in_stage:
                    self._detail(title)
                else:
                    self._begin(f"{'applying' if direction == 'up' else 'undoing'} {title}", None)
            case MigrationFinished(name=name, direction=direction, seconds=seconds) if not self.in_stage:
                self.end()
                word = "applied" if direction == "up" else "undone"
                self._line("✓", "green", f"{word:<10} {format_seconds(seconds):>8}  ", name)
            case StatementStarted(index=index, count=count, head=head):
                self._detail(f"{index + 1}/{count} {head}" if count > 1 else head)
            case StatementFinished():
                self.waiting = ""
            case Waiting(what=what, blockers=blockers):
                self._wait(what, blockers)
            case _:
                line = event_line(event)
                if line is not None:
                    self._print(line)

    def _line(self, mark: str, style: str, head: str, text: str) -> None:
        """Print a line for a finished stage; a long text is wrapped and indented."""
        margin, width = len(mark) + 1 + len(head), self.console.width
        if width - margin < NARROWEST:
            margin = MARGIN
            lines = ["", *wrap_text(safe(text), width - margin)]
        else:
            lines = wrap_text(safe(text), width - margin)
        self.console.print(f"[{style}]{mark}[/] ", end="")
        self._print_whole(head + f"\n{' ' * margin}".join(lines))

    def _print(self, text: str) -> None:
        parts = [part for line in safe(text).splitlines() for part in wrap_text(line, self.console.width, MARGIN)]
        self._print_whole("\n".join(parts))

    def _print_whole(self, text: str) -> None:
        """Print in one call: the bar is redrawn after each print."""
        self.console.print(text, markup=False, soft_wrap=True)

    def _wait(self, what: str, blockers: tuple[Blocker, ...]) -> None:
        """Print the blockers once, on a line of their own; the bar shows the elapsed time."""
        words = f"waiting for {what}"
        who = "; ".join(map(format_blocker, blockers))
        if who and identify_blockers(blockers) != self.waiting:
            self.waiting = identify_blockers(blockers)
            self._print(f"{words}; blocked by {who}")
        if self.progress is None:
            self._begin(words, None)
        else:
            self._detail(words)

    def _begin(self, title: str, total: int | None) -> None:
        from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

        self.end()
        columns = [SpinnerColumn(), TextColumn("{task.description}", markup=False)]
        if total is not None:
            columns += [BarColumn(bar_width=24), TaskProgressColumn()]
        columns += [TimeElapsedColumn(), TextColumn("{task.fields[detail]}", style="dim", markup=False)]
        self.progress = Progress(*columns, console=self.console, transient=True)
        self.progress.start()
        self.title = shorten_text(safe(one_line(title)), max(self.console.width - BESIDE, NARROWEST))
        self.task = self.progress.add_task(self.title, total=total, detail="")

    def _advance(self, done: int, total: int | None, detail: str) -> None:
        if self.progress is not None and self.task is not None:
            self.progress.update(self.task, completed=done, total=total, detail=safe(one_line(detail)))

    def _detail(self, detail: str) -> None:
        """Show `detail` beside the title of the bar, shortened to fit."""
        if self.progress is not None and self.task is not None:
            width = self.console.width - BESIDE - len(self.title)
            self.progress.update(
                self.task, detail=shorten_text(safe(one_line(detail)), width) if width >= NARROWEST else ""
            )

    def end(self) -> None:
        """Remove the bar from the terminal."""
        self.in_stage = False
        if self.progress is not None:
            self.progress.stop()
            self.progress = self.task = None


def identify_blockers(blockers: tuple[Blocker, ...]) -> str:
    """Identify the blocking sessions, without the parts that change while they block."""
    return " ".join(str(blocker.pid) for blocker in blockers)
