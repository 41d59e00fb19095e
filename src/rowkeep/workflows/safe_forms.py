"""The safe steps that `lint --fix` would write for migrations that are about to run. Writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from rowkeep.config import Settings
from rowkeep.domain.lint.safe_form import SafeFile, SafeForm, SafeStatement
from rowkeep.domain.migration import Directory, Migration
from rowkeep.domain.statement import TransactionUse
from rowkeep.parse import parse_section
from rowkeep.rewrite import RecipeKind
from rowkeep.workflows.lint_selections import lint_options
from rowkeep.workflows.rewriter import ProvenRewrite, Rewriter

_OF_NOTE = (RecipeKind.ONLINE, RecipeKind.RETIRE)
"""What a plan mentions: a blocked application or a loss. A missing IF NOT EXISTS is reported by `lint` alone."""


def find_safe_forms(directory: Directory, settings: Settings, names: Collection[str]) -> Mapping[str, SafeForm]:
    """The safe forms of the migrations in `names` that have one, by name. The options are those of `lint --fix`."""
    found: dict[str, SafeForm] = {}
    left = {migration.name for migration in directory.migrations}.intersection(names)
    rewriter = Rewriter(lint_options(settings), settings.rules_per_file_ignores)
    for migration in directory.migrations:
        if not left:
            break
        if migration.name not in left:
            rewriter.read(migration)
            continue
        left.remove(migration.name)
        proven = rewriter.rewrite_fully(migration)
        rules = dict.fromkeys(rule for unit in proven.units if unit.kind in _OF_NOTE for rule in unit.rules)
        if rules:
            found[migration.name] = SafeForm(migration.path, tuple(rules), _files(migration, proven))
    return found


def _files(first: Migration, proven: ProvenRewrite) -> tuple[SafeFile, ...]:
    old = {statement.text for statement in parse_section(first.up).statements}
    files = []
    for migration in proven.migrations:
        statements = parse_section(migration.up).statements
        new = tuple(
            SafeStatement(statement.text, statement.transaction is TransactionUse.OUTSIDE)
            for statement in statements
            if statement.text not in old
        )
        files.append(SafeFile(migration.path, migration.source.text, new, unchanged=len(statements) - len(new)))
    return tuple(files)
