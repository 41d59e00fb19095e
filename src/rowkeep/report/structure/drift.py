"""Drift, and migrations that were written from differences, as text and as JSON."""

from __future__ import annotations

import shlex

from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.structure_change import DriftReport, WrittenMigration
from rowkeep.report.differences import format_differences, serialize_differences
from rowkeep.report.text.visible import join_lines


def format_drift(report: DriftReport, *, adopts: bool) -> str:
    """The result of `rowkeep drift`. adopts: the migration adopts the change, and does not undo it."""
    since = report.at.replace("T", " ").removesuffix("Z")
    source = f"{report.source}, {since}" if since else report.source
    if not report.differences and not report.unwritable:
        rows = [f"no drift: the structure of {report.database} is as expected ({source})"]
    else:
        when = f"changed after {since}" if since else "since when is not known"
        rows = [f"drift: the structure of {report.database} is not as expected ({source}); {when}"]
        if report.differences:
            rows += format_differences(report.differences).split("\n")
        if report.unwritable:
            rows += ["", "of the server, not of the structure: no migration changes it"]
            rows += [f"  {difference.kind} {difference.identity}" for difference in report.unwritable]
    rows += [f"note: {note}" for note in report.notes]
    if report.written is not None:
        rows += ["", *_rows_of_written(report.written)]
        rows += _further_steps(report.written, adopts=adopts)
    return join_lines(rows)


def _further_steps(written: WrittenMigration, *, adopts: bool) -> list[str]:
    """What to do in a database that needs no part of it: it has the change already, or never had it."""
    names = " ".join(shlex.quote(path.rpartition("/")[2].removesuffix(".sql")) for path in written.paths)
    where = "where the change was made by hand" if adopts else "where the change was never made"
    why = "changed by hand" if adopts else "never changed by hand"
    if written.repeatable:
        row = f"{where}, it may run, too: the structure stays as it is (proven); to run nothing there:"
    else:
        row = f"{where}, it would fail and change nothing; mark it there as applied instead:"
    return [row, f"  rowkeep mark applied {names} --because '{why}'"]


def format_written(written: WrittenMigration) -> str:
    """The files that were written, and what is not in them."""
    return join_lines(_rows_of_written(written))


def _rows_of_written(written: WrittenMigration) -> list[str]:
    rows = list(written.paths)
    rows.append(f"proven: {count_text(written.statements, 'statement')} up, and the way back, without rows")
    if written.drops:
        count = count_text(len(written.drops), "drop")
        rows.append(f"{count} commented out, because rows or values may go with it (--allow-drops writes them):")
        rows += [f"  {drop}" for drop in written.drops]
    return [*rows, *(f"note: {note}" for note in written.notes)]


def serialize_written(written: WrittenMigration | None) -> dict[str, object] | None:
    """The same for `--output-format json`."""
    if written is None:
        return None
    return {
        "paths": list(written.paths),
        "statements": written.statements,
        "commented_out": list(written.drops),
        "repeatable": written.repeatable,
        "notes": list(written.notes),
    }


def serialize_drift(report: DriftReport) -> dict[str, object]:
    """The same for `--output-format json`."""
    return {
        "database": report.database,
        "expected": {"source": report.source, "at": report.at or None},
        "differences": serialize_differences(report.differences),
        "of_the_server": serialize_differences(report.unwritable),
        "notes": list(report.notes),
        "written": serialize_written(report.written),
    }
