"""Compares the counts of a manifest with those of a restored copy. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.backup import Backup, CountDifference, SequenceValue, TableCount


def compare_counts(
    backup: Backup,
    counts: Iterable[TableCount],
    sequences: Iterable[SequenceValue] | None = None,
    large_objects: tuple[int, tuple[str, str] | None] | None = None,
) -> tuple[CountDifference, ...]:
    """The differences; empty if everything came back.

    Hashes are compared if both sides have them. Sequences are not part of a snapshot: the copy must be at least as
    far as the manifest. None for one of the last two: not counted and not compared.
    """
    return (
        *_tables(backup, {(count.schema, count.table): count for count in counts}),
        *(() if sequences is None else _sequences(backup, sequences)),
        *(() if large_objects is None else _large_objects(backup, *large_objects)),
    )


def _tables(backup: Backup, actuals: dict[tuple[str, str], TableCount]) -> Iterable[CountDifference]:
    for expected in backup.counts:
        name = f"{expected.schema}.{expected.table}"
        actual = actuals.pop((expected.schema, expected.table), None)
        if actual is None:
            yield CountDifference(name, count_text(expected.rows, "row"), "no such table")
        elif actual.rows != expected.rows:
            yield CountDifference(name, count_text(expected.rows, "row"), count_text(actual.rows, "row"))
        elif expected.hashes and actual.hashes and expected.hashes != actual.hashes:
            yield CountDifference(
                name,
                f"content {_short_hash(expected.hashes)}",
                f"content {_short_hash(actual.hashes)}, as many rows",
                only_content=True,
            )
    for (schema, table), actual in sorted(actuals.items()):
        yield CountDifference(f"{schema}.{table}", "no such table", count_text(actual.rows, "row"))


def _short_hash(hashes: tuple[str, str]) -> str:
    return "/".join(value[-8:] for value in hashes)


def _large_objects(backup: Backup, number: int, hashes: tuple[str, str] | None) -> Iterable[CountDifference]:
    expected = backup.large_object_hashes
    if number != backup.large_objects:
        yield CountDifference("large objects", f"{backup.large_objects:,}", f"{number:,}")
    elif expected and hashes and expected != hashes:
        yield CountDifference(
            "large objects", f"content {_short_hash(expected)}", f"content {_short_hash(hashes)}, as many"
        )


def _sequences(backup: Backup, sequences: Iterable[SequenceValue]) -> Iterable[CountDifference]:
    actuals = {(value.schema, value.sequence): value for value in sequences}
    for expected in backup.sequences:
        name = f"sequence {expected.schema}.{expected.sequence}"
        actual = actuals.get((expected.schema, expected.sequence))
        if actual is None:
            yield CountDifference(name, _last_value(expected), "no such sequence")
        elif expected.last is not None and not _has_reached(expected, actual.last):
            yield CountDifference(name, _last_value(expected), _last_value(actual))


def _has_reached(expected: SequenceValue, actuals: int | None) -> bool:
    if expected.last is None or actuals is None:
        return expected.last is None
    return actuals >= expected.last if expected.ascending else actuals <= expected.last


def _last_value(value: SequenceValue) -> str:
    return "never used" if value.last is None else f"at {value.last:,}"
