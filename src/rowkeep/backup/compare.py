"""The numbers of a manifest against those of a restored copy. Pure."""

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
    """What the copy does not give back; empty when it gives everything back.

    Hashes are compared where both sides have them. Sequences know no snapshot: the copy must be at least as far as
    the manifest says. None for either of the last two: not counted, not compared.
    """
    return (
        *_tables(backup, {(count.schema, count.table): count for count in counts}),
        *(() if sequences is None else _sequences(backup, sequences)),
        *(() if large_objects is None else _large_objects(backup, *large_objects)),
    )


def _tables(backup: Backup, found: dict[tuple[str, str], TableCount]) -> Iterable[CountDifference]:
    for expected in backup.counts:
        name = f"{expected.schema}.{expected.table}"
        there = found.pop((expected.schema, expected.table), None)
        if there is None:
            yield CountDifference(name, count_text(expected.rows, "row"), "no such table")
        elif there.rows != expected.rows:
            yield CountDifference(name, count_text(expected.rows, "row"), count_text(there.rows, "row"))
        elif expected.hashes and there.hashes and expected.hashes != there.hashes:
            yield CountDifference(
                name,
                f"content {_missing_rows(expected.hashes)}",
                f"content {_missing_rows(there.hashes)}, as many rows",
                only_content=True,
            )
    for (schema, table), there in sorted(found.items()):
        yield CountDifference(f"{schema}.{table}", "no such table", count_text(there.rows, "row"))


def _missing_rows(hashes: tuple[str, str]) -> str:
    return "/".join(value[-8:] for value in hashes)


def _large_objects(backup: Backup, number: int, hashes: tuple[str, str] | None) -> Iterable[CountDifference]:
    expected = backup.large_object_hashes
    if number != backup.large_objects:
        yield CountDifference("large objects", f"{backup.large_objects:,}", f"{number:,}")
    elif expected and hashes and expected != hashes:
        yield CountDifference(
            "large objects", f"content {_missing_rows(expected)}", f"content {_missing_rows(hashes)}, as many"
        )


def _sequences(backup: Backup, sequences: Iterable[SequenceValue]) -> Iterable[CountDifference]:
    found = {(value.schema, value.sequence): value for value in sequences}
    for expected in backup.sequences:
        name = f"sequence {expected.schema}.{expected.sequence}"
        there = found.get((expected.schema, expected.sequence))
        if there is None:
            yield CountDifference(name, _last_value(expected), "no such sequence")
        elif expected.last is not None and not _check_sequence_reached(expected, there.last):
            yield CountDifference(name, _last_value(expected), _last_value(there))


def _check_sequence_reached(expected: SequenceValue, found: int | None) -> bool:
    if expected.last is None or found is None:
        return expected.last is None
    return found >= expected.last if expected.ascending else found <= expected.last


def _last_value(value: SequenceValue) -> str:
    return "never used" if value.last is None else f"at {value.last:,}"
