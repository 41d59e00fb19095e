"""What `rowkeep lint` is asked to judge, judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rowkeep import files, judge
from rowkeep.config import Settings
from rowkeep.domain.finding import Verdict
from rowkeep.errors import Misused
from rowkeep.files.select import Selection, from_pipe, select


def asked(paths: Sequence[str], settings: Settings, piped: tuple[str, bytes] | None = None) -> tuple[Selection, ...]:
    """What the paths name; the project's directory where there are none. piped: a text from stdin, with its name."""
    if piped is not None:
        return (from_pipe(*piped, settings.layout, settings.ignore_pattern),)
    if paths:
        return select(paths, settings.layout, settings.ignore_pattern)
    directory = files.read(settings)
    return (Selection(directory, directory.migrations),)


def judged(selections: Sequence[Selection], options: judge.Options, settings: Settings) -> Verdict:
    """Every chosen migration, judged in the light of what stands before it in its directory.

    Files of the layout `plain` have no order to speak of: outside of the project's directory each stands by itself.
    """
    home = Path(settings.migrations_dir).resolve()
    verdicts: list[Verdict] = []
    for directory, chosen in ((each.directory, each.chosen) for each in selections):
        if directory.layout == "plain" and Path(directory.path).resolve() != home:
            verdicts.extend(judge.judge((migration,), options) for migration in chosen)
        else:
            remarks = directory.remarks if chosen == directory.migrations else ()
            only = frozenset(migration.name for migration in chosen)
            verdicts.append(judge.judge(directory.migrations, replace(options, only=only), remarks))
    findings = tuple(finding for verdict in verdicts for finding in verdict.findings)
    return Verdict(findings, sum(verdict.judged for verdict in verdicts))


def nothing(paths: Sequence[str], settings: Settings) -> Misused:
    """No migration where some were expected: that is no success."""
    where = ", ".join(paths) or settings.migrations_dir
    return Misused(f"no migration in {where}", instead=("rowkeep lint PATH", "rowkeep create NAME"))
