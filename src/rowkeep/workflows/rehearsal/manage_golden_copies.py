"""Make, list and remove golden copies, besides what rehearsals do with them."""

from __future__ import annotations

from rowkeep import backup as backups
from rowkeep import programs
from rowkeep.clones import GoldenStore, golden_directory, has_golden_directory
from rowkeep.clones.golden_store import Limits, RemovedCopy
from rowkeep.config import Settings
from rowkeep.domain.deploy.backup import Backup
from rowkeep.domain.deploy.golden_copy import CloneRoom, GoldenCopies, GoldenCopy
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit
from rowkeep.errors import Misused, Refused
from rowkeep.knowledge.program_locations import CLIENT, SERVER
from rowkeep.workflows.rehearsal.golden_copies import GoldenCopyPolicy, RehearsalCopies, limits_of
from rowkeep.workflows.rehearsal.rehearse import restore_scratch_copy


def make_golden_copy(settings: Settings, name: str, emit: Emit) -> tuple[GoldenCopy, Backup]:
    """Restore and prove a backup, and keep it as a golden copy.

    name: an id, the beginning of one, a file, or `latest`. Raises Refused where none can be kept, BackupFailed.
    """
    if not settings.golden_copies:
        raise Misused(
            "golden copies are switched off",
            code=ErrorCode.SETTING_INVALID,
            where=settings.origins.get("golden_copies"),
            instead=("set golden-copies to 1 or more",),
        )
    backup = backups.find_backup(backups.list_backups(settings.backups_dir), name)
    tools = programs.obtain_programs(
        backup.major, (*CLIENT, *SERVER), pg_bin=settings.pg_bin, fetch=settings.fetch_programs, emit=emit
    )
    policy = GoldenCopyPolicy(settings, tools, emit, fresh=True)
    with restore_scratch_copy(backup, tools, emit, None, RehearsalCopies(policy)) as copy:
        proven = copy.proven
    content = list_golden_copies()[0]
    for golden in content.copies:
        if (golden.backup_id, golden.backup_sha256) == (proven.id, proven.sha256):
            return golden, proven
    raise Refused(
        "no golden copy was kept",
        code=ErrorCode.GOLDEN_COPY_UNUSABLE,
        where=content.directory,
        why="a note above says why, or the backup is older than another golden copy, or than golden-copy-max-age-h",
        instead=("rowkeep clones list", "rowkeep backup, then rowkeep clones create"),
    )


def list_golden_copies() -> tuple[GoldenCopies, CloneRoom]:
    """The golden copies of this user, and the room where they are. Starts nothing."""
    store = GoldenStore(golden_directory())
    return store.list_copies(), store.room()


def prune_golden_copies(settings: Settings, *, everything: bool = False) -> tuple[RemovedCopy, ...]:
    """Remove golden copies that cannot be used or exceed the settings; everything: all of them."""
    limits = Limits(0, 0, 0.0) if everything else limits_of(settings)
    return GoldenStore(golden_directory()).prune(limits)


def prune_after_backups(settings: Settings) -> tuple[RemovedCopy, ...]:
    """Remove the golden copies of backups that were just removed. Makes no directory."""
    return prune_golden_copies(settings) if has_golden_directory() else ()
