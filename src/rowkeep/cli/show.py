"""How events appear on stderr: bars and colour for a person, plain lines for everything else."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from rowkeep.cli.speech import safe, say
from rowkeep.domain.event import (
    Event,
    MigrationBegan,
    Outcome,
    StageAdvanced,
    StageBegan,
    StageEnded,
    StatementBegan,
    StatementEnded,
    Waiting,
)
from rowkeep.report.events import event_line, seconds_text
from rowkeep.report.visible import one_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from rowkeep.cli.door import Door

MARKS = {Outcome.OK: ("✓", "green"), Outcome.REFUSED: ("✗", "red"), Outcome.FAILED: ("✗", "red")}
SKIPPED = ("-", "dim")


def shower(door: Door) -> Callable[[Event], None]:
    """The function that shows events of this run."""
    if door.terminal and not door.verbose:
        return Stage(door.color)
    return Lines(door.verbose)


class Lines:
    """One line per event: for pipes, CI logs and --verbose."""

    def __init__(self, verbose: bool) -> None:
        self.verbose = verbose

    def __call__(self, event: Event) -> None:
        line = event_line(event, self.verbose)
        if line is not None:
            say(line, err=True)


class Stage:
    """A bar for the stage at work, a line for each that ended."""

    def __init__(self, color: str) -> None:
        from rich.console import Console

        # rich keeps bold under NO_COLOR; the standard (no-color.org) asks for no ANSI colour only, so that is right.
        no_color = color == "never" or (color == "auto" and bool(os.environ.get("NO_COLOR")))
        self.console: Console = Console(stderr=True, no_color=no_color, highlight=False)
        self.progress: Progress | None = None
        self.task: TaskID | None = None

    def __call__(self, event: Event) -> None:
        match event:
            case StageBegan(title=title, total=total):
                self._begin(title, total)
            case StageAdvanced(done=done, total=total, detail=detail):
                self._advance(done, total, detail)
            case StageEnded(stage=stage, outcome=outcome, seconds=seconds, summary=summary):
                self.end()
                mark, style = MARKS.get(outcome, SKIPPED)
                self.console.print(f"[{style}]{mark}[/] [bold]{stage:<10}[/] {seconds_text(seconds):>8}  ", end="")
                self._print(summary)
            case MigrationBegan(name=name, index=index, count=count):
                self._detail(f"{index}/{count} {name}")
            case StatementBegan(head=head):
                self._detail(head)
            case StatementEnded():
                pass
            case Waiting():
                self._detail((event_line(event) or "").strip())
            case _:
                line = event_line(event)
                if line is not None:
                    self._print(line)

    def _print(self, text: str) -> None:
        self.console.print(safe(text), markup=False)

    def _begin(self, title: str, total: int | None) -> None:
        from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

        self.end()
        columns = [SpinnerColumn(), TextColumn("{task.description}", markup=False)]
        if total is not None:
            columns += [BarColumn(bar_width=24), TaskProgressColumn()]
        columns += [TimeElapsedColumn(), TextColumn("{task.fields[detail]}", style="dim", markup=False)]
        self.progress = Progress(*columns, console=self.console, transient=True)
        self.progress.start()
        self.task = self.progress.add_task(safe(one_line(title)), total=total, detail="")

    def _advance(self, done: int, total: int | None, detail: str) -> None:
        if self.progress is not None and self.task is not None:
            self.progress.update(self.task, completed=done, total=total, detail=safe(one_line(detail)))

    def _detail(self, detail: str) -> None:
        if self.progress is not None and self.task is not None:
            self.progress.update(self.task, detail=safe(one_line(detail[:80])))

    def end(self) -> None:
        """Take the bar off the terminal."""
        if self.progress is not None:
            self.progress.stop()
            self.progress = self.task = None
