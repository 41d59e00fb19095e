"""The safe steps that `lint --fix` would write for migrations that are about to run. Writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from rowkeep import judge
from rowkeep.config import Settings
from rowkeep.domain.migration import Directory, Migration
from rowkeep.domain.safer import SafeFile, Safer, SafeStatement
from rowkeep.domain.statement import TransactionUse
from rowkeep.judge.options import OLDEST
from rowkeep.parse import parse
from rowkeep.rewrite import Kind
from rowkeep.walk.rewriter import Proven, Rewriter

_OF_NOTE = (Kind.ONLINE, Kind.RETIRE)
"""What a plan speaks of: a stall or a loss. A missing IF NOT EXISTS is told by `lint`."""


def safer(directory: Directory, settings: Settings, names: Collection[str]) -> Mapping[str, Safer]:
    """By name: the safer form of the migrations in `names` that have one; with the options that `lint --fix` takes."""
    found: dict[str, Safer] = {}
    left = {migration.name for migration in directory.migrations}.intersection(names)
    rewriter = Rewriter(_options(settings), settings.rules_per_file_ignores)
    for migration in directory.migrations:
        if not left:
            break
        if migration.name not in left:
            rewriter.read(migration)
            continue
        left.remove(migration.name)
        proven = rewriter.through(migration)
        rules = dict.fromkeys(rule for unit in proven.units if unit.kind in _OF_NOTE for rule in unit.rules)
        if rules:
            found[migration.name] = Safer(migration.path, tuple(rules), _files(migration, proven))
    return found


def _options(settings: Settings) -> judge.Options:
    return judge.Options(
        settings.rules_select, settings.rules_ignore, settings.rules_severity, settings.pg_version or OLDEST
    )


def _files(first: Migration, proven: Proven) -> tuple[SafeFile, ...]:
    there = {statement.text for statement in parse(first.up).statements}
    return tuple(
        SafeFile(
            each.path,
            each.source.text,
            tuple(
                SafeStatement(statement.text, statement.transaction is TransactionUse.OUTSIDE)
                for statement in parse(each.up).statements
                if statement.text not in there
            ),
        )
        for each in proven.migrations
    )
