"""Proves a backup: restores it into a throw-away server and records that everything came back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from rowkeep import scratch
from rowkeep.backup import storage
from rowkeep.backup.manifest import write_manifest
from rowkeep.backup.scratch_copy import lock_settings, restore_copy
from rowkeep.domain.deploy.backup import Backup, RestoredBackup
from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.event import Emit
from rowkeep.domain.frozen import replace


def prove_backup(
    backup: Backup, programs: Programs, *, emit: Emit, jobs: int | None = None, stage: str = "verify"
) -> tuple[Backup, RestoredBackup]:
    """Restore `backup` into a throw-away server of `programs`, compare it, and record the proof in its manifest.

    Raises BackupFailed if it does not restore or something did not come back; the manifest then stays unchanged.
    A proof that is not possible (an extension is missing here …) is BackupFailed, too.
    """
    with scratch.start_server(programs, emit=emit, settings=lock_settings(backup)) as server:
        restored = restore_copy(backup, server, emit=emit, jobs=jobs, stage=stage)
    return record_proof(restored), restored


def record_proof(restored: RestoredBackup) -> Backup:
    """Record in the manifest how and when the backup was proven. Returns the updated backup."""
    proven = replace(
        restored.backup,
        verified=restored.how,
        verified_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        proof=restored.proof,
    )
    storage.replace_file(Path(proven.manifest_path), write_manifest(proven))
    return proven
