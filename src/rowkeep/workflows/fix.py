"""`rowkeep lint --fix`: each selected migration is rewritten, and the result again, until there is nothing to fix."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from rowkeep import analysis
from rowkeep.config import Settings
from rowkeep.domain.lint.fix_result import ChangedFile, FixResult
from rowkeep.domain.migration import Migration
from rowkeep.files.select import Selection
from rowkeep.workflows.rewriter import ProvenRewrite, Rewriter


def fix_migrations(
    selections: Sequence[Selection], options: analysis.LintOptions, settings: Settings, applied: Collection[str] = ()
) -> FixResult:
    """The selected migrations in safe steps, as far as a program can write them. Writes nothing.

    applied: names of migrations that must not change.
    """
    rewriter = Rewriter(options, settings.rules_per_file_ignores)
    skipped: list[str] = []
    changed: list[ChangedFile] = []
    answered = 0
    for selection in selections:
        chosen = {id(migration) for migration in selection.chosen if migration.name not in applied}
        skipped += [migration.name for migration in selection.chosen if migration.name in applied]
        rewriter.begin()
        for migration in selection.directory.migrations:
            if id(migration) in chosen:
                rewrite = rewriter.rewrite_fully(migration)
                answered += rewrite.answered
                changed += _changed_files(migration, rewrite)
            else:
                rewriter.read(migration)
    paths = {migration.path for selection in selections for migration in selection.chosen}
    refused = tuple((path, why) for path, why in rewriter.refused.items() if path in paths)
    return FixResult(tuple(changed), answered, tuple(skipped), refused)


def _changed_files(original: Migration, rewrite: ProvenRewrite) -> Iterator[ChangedFile]:
    """The files of the rewrite that differ from what is on disk."""
    for migration in rewrite.migrations:
        old = original.source.text if migration.path == original.path else ""
        if migration.source.text != old:
            yield ChangedFile(migration.path, old, migration.source.text)
        if migration.down is not None and migration.down.source.path != migration.path:
            # The down part has a file of its own.
            old_down = original.down.source.text if old and original.down is not None else ""
            if migration.down.source.text != old_down:
                yield ChangedFile(migration.down.source.path, old_down, migration.down.source.text)
