"""`rowkeep lint --fix`: chooses the files that may be changed, shows the diff, and writes it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.connection_string import ENOUGH, connection_string
from rowkeep.cli.output import confirm
from rowkeep.domain.count import count_text
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused

if TYPE_CHECKING:
    from rowkeep.analysis import LintOptions
    from rowkeep.config import Settings
    from rowkeep.files.select import Selection
    from rowkeep.workflows.fix import FixResult


def fix_files(
    context: CommandContext,
    selections: Sequence[Selection],
    options: LintOptions,
    settings: Settings,
    *,
    named: bool,
    only_show: bool,
) -> tuple[str, ...]:
    """Show the diff, write it unless `only_show`, and return the changed paths. named: paths were on the command line.

    An applied migration is never changed. A configured database says what is applied. Without one, only files that
    were named or confirmed are written; otherwise raises Misused.
    """
    from rowkeep.files.filesystem.write_set import write_changes
    from rowkeep.report.formats.by_name import FOR_PEOPLE
    from rowkeep.report.lint.fixes import format_diff
    from rowkeep.workflows.fix import fix_migrations
    from rowkeep.workflows.lint_request import select_pending

    has_database = settings.database is not None or any(os.environ.get(name) for name in ENOUGH)
    if has_database:
        with connection_string(context) as conninfo:
            allowed = select_pending(selections, settings, conninfo)
        applied = _find_applied(selections, allowed)
        if named and applied:
            raise Misused(
                "applied migrations are never changed",
                code=ErrorCode.MIGRATION_ALREADY_APPLIED,
                where=", ".join(applied),
                instead=(
                    "rowkeep lint --fix   (all pending ones)",
                    "rowkeep create NAME   (a migration that follows)",
                ),
            )
        selections = allowed
    result = fix_migrations(selections, options, settings)
    files = [(file.path, file.old, file.new) for file in result.files]
    changed = {file.path for file in result.files}
    for path, why in result.refused:
        context.note(f"{path}: {'rewritten in part' if path in changed else 'not changed'}: {why}")
    diff = format_diff(files)
    if context.json or context.output_format in FOR_PEOPLE:
        fixes = [{"path": path, "new": not old} for path, old, _ in files]
        context.answer(diff, fixes=fixes, answered=result.answered, diff=diff)
    else:
        # stdout must contain one document only.
        context.note(diff)
    if not files:
        context.note("nothing to fix")
    elif not only_show:
        if not has_database and not named:
            _confirm(result)
        write_changes(files)
        context.note(f"{result.answered} fixed in {count_text(len(files), 'file')}")
    return tuple(path for path, _, _ in files)


def read_again(selections: Sequence[Selection], written: Sequence[str], settings: Settings) -> tuple[Selection, ...]:
    """Read the selected files again, and the new files."""
    from rowkeep.files.select import select_migrations

    paths = [migration.path for selection in selections for migration in selection.chosen]
    return select_migrations(
        tuple(dict.fromkeys((*paths, *written))), settings.layout, settings.ignore_pattern, settings.migrations_dir
    )


def _find_applied(selections: Sequence[Selection], allowed: Sequence[Selection]) -> list[str]:
    pending = {migration.path for selection in allowed for migration in selection.chosen}
    return [
        migration.path for selection in selections for migration in selection.chosen if migration.path not in pending
    ]


def _confirm(result: FixResult) -> None:
    """Ask a person whether these files are applied, because there is no database to ask."""
    paths = ", ".join(file.path for file in result.files if file.old)
    why = "an applied migration must not change, and no database is configured that knows what is applied"
    if not sys.stdin.isatty():
        raise Misused(
            "cannot tell which migrations may be changed",
            code=ErrorCode.APPLIED_UNKNOWN,
            why=why,
            instead=("rowkeep lint --fix PATHS",),
        )
    if not confirm(f"None of these is applied anywhere: {paths}?"):
        raise Misused("not confirmed", code=ErrorCode.NOT_CONFIRMED, why=why, instead=("rowkeep lint --fix PATHS",))
