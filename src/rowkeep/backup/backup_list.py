"""The backups in a directory: list them, find one, select those to prune."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from rowkeep.backup import storage
from rowkeep.backup.manifest import read_manifest
from rowkeep.domain.deploy.backup import Backup, BackupList, Leftover
from rowkeep.domain.deploy.retention import Retention, choose_kept
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit, Noted
from rowkeep.errors import BackupFailed, Misused


def list_backups(directory: str) -> BackupList:
    """Every complete backup, newest first, and every file that looks like one but is not. Does not read the dumps."""
    folder = Path(directory)
    if not folder.is_dir():
        return BackupList(directory, ())
    backups: list[Backup] = []
    leftovers: list[Leftover] = []
    for path in sorted(folder.iterdir()):
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
    return Leftover(str(path), "unfinished: its writer was killed", size)


def _dump(path: Path) -> Backup | Leftover:
    size = path.stat().st_size
    if not Path(f"{path}.json").exists():
        return Leftover(str(path), "has no manifest: not made by rowkeep backup", size, stale=False)
    try:
        backup = read_manifest(f"{path}.json")
    except BackupFailed as error:
        return Leftover(str(path), f"its manifest cannot be read: {error.why or error.what}", size, stale=False)
    if size != backup.bytes:
        return Leftover(str(path), f"damaged: {size:,} bytes, but {backup.bytes:,} were written", size, stale=False)
    return backup


def _is_orphan(path: Path) -> bool:
    """Whether this belongs to a dump that is missing, both under its final and its partial name."""
    belongs = re.match(r"(.*\.dump)(?:\.structure\.json|\.roles\.sql|\.json)$", path.name)
    if not belongs:
        return False
    dump = path.with_name(belongs[1])
    return not dump.exists() and not dump.with_name(f"{dump.name}{storage.PARTIAL}").exists()


def find_backup(catalog: BackupList, query: str) -> Backup:
    """The backup with this id, id prefix or dump file, or the `latest` one.

    Raises Misused, with the candidates, if there is none or more than one; BackupFailed if it is damaged.
    """
    if query == "latest" and catalog.backups:
        _require_newest(catalog)
        return catalog.backups[0]
    if "/" in query or query.endswith(".dump"):
        return _backup_of_file(query)
    exact = [backup for backup in catalog.backups if backup.id == query]
    matches = exact or [backup for backup in catalog.backups if backup.id.startswith(query)]
    if len(matches) == 1:
        return matches[0]
    damaged = [leftover for leftover in catalog.leftovers if Path(leftover.path).name.startswith(f"{query}.dump")]
    if damaged and not matches:
        raise BackupFailed(
            f"the backup {query} cannot be used",
            code=ErrorCode.BACKUP_UNUSABLE,
            where=damaged[0].path,
            why=damaged[0].fault,
            instead=("rowkeep backup list",),
        )
    if query == "latest" and catalog.leftovers:
        leftover = catalog.leftovers[0]
        raise BackupFailed(
            "none of the backups can be used",
            code=ErrorCode.BACKUP_UNUSABLE,
            where=leftover.path,
            why=leftover.fault,
            instead=("rowkeep backup list",),
        )
    named = ", ".join(backup.id for backup in (matches or catalog.backups)[:10])
    raise Misused(
        f"{'more than one backup starts with' if matches else 'there is no backup'} {query!r}",
        code=ErrorCode.BACKUP_NOT_FOUND,
        where=catalog.directory,
        why=f"{'candidates' if matches else 'existing backups'}: {named}" if named else "there are no backups",
        instead=("rowkeep backup list",) if named else ("rowkeep backup",),
    )


def _require_newest(catalog: BackupList) -> None:
    """Raise BackupFailed if a newer backup of the same database is damaged: the older one is not the latest."""
    usable = catalog.backups[0].id
    database, _, moment = usable.rpartition("-")
    for leftover in catalog.leftovers:
        name = Path(leftover.path).name
        other, _, taken = name.removesuffix(".dump").rpartition("-")
        if name.endswith(".dump") and other == database and taken > moment:
            raise BackupFailed(
                f"the latest backup of {database} cannot be used",
                code=ErrorCode.BACKUP_UNUSABLE,
                where=leftover.path,
                why=leftover.fault,
                instead=(f"use the previous one: {usable}", "rowkeep backup list"),
            )


def _backup_of_file(path: str) -> Backup:
    dump = Path(path)
    if not dump.is_file():
        raise Misused(
            "no such backup file", code=ErrorCode.BACKUP_NOT_FOUND, where=path, instead=("rowkeep backup list",)
        )
    found = _dump(dump)
    if isinstance(found, Leftover):
        by_hand = f"manually, into a new database: createdb NEWDB && pg_restore --dbname=NEWDB {path}"
        raise BackupFailed(
            "the backup cannot be used",
            code=ErrorCode.BACKUP_UNUSABLE,
            where=path,
            why=found.fault,
            instead=("rowkeep backup list", by_hand),
        )
    return found


def select_prunable(catalog: BackupList, retention: Retention, now: datetime) -> tuple[Backup, ...]:
    """The backups that the rule does not keep; each database and cluster by itself."""
    kept = explain_kept(catalog, retention, now)
    return tuple(backup for backup in catalog.backups if backup.id not in kept)


def explain_kept(catalog: BackupList, retention: Retention, now: datetime) -> dict[str, str]:
    """Why each backup is kept, by its id. now: from it the age is counted."""
    reasons: dict[str, str] = {}
    for group in _group_by_database(catalog.backups).values():
        reasons |= choose_kept(group, retention, now)
    return reasons


def _group_by_database(backups: tuple[Backup, ...]) -> dict[tuple[str, str], list[Backup]]:
    """Backups by cluster and database, newest first. Backups of one database never replace those of another."""
    groups: dict[tuple[str, str], list[Backup]] = {}
    for backup in backups:
        groups.setdefault((backup.system_identifier or "", backup.database), []).append(backup)
    return groups


def delete_backups(backups: tuple[Backup, ...], leftovers: tuple[Leftover, ...]) -> int:
    """Delete these backups, and leftovers that nobody is writing. Returns the freed bytes."""
    freed = 0
    for backup in backups:
        freed += backup.bytes
        for path in (backup.path, backup.manifest_path, backup.structure_path, backup.roles_path):
            Path(path).unlink(missing_ok=True)
    for leftover in leftovers:
        if leftover.stale:
            freed += leftover.bytes
            Path(leftover.path).unlink(missing_ok=True)
            for ending in storage.SIDECARS:
                Path(leftover.path.removesuffix(storage.PARTIAL) + ending).unlink(missing_ok=True)
    return freed


def sweep_leftovers(directory: str, emit: Emit) -> None:
    """Remove the leftovers of killed runs from the directory, and say so."""
    stale = tuple(leftover for leftover in list_backups(directory).leftovers if leftover.stale)
    if stale:
        delete_backups((), stale)
        names = ", ".join(Path(leftover.path).name for leftover in stale)
        emit(Noted(f"removed leftovers of a killed run: {names}"))
