"""Backups in words: one that was made, the list of them, what may go, a proof, a restored database."""

from __future__ import annotations

from pathlib import Path

from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.backup import Backup, BackupList, CountDifference, Leftover, RestoredBackup
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.report.events import format_bytes, format_seconds
from rowkeep.report.text.visible import join_lines, one_line


def format_backup(backup: Backup) -> str:
    """A backup that was just made."""
    counted = f"{count_text(backup.rows, 'row')} in {count_text(len(backup.counts), 'table')} of {backup.database}"
    return "\n".join(
        (
            f"{backup.path}  {format_bytes(backup.bytes)} in {format_seconds(backup.seconds)}",
            f"  {counted}, PostgreSQL {backup.server_version}, counted in the dump's own snapshot",
            f"  {format_proof(backup)}",
        )
    )


def format_proof(backup: Backup) -> str:
    """Whether and how it was proven."""
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
        "counts": [{"schema": one.schema, "table": one.table, "rows": one.rows} for one in backup.counts],
        "large_objects": backup.large_objects,
        "structure_digest": backup.structure_digest,
        "verified": backup.verified,
        "verified_at": backup.verified_at,
        "proof": backup.proof,
        "commit": backup.commit,
    }


def format_shelf(catalog: BackupList) -> str:
    """The list, newest first, and below it what is not usable and why."""
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
        lines += ["", "not usable as backups:", *(f"  {format_leftover(left)}" for left in catalog.leftovers)]
    return join_lines(lines)


def serialize_shelf(catalog: BackupList) -> dict[str, object]:
    """The same for `--output-format json`."""
    return {
        "directory": catalog.directory,
        "backups": [serialize_backup(backup) for backup in catalog.backups],
        "leftovers": [
            {"path": left.path, "fault": left.fault, "bytes": left.bytes, "stale": left.stale}
            for left in catalog.leftovers
        ],
    }


def format_leftover(left: Leftover) -> str:
    """One file that is no backup; whether `prune` removes it."""
    gone = " (rowkeep backup prune removes it)" if left.stale else ""
    return f"{Path(left.path).name}  {format_bytes(left.bytes)}  {left.fault}{gone}"


def _typed(name: str, quote: str = '"') -> str:
    """`name` as it can be copied from a screen: what is not shown as it is, is an escape that SQL reads."""
    if one_line(name) == name:
        return quote_name(name) if quote == '"' else f"{quote}{name.replace(quote, quote * 2)}{quote}"
    shown = (
        letter * 2
        if letter in (quote, "\\")
        else letter
        if letter.isascii() and letter.isprintable()
        else f"\\+{ord(letter):06x}"
        for letter in name
    )
    return f"U&{quote}{''.join(shown)}{quote}"


def format_restored(restored: RestoredBackup, original: str, moment: str) -> str:
    """What was restored, what is not in it, and how to switch over. moment: for the name of what is put aside."""
    backup = restored.backup
    new, old, aside = (_typed(name) for name in (restored.database, original, f"{original[:40]}_before_{moment}"))
    literal = _typed(original, "'")
    rows = [
        f"{restored.database} holds {backup.id}",
        f"{restored.proof} ({format_seconds(restored.seconds)})",
        f"Nothing that was written to {backup.database} after {_time(backup.taken_at)} UTC is in it.",
        *(f"note: {remark}" for remark in restored.remarks),
        "",
        "To switch over, stop the application and run, connected to another database (postgres):",
        f"  ALTER DATABASE {old} WITH ALLOW_CONNECTIONS false;",
        f"  SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {literal};",
        f"  ALTER DATABASE {old} RENAME TO {aside};",
        f"  ALTER DATABASE {new} RENAME TO {old};",
        f"{aside} keeps all that was written since; drop it only when nothing of it is missed.",
        "",
        "It takes no connections until you let it:",
        f"  ALTER DATABASE {aside} WITH ALLOW_CONNECTIONS true;",
        "To undo the switch-over, do that, stop the application, and run:",
        f"  SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {literal};",
        f"  ALTER DATABASE {old} RENAME TO {new};",
        f"  ALTER DATABASE {aside} RENAME TO {old};",
    ]
    return join_lines(rows)


def differing_comment(restored: RestoredBackup) -> str:
    """What is said of a database that was kept though it differs; the comment of the original stands below."""
    backup, most = restored.backup, 20
    rows = [format_difference(one) for one in restored.differing[:most]]
    more = len(restored.differing) - most
    text = "\n".join(
        (
            f"rowkeep: NOT a proven copy of {backup.id}. It differs from what was counted when that was taken:",
            *rows,
            *([f"and {more} more"] if more > 0 else []),
        )
    )
    original = backup.properties.comment if backup.properties else None
    return f"{text}\n\n{original}" if original else text


def format_difference(difference: CountDifference) -> str:
    """One number that did not come back."""
    return f"{difference.what}: expected {difference.expected}, found {difference.found}"


def _time(moment: str) -> str:
    """`2026-01-31T10:00:00Z` for people."""
    return moment.replace("T", " ").removesuffix("Z")
