"""The state of the backups as a text file for Prometheus (the textfile collector of node_exporter)."""

from __future__ import annotations

from rowkeep.domain.deploy.backup import Backup, BackupList
from rowkeep.domain.deploy.retention import find_newest_proven, taken_at

METRICS = (
    ("rowkeep_backup_count", "Backups of the database."),
    ("rowkeep_backup_last_timestamp_seconds", "When the newest backup was taken."),
    ("rowkeep_backup_last_proven_timestamp_seconds", "When the newest proven backup was taken; 0 = there is none."),
    ("rowkeep_backup_last_bytes", "Size of the newest backup."),
    ("rowkeep_backup_last_duration_seconds", "How long the newest backup took."),
    ("rowkeep_backup_max_age_seconds", "The age that max-backup-age-h allows; 0 = no limit."),
    ("rowkeep_backup_unusable_files", "Files in the directory that are not usable as backups."),
)


def format_metrics(catalog: BackupList, max_age_h: int) -> str:
    """All metrics, in the text format of Prometheus. Each database is a label."""
    databases: dict[str, list[Backup]] = {}
    for backup in catalog.backups:
        databases.setdefault(backup.database, []).append(backup)
    values: dict[str, list[tuple[str, float]]] = {name: [] for name, _ in METRICS}
    for database, backups in sorted(databases.items()):
        label = f'{{database="{_escape_label(database)}"}}'
        newest, proven = backups[0], find_newest_proven(backups, database)
        for name, value in (
            ("count", len(backups)),
            ("last_timestamp_seconds", taken_at(newest).timestamp()),
            ("last_proven_timestamp_seconds", taken_at(proven).timestamp() if proven else 0),
            ("last_bytes", newest.bytes),
            ("last_duration_seconds", newest.seconds),
        ):
            values[f"rowkeep_backup_{name}"].append((label, value))
    values["rowkeep_backup_max_age_seconds"].append(("", max_age_h * 3600))
    values["rowkeep_backup_unusable_files"].append(("", len(catalog.leftovers)))
    lines = []
    for name, text in METRICS:
        if values[name]:
            lines += [f"# HELP {name} {text}", f"# TYPE {name} gauge"]
            lines += [f"{name}{label} {_format_number(value)}" for label, value in values[name]]
    return "\n".join(lines) + "\n"


def _format_number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _escape_label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
