"""What `rowkeep lint` shows while it runs, and what it asks: notes, the diff of a fix, which files are applied."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.output import confirm
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused
from rowkeep.workflows.lint import LintObserver

if TYPE_CHECKING:
    from rowkeep.domain.event import Event
    from rowkeep.domain.lint.fix_result import FixResult


class LintReporter(LintObserver):
    """Shows everything through the context of the command. Only a person at a terminal can confirm."""

    def __init__(self, context: CommandContext) -> None:
        self.context = context

    def emit(self, event: Event) -> None:
        self.context.emit(event)

    def note(self, text: str) -> None:
        self.context.note(text)

    def show_fix(self, fix: FixResult) -> None:
        """Show the diff, and why a migration was not rewritten completely."""
        from rowkeep.report.formats.by_name import FOR_PEOPLE
        from rowkeep.report.lint.fixes import format_diff

        context = self.context
        changed = {file.path for file in fix.files}
        for path, why in fix.refused:
            context.note(f"{path}: {'rewritten in part' if path in changed else 'not changed'}: {why}")
        diff = format_diff([(file.path, file.old, file.new) for file in fix.files])
        if context.json or context.output_format in FOR_PEOPLE:
            fixes = [{"path": file.path, "new": not file.old} for file in fix.files]
            context.answer(diff, fixes=fixes, answered=fix.answered, diff=diff)
        else:
            # stdout must contain one document only.
            context.note(diff)

    def confirm_not_applied(self, fix: FixResult) -> None:
        """Ask a person whether these files are applied, because there is no database to ask."""
        if not sys.stdin.isatty():
            super().confirm_not_applied(fix)
        paths = ", ".join(file.path for file in fix.files if file.old)
        if not confirm(f"None of these is applied anywhere: {paths}?"):
            raise Misused(
                "not confirmed",
                code=ErrorCode.NOT_CONFIRMED,
                why="an applied migration must not change, and no database is configured that knows what is applied",
                instead=("rowkeep lint --fix PATHS",),
            )
