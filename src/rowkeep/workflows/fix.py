"""`rowkeep lint --fix`: every chosen migration rewritten, and what comes of it, until nothing is left to do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from rowkeep import analysis
from rowkeep.config import Settings
from rowkeep.domain.migration import Migration
from rowkeep.files.select import Selection
from rowkeep.workflows.rewriter import ProvenRewrite, Rewriter


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file as it is to be. old: '' where it is new."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class FixResult:
    """What a fix would write. answered: how many findings go. applied: migrations left alone, as history has them.

    refused: why a migration could not be cut, by its path.
    """

    files: tuple[ChangedFile, ...]
    answered: int
    applied: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


def fix_migrations(
    selections: Sequence[Selection], options: analysis.LintOptions, settings: Settings, applied: Collection[str] = ()
) -> FixResult:
    """Every chosen migration in safe steps, as far as that is mechanical. applied: names that must not change."""
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
                found = rewriter.through(migration)
                answered += found.answered
                changed += _changed_files(migration, found)
            else:
                rewriter.read(migration)
    own = {migration.path for selection in selections for migration in selection.chosen}
    refused = tuple((path, why) for path, why in rewriter.refused.items() if path in own)
    return FixResult(tuple(changed), answered, tuple(skipped), refused)


def _changed_files(first: Migration, found: ProvenRewrite) -> Iterator[ChangedFile]:
    """The files that come of a migration, as far as they are not there."""
    for each in found.migrations:
        old = first.source.text if each.path == first.path else ""
        if each.source.text != old:
            yield ChangedFile(each.path, old, each.source.text)
        if each.down is not None and each.down.source.path != each.path:
            # The second half of a pair.
            below = first.down.source.text if old and first.down is not None else ""
            if each.down.source.text != below:
                yield ChangedFile(each.down.source.path, below, each.down.source.text)
