"""Golden copies as text and JSON."""

from __future__ import annotations

from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.golden_copy import CloneRoom, CopyMethod, CopySource, DataScope, GoldenCopies, GoldenCopy
from rowkeep.report.events import format_bytes, format_seconds
from rowkeep.report.text.visible import join_lines


def describe_method(method: CopyMethod) -> str:
    """How files were copied."""
    return "by reflink" if method is CopyMethod.REFLINK else "copied file by file"


def describe_source(source: CopySource) -> str:
    """What a rehearsal ran on, if it was a clone."""
    if source.data is DataScope.SCHEMA:
        return "the structure, without rows"
    if source.data is DataScope.SAMPLE:
        return f"a sample, {count_text(source.sample_rows or 0, 'row')} of each table and what they reference"
    return f"a clone of the golden copy of {source.backup_id}, whose data is {format_seconds(source.age_seconds)} old"


def serialize_source(source: CopySource | None) -> dict[str, object] | None:
    """The same for JSON; null where the backup was restored for the rehearsal."""
    if source is None:
        return None
    return {
        "backup": source.backup_id,
        "data": source.data.value,
        "sample_rows": source.sample_rows,
        "method": source.method.value if source.method is not None else None,
        "data_taken_at": source.taken_at,
        "data_age_seconds": round(source.age_seconds),
        "seconds": source.seconds,
        "bytes": source.bytes,
    }


def format_golden_copies(content: GoldenCopies, room: CloneRoom, ages: tuple[float, ...]) -> str:
    """The golden copies, newest data first, and the room that is left. ages: of their data, in seconds."""
    rows = [
        f"{golden.backup_id}  {golden.source}, PostgreSQL {golden.major}, {format_bytes(golden.bytes)}, "
        f"data {format_seconds(age)} old, restored in {format_seconds(golden.restore_seconds)}"
        + (f", last cloned in {format_seconds(golden.clone_seconds)}" if golden.clone_seconds is not None else "")
        for golden, age in zip(content.copies, ages, strict=True)
    ]
    if not rows:
        rows = [f"no golden copies in {content.directory}"]
    rows += [f"not usable: {each.path}: {each.fault} (rowkeep clones prune removes it)" for each in content.unusable]
    how = (
        "shares blocks (reflink): a clone takes almost no room"
        if room.reflink
        else "has no reflinks: a clone is a copy"
    )
    rows.append(f"{format_bytes(room.free)} are free in {content.directory}; the file system {how}")
    return join_lines(rows)


def serialize_golden_copy(golden: GoldenCopy, age: float) -> dict[str, object]:
    """A golden copy for JSON."""
    return {
        "key": golden.key,
        "directory": golden.directory,
        "backup": golden.backup_id,
        "backup_path": golden.backup_path,
        "database": golden.source,
        "system_identifier": golden.system_identifier,
        "major": golden.major,
        "bytes": golden.bytes,
        "data_taken_at": golden.taken_at,
        "data_age_seconds": round(age),
        "made_at": golden.made_at,
        "restore_seconds": golden.restore_seconds,
        "clone_seconds": golden.clone_seconds,
    }


def serialize_golden_copies(content: GoldenCopies, room: CloneRoom, ages: tuple[float, ...]) -> dict[str, object]:
    """The same list for `--output-format json`."""
    return {
        "directory": content.directory,
        "copies": [serialize_golden_copy(golden, age) for golden, age in zip(content.copies, ages, strict=True)],
        "unusable": [{"path": each.path, "fault": each.fault, "bytes": each.bytes} for each in content.unusable],
        "free_bytes": room.free,
        "reflink": room.reflink,
    }


def format_removed(names: tuple[str, ...], size: int) -> str:
    """What `clones prune` removed."""
    if not names:
        return "nothing to remove"
    return join_lines(
        [f"removed {count_text(len(names), 'golden copy', 'golden copies')}: {format_bytes(size)}", *names]
    )
