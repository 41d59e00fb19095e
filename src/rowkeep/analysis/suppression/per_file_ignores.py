"""Rules that do not apply to certain files: `per-file-ignores`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase

from rowkeep import rules
from rowkeep.analysis.options import check_selectors
from rowkeep.domain.frozen import replace
from rowkeep.domain.lint.finding import Finding, LintResult


def drop_ignored(result: LintResult, ignores: Mapping[str, Collection[str]]) -> LintResult:
    """The result without the findings of those rules or groups in the files that a pattern matches.

    A pattern without `/` is compared with the name of a file, any other with the end of its path; `*` matches any
    text, also across `/`. Raises Misused for a word that names no rule.
    """
    if not ignores:
        return result
    check_selectors(tuple(word for words in ignores.values() for word in words), rules.headers())
    kept = tuple(finding for finding in result.findings if not _is_ignored(finding, ignores))
    return replace(result, findings=kept)


def _is_ignored(finding: Finding, ignores: Mapping[str, Collection[str]]) -> bool:
    meant = {finding.rule, finding.code.lower(), finding.category.value, "all"}
    return any(
        _matches(finding.source.path, pattern) and any(word.lower() in meant for word in words)
        for pattern, words in ignores.items()
    )


def _matches(path: str, pattern: str) -> bool:
    if "/" not in pattern:
        return fnmatchcase(path.rpartition("/")[2], pattern)
    pattern = pattern.removeprefix("./")
    return fnmatchcase(path, pattern) or fnmatchcase(path, f"*/{pattern}")
