"""What lies in a backups directory: list it, find one, decide what may go."""

from __future__ import annotations

import re
from pathlib import Path

from rowkeep.backup import storage
from rowkeep.backup.manifest import read_manifest
from rowkeep.domain.deploy.backup import Backup, BackupList, Leftover
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit, Noted
from rowkeep.errors import BackupFailed, Misused


def list_backups(directory: str) -> BackupList:
    """Every complete backup, newest first, and every file that looks like one and is not. Reads no dump."""
    here = Path(directory)
    if not here.is_dir():
        return BackupList(directory, ())
    backups: list[Backup] = []
    leftovers: list[Leftover] = []
    for path in sorted(here.iterdir()):
        if path.name.endswith(storage.PARTIAL):
            leftovers.append(_partial(path))
        elif path.suffix == ".dump":
            found = _dump(path)
            if isinstance(found, Backup):
                backups.append(found)
            else:
                leftovers.append(found)
        elif _is_orphan(path):
            leftovers.append(Leftover(str(path), "its dump is gone", path.stat().st_size))
    backups.sort(key=lambda backup: (backup.taken_at, backup.id), reverse=True)
    return BackupList(directory, tuple(backups), tuple(leftovers))


def _partial(path: Path) -> Leftover:
    size = path.stat().st_size
    if storage.is_being_written(path):
        return Leftover(str(path), "is being written now", size, stale=False)
    return Leftover(str(path), "unfinished: whoever wrote it was killed", size)


def _dump(path: Path) -> Backup | Leftover:
    size = path.stat().st_size
    if not Path(f"{path}.json").exists():
        return Leftover(str(path), "has no manifest: not made by rowkeep backup", size, stale=False)
    try:
        backup = read_manifest(f"{path}.json")
    except BackupFailed as error:
        return Leftover(str(path), f"its manifest cannot be read: {error.why or error.what}", size, stale=False)
    if size != backup.bytes:
        return Leftover(str(path), f"damaged: {size:,} bytes, {backup.bytes:,} were written", size, stale=False)
    return backup


def _is_orphan(path: Path) -> bool:
    """Whether this belongs to a dump that is not there, under its final name or its partial one."""
    belongs = re.match(r"(.*\.dump)(?:\.structure\.json|\.roles\.sql|\.json)$", path.name)
    if not belongs:
        return False
    dump = path.with_name(belongs[1])
    return not dump.exists() and not dump.with_name(f"{dump.name}{storage.PARTIAL}").exists()


def find_backup(catalog: BackupList, wanted: str) -> Backup:
    """The backup with this id, the only one whose id begins so, the `latest`, or the one whose dump is this file.

    Raises Misused when there is none or more than one, and names those there are; BackupFailed when it is damaged.
    """
    if wanted == "latest" and catalog.backups:
        _require_newest(catalog)
        return catalog.backups[0]
    if "/" in wanted or wanted.endswith(".dump"):
        return _at(wanted)
    exact = [backup for backup in catalog.backups if backup.id == wanted]
    begun = exact or [backup for backup in catalog.backups if backup.id.startswith(wanted)]
    if len(begun) == 1:
        return begun[0]
    damaged = [left for left in catalog.leftovers if Path(left.path).name.startswith(f"{wanted}.dump")]
    if damaged and not begun:
        raise BackupFailed(
            f"the backup {wanted} cannot be used",
            code=ErrorCode.BACKUP_UNUSABLE,
            where=damaged[0].path,
            why=damaged[0].fault,
            instead=("rowkeep backup list",),
        )
    if wanted == "latest" and catalog.leftovers:
        left = catalog.leftovers[0]
        raise BackupFailed(
            "none of the backups can be used",
            code=ErrorCode.BACKUP_UNUSABLE,
            where=left.path,
            why=left.fault,
            instead=("rowkeep backup list",),
        )
    named = ", ".join(backup.id for backup in (begun or catalog.backups)[:10])
    raise Misused(
        f"{'more than one backup begins with' if begun else 'there is no backup'} {wanted!r}",
        code=ErrorCode.BACKUP_NOT_FOUND,
        where=catalog.directory,
        why=f"{'these do' if begun else 'there are'}: {named}" if named else "there are no backups",
        instead=("rowkeep backup list",) if named else ("rowkeep backup",),
    )


def _require_newest(catalog: BackupList) -> None:
    """Raise BackupFailed where a younger backup of the same database is damaged: the older one is not the latest."""
    usable = catalog.backups[0].id
    database, _, moment = usable.rpartition("-")
    for left in catalog.leftovers:
        name = Path(left.path).name
        other, _, taken = name.removesuffix(".dump").rpartition("-")
        if name.endswith(".dump") and other == database and taken > moment:
            raise BackupFailed(
                f"the latest backup of {database} cannot be used",
                code=ErrorCode.BACKUP_UNUSABLE,
                where=left.path,
                why=left.fault,
                instead=(f"name the one before it: {usable}", "rowkeep backup list"),
            )


def _at(path: str) -> Backup:
    dump = Path(path)
    if not dump.is_file():
        raise Misused(
            "no such backup file", code=ErrorCode.BACKUP_NOT_FOUND, where=path, instead=("rowkeep backup list",)
        )
    found = _dump(dump)
    if isinstance(found, Leftover):
        by_hand = f"by hand, into a new database: createdb NEWDB && pg_restore --dbname=NEWDB {path}"
        raise BackupFailed(
            "the backup cannot be used",
            code=ErrorCode.BACKUP_UNUSABLE,
            where=path,
            why=found.fault,
            instead=("rowkeep backup list", by_hand),
        )
    return found


def select_prunable(catalog: BackupList, keep: int) -> tuple[Backup, ...]:
    """The backups that may go, so that of each database the `keep` newest proven ones remain.

    Only a backup older than those may go, proven or not: a newer one may be all there is of newer rows. So the last
    proven one always stays, and where fewer than `keep` are proven nothing goes. keep: at least 1.
    """
    gone = []
    for _, family in sorted(_group_by_database(catalog.backups).items()):
        proven = [backup for backup in family if backup.verified]
        if len(proven) < keep:
            continue
        oldest_kept = proven[keep - 1]
        gone += family[family.index(oldest_kept) + 1 :]
    return tuple(gone)


def _group_by_database(backups: tuple[Backup, ...]) -> dict[tuple[str, str], list[Backup]]:
    """Backups by cluster and database, each newest first: one database's backups never replace another's."""
    families: dict[tuple[str, str], list[Backup]] = {}
    for backup in backups:
        families.setdefault((backup.system_identifier or "", backup.database), []).append(backup)
    return families


def delete_backups(backups: tuple[Backup, ...], leftovers: tuple[Leftover, ...]) -> int:
    """Delete these backups and those leftovers that nobody writes; the bytes that became free."""
    freed = 0
    for backup in backups:
        freed += backup.bytes
        for path in (backup.path, backup.manifest_path, backup.structure_path, backup.roles_path):
            Path(path).unlink(missing_ok=True)
    for left in leftovers:
        if left.stale:
            freed += left.bytes
            Path(left.path).unlink(missing_ok=True)
            for ending in storage.SIDECARS:
                Path(left.path.removesuffix(storage.PARTIAL) + ending).unlink(missing_ok=True)
    return freed


def sweep_leftovers(directory: str, emit: Emit) -> None:
    """Remove what killed runs left in the directory, and say so."""
    stale = tuple(left for left in list_backups(directory).leftovers if left.stale)
    if stale:
        delete_backups((), stale)
        names = ", ".join(Path(left.path).name for left in stale)
        emit(Noted(f"removed what an earlier run left when it was killed: {names}"))
