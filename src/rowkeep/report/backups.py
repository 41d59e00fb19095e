"""Backups as text and JSON: a new backup, the list, leftovers, a proof, a restored database."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import PurePath

from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.backup import Backup, BackupList, CountDifference, Leftover, RestoredBackup
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.report.events import format_bytes, format_seconds
from rowkeep.report.text.visible import join_lines, one_line


def format_backup(backup: Backup) -> str:
    """A new backup."""
    counted = f"{count_text(backup.rows, 'row')} in {count_text(len(backup.counts), 'table')} of {backup.database}"
    return "\n".join(
        (
            f"{backup.path}  {format_bytes(backup.bytes)} in {format_seconds(backup.seconds)}",
            f"  {counted}, PostgreSQL {backup.server_version}, counted in the dump's own snapshot",
            f"  {format_proof(backup)}",
        )
    )


def format_proof(backup: Backup) -> str:
    """Whether and how the backup was proven."""
    if backup.verified and backup.proof:
        return f"{backup.proof} ({_time(backup.verified_at or '')})"
    return f"not proven yet: rowkeep backup verify {backup.id}"


def serialize_backup(backup: Backup) -> dict[str, object]:
    """The manifest's public part; settings and roles stay in the file, since values may be secret."""
    return {
        "id": backup.id,
        "path": backup.path,
        "manifest": backup.manifest_path,
        "database": backup.database,
        "server": backup.server,
        "server_version": backup.server_version,
        "client_version": backup.client_version,
        "system_identifier": backup.system_identifier,
        "taken_at": backup.taken_at,
        "seconds": backup.seconds,
        "bytes": backup.bytes,
        "table_bytes": backup.table_bytes,
        "sha256": backup.sha256,
        "snapshot": backup.snapshot,
        "lsn": backup.lsn,
        "rows": backup.rows,
        "counts": [{"schema": count.schema, "table": count.table, "rows": count.rows} for count in backup.counts],
        "large_objects": backup.large_objects,
        "structure_digest": backup.structure_digest,
        "verified": backup.verified,
        "verified_at": backup.verified_at,
        "proof": backup.proof,
        "commit": backup.commit,
    }


def format_backup_list(catalog: BackupList) -> str:
    """The list, newest first; below it the files that are not usable as backups, and why."""
    if not catalog.backups and not catalog.leftovers:
        return f"no backups in {catalog.directory}"
    rows = [("ID", "TAKEN (UTC)", "DATABASE", "SERVER", "ROWS", "SIZE", "PROVEN")]
    rows += [
        (
            backup.id,
            _time(backup.taken_at),
            backup.database,
            backup.server_version,
            f"{backup.rows:,}",
            format_bytes(backup.bytes),
            f"{backup.verified}, {_time(backup.verified_at or '')}" if backup.verified else "no",
        )
        for backup in catalog.backups
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    right = {4, 5}
    lines = [
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    if catalog.leftovers:
        lines += ["", "not usable as backups:", *(f"  {format_leftover(leftover)}" for leftover in catalog.leftovers)]
    return join_lines(lines)


def serialize_backup_list(catalog: BackupList) -> dict[str, object]:
    """The same for `--output-format json`."""
    return {
        "directory": catalog.directory,
        "backups": [serialize_backup(backup) for backup in catalog.backups],
        "leftovers": [
            {"path": leftover.path, "fault": leftover.fault, "bytes": leftover.bytes, "stale": leftover.stale}
            for leftover in catalog.leftovers
        ],
    }


def format_retention(catalog: BackupList, kept: Mapping[str, str], stale: tuple[Leftover, ...]) -> str:
    """Which backups stay and why, and what would be removed. kept: reasons by id."""
    rows = [("", "ID", "TAKEN (UTC)", "PROVEN", "WHY")]
    rows += [
        (
            "keep" if backup.id in kept else "remove",
            backup.id,
            _time(backup.taken_at),
            "yes" if backup.verified else "no",
            kept.get(backup.id, ""),
        )
        for backup in catalog.backups
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return join_lines([*lines, *(f"remove  {format_leftover(leftover)}" for leftover in stale)])


def format_leftover(leftover: Leftover) -> str:
    """One file that is not a backup, and whether `prune` removes it."""
    prune = " (rowkeep backup prune removes it)" if leftover.stale else ""
    return f"{PurePath(leftover.path).name}  {format_bytes(leftover.bytes)}  {leftover.fault}{prune}"


def _quote_for_copying(name: str) -> str:
    """`name` quoted for SQL, so that it can be copied from the screen. Hidden characters become Unicode escapes."""
    if one_line(name) == name:
        return quote_name(name)
    shown = (
        letter * 2
        if letter in ('"', "\\")
        else letter
        if letter.isascii() and letter.isprintable()
        else f"\\+{ord(letter):06x}"
        for letter in name
    )
    return f'U&"{"".join(shown)}"'


def format_restored(restored: RestoredBackup) -> str:
    """What was restored, what it does not contain, and how to put it in the place of the live database."""
    new, live = restored.database, restored.backup.database
    rows = [
        *format_restored_heading(restored),
        "",
        f"To put it in the place of the live database ({live}), which is kept under another name:",
        f"  rowkeep restore --into {shlex.quote(new)} --swap",
        "To undo that:",
        "  rowkeep restore --swap-back",
        f"If {live} does not exist any more, connect to another database (postgres) and run:",
        f"  ALTER DATABASE {_quote_for_copying(new)} RENAME TO {_quote_for_copying(live)};",
    ]
    return join_lines(rows)


def format_restored_heading(restored: RestoredBackup) -> tuple[str, ...]:
    """What was restored, and what it does not contain."""
    backup = restored.backup
    return (
        f"{restored.database} holds {backup.id}",
        f"{restored.proof} ({format_seconds(restored.seconds)})",
        f"It does not contain anything written to {backup.database} after {_time(backup.taken_at)} UTC.",
        *(f"note: {remark}" for remark in restored.remarks),
    )


def differing_comment(restored: RestoredBackup) -> str:
    """The comment for a restored database that was kept although it differs; the original comment follows below."""
    backup, most = restored.backup, 20
    rows = [format_difference(difference) for difference in restored.differing[:most]]
    more = len(restored.differing) - most
    text = "\n".join(
        (
            f"rowkeep: NOT a proven copy of {backup.id}. It differs from the counts of the backup:",
            *rows,
            *([f"and {more} more"] if more > 0 else []),
        )
    )
    original = backup.properties.comment if backup.properties else None
    return f"{text}\n\n{original}" if original else text


def format_difference(difference: CountDifference) -> str:
    """One count that differs."""
    return f"{difference.what}: expected {difference.expected}, found {difference.found}"


def _time(moment: str) -> str:
    """`2026-01-31T10:00:00Z` as `2026-01-31 10:00:00`."""
    return moment.replace("T", " ").removesuffix("Z")
