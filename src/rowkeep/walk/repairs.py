"""The findings that a machine can mend in their own file, each with the edits that do it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rowkeep import judge
from rowkeep.config import Settings
from rowkeep.domain.finding import Edit, Verdict
from rowkeep.domain.source import Span
from rowkeep.files.select import Selection
from rowkeep.walk.rewriter import Rewriter

Key = tuple[str, str, Span]


def with_fixes(
    verdict: Verdict, selections: Sequence[Selection], options: judge.Options, settings: Settings
) -> Verdict:
    """The verdict on `selections`; a finding that counts and goes by edits of its file alone has them as its `fix`."""
    counting = {finding.migration for finding in verdict.counting if finding.statement is not None}
    fixes: dict[Key, tuple[Edit, ...]] = {}
    for selection in selections:
        directory, rewriter = selection.directory, Rewriter(options, settings.rules_per_file_ignores)
        chosen = {id(migration) for migration in selection.chosen if migration.name in counting}
        for migration in directory.migrations if chosen else ():
            for unit, edits in rewriter.repairs(migration) if id(migration) in chosen else ():
                for rule in unit.rules:
                    fixes.setdefault((migration.path, rule, unit.span), edits)
            rewriter.read(migration)
    if not fixes:
        return verdict
    found = tuple(
        replace(each, fix=fixes.get((each.source.path, each.rule, each.span), ())) if each.allowed is None else each
        for each in verdict.findings
    )
    return replace(verdict, findings=found)
