"""The context of a command: settings, events, the result, questions. Only `rowkeep.cli` prints."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from rowkeep.cli.output import ask, json_document, print_line, silence_stream, use_color
from rowkeep.config import Settings
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Refused

if TYPE_CHECKING:
    from rowkeep.domain.event import Event


class CommandContext:
    """One run of one command.

    settings: resolved configuration. command: its words (`backup list`). json: whether the answer is one JSON
    document. arguments: as typed. Results go to stdout, events and notes to stderr.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        command: str,
        output_format: str,
        quiet: bool,
        verbose: bool,
        color: str,
        arguments: tuple[str, ...] = (),
    ) -> None:
        self.settings = settings
        self.command = command
        self.arguments = arguments
        self.output_format = output_format
        self.json = output_format == "json"
        self.quiet = quiet
        self.verbose = verbose
        self.color = color
        self.data: dict[str, object] = {}
        self.events: list[dict[str, object]] = []
        self._show: Callable[[Event], None] | None = None

    @property
    def terminal(self) -> bool:
        """Whether stderr is a terminal."""
        return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    @property
    def colored(self) -> bool:
        """Whether the result on stdout may be coloured."""
        return use_color(self.color, sys.stdout.isatty(), os.environ)

    def emit(self, event: Event) -> None:
        """Show an event as it happens (an `Emit`)."""
        if self.json:
            from dataclasses import asdict

            self.events.append({"event": type(event).__name__, **asdict(event)})
            return
        if self.quiet:
            return
        if self._show is None:
            from rowkeep.cli.progress import progress_display

            bars = self.terminal and not self.verbose
            self._show = progress_display(bars=bars, color=self.color, verbose=self.verbose)
        try:
            self._show(event)
        except OSError:
            # stderr is closed: continue without output.
            silence_stream(2)

    def clear(self) -> None:
        """Remove the progress bar from the terminal, before a result or an error is printed."""
        end = getattr(self._show, "end", None)
        if end is not None:
            end()

    def answer(self, text: str, **data: object) -> None:
        """The result: print `text` to stdout, or put `data` into the JSON document."""
        self.data.update(data)
        self.clear()
        if not self.json and text:
            print_line(text, color=self.colored)

    def annotate(self, text: str) -> None:
        """Print the result as GitHub workflow commands."""
        self.clear()
        print_line(text, annotations=True)

    def note(self, text: str) -> None:
        """Print a line to stderr that is not part of the result."""
        if not self.json and not self.quiet:
            self.clear()
            print_line(text, err=True)

    def confirm_name(self, expected: str, answer: str | None, danger: str) -> None:
        """Confirm a dangerous action: the name must be typed or passed by --confirm. Otherwise raises Refused."""
        if answer is None and sys.stdin.isatty():
            answer = ask(f"{danger}\nType {expected!r} to continue")
        if answer == expected:
            return
        from rowkeep.cli.retype import with_option

        steps = with_option(self.arguments, "--confirm", expected, os.environ)
        if answer is None:
            raise Refused(
                danger,
                code=ErrorCode.CONFIRMATION_NEEDED,
                why="there is no terminal to ask for confirmation",
                instead=steps,
            )
        raise Refused(
            f"not confirmed: expected {expected!r}, got {answer!r}",
            code=ErrorCode.NOT_CONFIRMED,
            why=danger,
            instead=steps,
        )

    def document(self, exit_code: int, error: dict[str, object] | None = None) -> str:
        """The JSON document of this run."""
        return json_document(self.command, exit_code, self.data, self.events, error)

    def close(self, exit_code: int) -> None:
        """End a run that did not fail: remove the progress bar, print the JSON document."""
        self.clear()
        if self.json:
            print_line(self.document(exit_code))
