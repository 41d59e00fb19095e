"""`rowkeep backup`: take a backup; list, prove and prune backups."""

from __future__ import annotations

import os
import sys

import click

from rowkeep.cli.door import Door
from rowkeep.cli.door import command as declared
from rowkeep.cli.group import Group
from rowkeep.cli.reach import reach
from rowkeep.cli.speech import confirmed

PLACE = click.option("--backups-dir", metavar="DIR", help="Where backups are kept  [default: backups].")


@declared("create", help="Take a backup with the pg_dump of the server's own major. `rowkeep backup` means this.")
@PLACE
@click.option("--hashes", is_flag=True, help="Read and hash every value too, not only count rows.")
@click.option("--prove", is_flag=True, help="Then restore it into a throw-away server and compare, as `verify` does.")
@click.option(
    "--lock-timeout", type=float, default=10.0, show_default=True, metavar="SECONDS", help="Wait so long for a lock."
)
def create(door: Door, *, backups_dir: str | None, hashes: bool, prove: bool, lock_timeout: float) -> int:
    from rowkeep import backup as backups
    from rowkeep import programs
    from rowkeep.database.session import connect
    from rowkeep.files.circumstances import circumstances
    from rowkeep.knowledge.places import CLIENT, SERVER
    from rowkeep.report.backups import backup_data, backup_text
    from rowkeep.report.events import bytes_text, count_text
    from rowkeep.walk.stage import stage

    settings = door.settings
    with reach(door) as conninfo:
        with connect(conninfo, application="rowkeep backup") as session:
            major, database = session.major, session.connection.info.dbname
        need = (*CLIENT, *SERVER) if prove else CLIENT
        tools = programs.obtain(major, need, pg_bin=settings.pg_bin, fetch=settings.fetch_programs, tell=door.tell)
        with stage(door.tell, "backup", f"Backing up {database}") as note:
            made = backups.take(
                conninfo,
                tools,
                backups_dir or settings.backups_dir,
                tell=door.tell,
                hashes=hashes,
                lock_timeout=lock_timeout,
                commit=circumstances("backup", settings, os.environ).commit,
            )
            note.summary = f"{bytes_text(made.bytes)}, {count_text(made.rows, 'row')}"
    if prove:
        with stage(door.tell, "verify", f"Restoring {made.id} into a throw-away server") as note:
            made, restored = backups.prove(made, tools, tell=door.tell)
            note.summary = restored.proof
    door.answer(backup_text(made), backup=backup_data(made))
    return 0


@declared("list", help="Every backup, newest first, and every file there that is none.")
@PLACE
def listed(door: Door, *, backups_dir: str | None) -> int:
    from rowkeep import backup as backups
    from rowkeep.report.backups import shelf_data, shelf_text

    shelf = backups.list_backups(backups_dir or door.settings.backups_dir)
    door.answer(shelf_text(shelf), **shelf_data(shelf))
    return 0


@declared(
    "verify", help="Restore BACKUP (an id, a file, or `latest`) into a throw-away server and compare all counts."
)
@click.argument("backup", default="latest")
@PLACE
@click.option("-j", "--jobs", type=click.IntRange(1), metavar="N", help="Workers of pg_restore.")
def verify(door: Door, *, backup: str, backups_dir: str | None, jobs: int | None) -> int:
    from rowkeep import backup as backups
    from rowkeep import programs
    from rowkeep.knowledge.places import CLIENT, SERVER
    from rowkeep.report.backups import backup_data
    from rowkeep.walk.stage import stage

    settings = door.settings
    chosen = backups.find(backups.list_backups(backups_dir or settings.backups_dir), backup)
    need = (*CLIENT, *SERVER)
    tools = programs.obtain(chosen.major, need, pg_bin=settings.pg_bin, fetch=settings.fetch_programs, tell=door.tell)
    with stage(door.tell, "verify", f"Restoring {chosen.id} into a throw-away server") as note:
        proven, restored = backups.prove(chosen, tools, tell=door.tell, jobs=jobs)
        note.summary = restored.proof
    remarks = [f"note: {remark}" for remark in restored.remarks]
    door.answer(
        "\n".join([f"{proven.id}: {restored.proof}", *remarks]),
        backup=backup_data(proven),
        remarks=list(restored.remarks),
    )
    return 0


@declared("prune", help="Remove backups older than the newest N proven ones, and what killed runs left.")
@PLACE
@click.option("--keep", type=click.IntRange(1), metavar="N", help="How many proven backups of each database stay.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def prune(door: Door, *, backups_dir: str | None, keep: int | None, yes: bool) -> int:
    from rowkeep import backup as backups
    from rowkeep.errors import Refused
    from rowkeep.report.backups import leftover_text
    from rowkeep.report.events import bytes_text, count_text

    keep = keep or door.settings.keep_backups
    shelf = backups.list_backups(backups_dir or door.settings.backups_dir)
    going = backups.prunable(shelf, keep)
    stale = tuple(left for left in shelf.leftovers if left.stale)
    data = {"keep": keep, "removed": [one.id for one in going], "leftovers": [one.path for one in stale]}
    if not going and not stale:
        kept = count_text(len(shelf.backups), "backup")
        door.answer(
            f"nothing to remove: {kept}, and only what is older than {keep} proven ones may go", **data, freed=0
        )
        return 0
    door.note("\n".join([*(f"remove {one.id}" for one in going), *(f"remove {leftover_text(one)}" for one in stale)]))
    if not yes and not (sys.stdin.isatty() and confirmed("Remove them?")):
        raise Refused("nothing was removed: not confirmed", instead=(f"rowkeep backup prune --keep {keep} --yes",))
    freed = backups.remove(going, stale)
    what = count_text(len(going), "backup")
    door.answer(f"removed {what} and {count_text(len(stale), 'leftover')}: {bytes_text(freed)}", **data, freed=freed)
    return 0


command = Group("backup", commands=[create, listed, verify, prune], help="Take and list proven backups.")
