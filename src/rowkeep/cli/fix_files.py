"""`rowkeep lint --fix`: which files may be changed, the diff, and the writing."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rowkeep.cli.connection_string import ENOUGH, connection_string
from rowkeep.cli.context import CommandContext
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
    """Show the diff, and write it unless `only_show`; the files that it speaks of. named: paths were given.

    An applied migration is never changed: where a database is configured it is asked; else only files that were
    named, or that a person confirms, are written. Raises Misused where nobody can say.
    """
    from rowkeep.files.filesystem.write_set import write_changes
    from rowkeep.report.formats.select import FOR_PEOPLE
    from rowkeep.report.lint.fixes import format_diff
    from rowkeep.workflows.fix import fix_migrations
    from rowkeep.workflows.lint_request import select_pending

    known = settings.database is not None or any(os.environ.get(name) for name in ENOUGH)
    if known:
        with connection_string(context) as conninfo:
            allowed = select_pending(selections, settings, conninfo)
        held = _find_applied(selections, allowed)
        if named and held:
            raise Misused(
                "an applied migration is never changed",
                code=ErrorCode.MIGRATION_ALREADY_APPLIED,
                where=", ".join(held),
                instead=(
                    "rowkeep lint --fix   (all pending ones)",
                    "rowkeep create NAME   (a migration that follows)",
                ),
            )
        selections = allowed
    found = fix_migrations(selections, options, settings)
    files = [(each.path, each.old, each.new) for each in found.files]
    changed = {each.path for each in found.files}
    for path, why in found.refused:
        context.note(f"{path}: {'rewritten in part' if path in changed else 'left as it is'}: {why}")
    diff = format_diff(files)
    if context.json or context.output_format in FOR_PEOPLE:
        told = [{"path": path, "new": not old} for path, old, _ in files]
        context.answer(diff, fixes=told, answered=found.answered, diff=diff)
    else:
        # stdout holds one document.
        context.note(diff)
    if not files:
        context.note("nothing to fix")
    elif not only_show:
        if not known and not named:
            _confirm(found)
        write_changes(files)
        context.note(f"{found.answered} answered in {count_text(len(files), 'file')}")
    return tuple(path for path, _, _ in files)


def read_again(selections: Sequence[Selection], written: Sequence[str], settings: Settings) -> tuple[Selection, ...]:
    """What was chosen, read anew, and the new files."""
    from rowkeep.files.select import select_migrations

    paths = [migration.path for each in selections for migration in each.chosen]
    return select_migrations(
        tuple(dict.fromkeys((*paths, *written))), settings.layout, settings.ignore_pattern, settings.migrations_dir
    )


def _find_applied(selections: Sequence[Selection], allowed: Sequence[Selection]) -> list[str]:
    left = {migration.path for each in allowed for migration in each.chosen}
    return [migration.path for each in selections for migration in each.chosen if migration.path not in left]


def _confirm(found: FixResult) -> None:
    """No database tells what is applied: a person must."""
    paths = ", ".join(each.path for each in found.files if each.old)
    why = "an applied migration must not change, and no database is configured to ask"
    if not sys.stdin.isatty():
        raise Misused(
            "which migrations may be changed is not known",
            code=ErrorCode.APPLIED_UNKNOWN,
            why=why,
            instead=("rowkeep lint --fix PATHS",),
        )
    if not confirm(f"None of these is applied anywhere: {paths}?"):
        raise Misused("not confirmed", code=ErrorCode.NOT_CONFIRMED, why=why, instead=("rowkeep lint --fix PATHS",))
