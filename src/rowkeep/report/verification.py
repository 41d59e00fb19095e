"""What `verify` found, as text and as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict

from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.smoke_query import SmokeResult
from rowkeep.domain.deploy.verification import SourceComparison, Verification
from rowkeep.domain.schema.structure import HealthConcern, Structure
from rowkeep.report.differences import format_differences, serialize_differences
from rowkeep.report.text.visible import join_lines, one_line

LONGEST_QUERY = 100


def format_verification(result: Verification, accepted: str | None = None) -> str:
    """Everything in paragraphs. accepted: the reason why the structure is the expected one from now on."""
    return "\n\n".join(text for text in _paragraphs(result, accepted) if text)


def serialize_comparisons(comparisons: Iterable[SourceComparison]) -> list[dict[str, object]]:
    """The comparisons for `--output-format json`."""
    return [
        {
            "source": comparison.source.name,
            "at": comparison.source.at or None,
            "digest": comparison.source.structure.digest,
            "same": not comparison.differences,
            "differences": serialize_differences(comparison.differences),
            "notes": list(comparison.source.notes),
        }
        for comparison in comparisons
    ]


def format_smoke_failures(results: Iterable[SmokeResult]) -> str:
    """The failed queries: place, reason and first line of each."""
    rows = []
    for result in results:
        if not result.passed:
            head = result.query.text.split("\n", 1)[0]
            head = f"{head[:LONGEST_QUERY]} …" if len(head) > LONGEST_QUERY else head
            rows += [f"{result.query.place}: {result.why}", f"    {head}"]
    return join_lines(rows)


def serialize_smoke_results(results: Iterable[SmokeResult]) -> list[dict[str, object]]:
    """The same for `--output-format json`, the queries that passed included."""
    return [
        {
            "file": result.query.place.path,
            "line": result.query.place.line,
            "query": result.query.text,
            "passed": result.passed,
            "why": result.why,
            "seconds": round(result.seconds, 6),
        }
        for result in results
    ]


def format_concerns(concerns: tuple[HealthConcern, ...]) -> str:
    """Faults first, each with its fix; '' if there are no concerns."""
    rows = []
    for fault, heading in ((True, "fault"), (False, "remark")):
        chosen = [concern for concern in concerns if concern.fault is fault]
        if chosen:
            rows.append(f"{count_text(len(chosen), heading)}:")
        for concern in chosen:
            rows += [f"  {concern.kind} {concern.identity} {concern.what}", f"      {concern.fix}"]
    return join_lines(rows)


def serialize_concerns(concerns: tuple[HealthConcern, ...]) -> list[dict[str, object]]:
    """The same for `--output-format json`."""
    return [asdict(concern) for concern in concerns]


def _paragraphs(result: Verification, accepted: str | None) -> Iterator[str]:
    if result.comparisons:
        for comparison in result.comparisons:
            yield _format_comparison(comparison, result.structure)
    else:
        yield _format_expected(result, accepted)
    yield _format_smoke(result)
    yield format_concerns(result.concerns)


def _format_comparison(comparison: SourceComparison, current: Structure | None) -> str:
    source = comparison.source
    name = one_line(source.name) + _at(source.at)
    notes = "".join(f"\nnote: {one_line(note)}" for note in source.notes)
    if not comparison.differences:
        return f"the structure ({_items(current)}) is the same as in {name}{notes}"
    return f"the structure is not the same as in {name}\n{format_differences(comparison.differences)}{notes}"


def _format_expected(result: Verification, accepted: str | None) -> str:
    expected, items = result.expected, _items(result.structure)
    if accepted is not None:
        return f"the current structure ({items}) is now the expected one"
    if expected is None:
        return (
            "there is no expected structure: no deploy has saved one here\n"
            "  rowkeep verify --accept REASON   makes the current one the expected one"
        )
    against = f"{expected.source}{_at(expected.at)}"
    if not result.differences:
        return f"the structure ({items}) is as expected ({against})"
    return f"the structure is not as expected ({against})\n{format_differences(result.differences)}"


def _format_smoke(result: Verification) -> str:
    failed = [one for one in result.smoke if not one.passed]
    count = count_text(len(result.smoke), "smoke query", "smoke queries")
    if failed:
        return f"{len(failed)} of {count} failed\n{format_smoke_failures(failed)}"
    return f"{count} passed" if result.smoke else ""


def _at(at: str) -> str:
    return f", {at.replace('T', ' ').removesuffix('Z')}" if at else ""


def _items(current: Structure | None) -> str:
    return count_text(len(current.items), "item") if current else "not read"
