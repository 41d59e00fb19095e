"""Differences between two structures as text, grouped by kind."""

from __future__ import annotations

import re
from collections import Counter
from difflib import ndiff

from rowkeep.domain.count import count_text
from rowkeep.domain.schema.structure import Difference, DifferenceKind
from rowkeep.report.text.visible import join_lines

HEADINGS = {
    DifferenceKind.MISSING: "missing: expected, but not in the database",
    DifferenceKind.UNEXPECTED: "unexpected: in the database, but not expected",
    DifferenceKind.DIFFERENT: "different (- expected, + found)",
}
RELATIONS = frozenset({"table", "partitioned table", "view", "materialized view", "foreign table"})
MARKED = frozenset("-+")


def format_differences(differences: tuple[Difference, ...]) -> str:
    """All differences as text.

    The parts of a missing or unexpected table (columns, indexes, grants …) are counted, not listed.
    """
    if not differences:
        return "no differences"
    rows = [format_differences_summary(differences)]
    for change in DifferenceKind:
        chosen = [difference for difference in differences if difference.change is change]
        if not chosen:
            continue
        rows += ["", HEADINGS[change]]
        for difference, folded in _fold(chosen):
            rows.append(f"  {difference.kind} {difference.identity}{_count_parts(folded)}")
            rows += [f"      {line}" for line in _detail_lines(difference)]
    return join_lines(rows)


def format_differences_summary(differences: tuple[Difference, ...]) -> str:
    """`3 differences: 1 missing, 2 different`."""
    counted = Counter(difference.change for difference in differences)
    parts = ", ".join(f"{counted[change]} {change.value}" for change in DifferenceKind if counted[change])
    return f"{count_text(len(differences), 'difference')}: {parts}"


def serialize_differences(differences: tuple[Difference, ...]) -> list[dict[str, str | None]]:
    """The same for `--output-format json`; the parts of a table are listed, too."""
    return [
        {
            "change": difference.change.value,
            "kind": difference.kind,
            "identity": difference.identity,
            "expected": difference.expected,
            "found": difference.found,
        }
        for difference in differences
    ]


def _detail_lines(difference: Difference) -> list[str]:
    """The lines that differ, or the definition of a missing or unexpected object."""
    if difference.expected is not None and difference.found is not None:
        compared = ndiff(difference.expected.split("\n"), difference.found.split("\n"))
        return [line for line in compared if line[0] in MARKED]
    if difference.kind in RELATIONS:
        return []
    text = (difference.expected or difference.found or "").rstrip("\n")
    return text.split("\n") if text else []


def _fold(chosen: list[Difference]) -> list[tuple[Difference, list[Difference]]]:
    """Each difference with its parts: a missing table includes its columns, indexes and so on."""
    whole = {difference.identity: difference for difference in chosen if difference.kind in RELATIONS}
    parts: dict[str, list[Difference]] = {identity: [] for identity in whole}
    listed = []
    for difference in chosen:
        owner = None if whole.get(difference.identity) is difference else _owner(difference, whole)
        if owner is None:
            listed.append((difference, parts.get(difference.identity, []) if difference.kind in RELATIONS else []))
        else:
            parts[owner].append(difference)
    return listed


def _owner(difference: Difference, whole: dict[str, Difference]) -> str | None:
    """The table (of `whole`) that this difference is a part of."""
    if difference.identity in whole:
        return difference.identity
    # "schema"."table"."part": cut at the last dot that is not inside quotes.
    cut = re.match(r'(.*)\.(?:"(?:[^"]|"")*"|[^".]+)$', difference.identity, re.DOTALL)
    if cut and cut[1] in whole:
        return cut[1]
    if difference.kind == "index":
        on = re.search(
            r' ON (?:ONLY )?((?:"(?:[^"]|"")*"|[^"\s])+) USING ', difference.expected or difference.found or ""
        )
        return on[1] if on and on[1] in whole else None
    return None


def _count_parts(folded: list[Difference]) -> str:
    if not folded:
        return ""
    counted = Counter(difference.kind for difference in folded)
    named = [
        count_text(counted[kind], kind, "indexes" if kind == "index" else None)
        for kind in ("column", "constraint", "index", "trigger", "policy")
        if counted[kind]
    ]
    return f" (with {', '.join(named)})" if named else ""
