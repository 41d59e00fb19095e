"""`rowkeep restore`: a backup into a new database, never over an existing one."""

from __future__ import annotations

import click

from rowkeep.cli.door import Door
from rowkeep.cli.door import command as declared
from rowkeep.cli.reach import reach


@declared("restore", help="Restore BACKUP (an id, a file, or `latest`) into a new database, and compare all counts.")
@click.argument("backup")
@click.option("--into", "name", required=True, metavar="NEWDB", help="The database to create. It must not exist.")
@click.option("--backups-dir", metavar="DIR", help="Where backups are kept  [default: backups].")
@click.option("-j", "--jobs", type=click.IntRange(1), metavar="N", help="Workers of pg_restore.")
@click.option("--create-roles", is_flag=True, help="Create missing roles, as names without login and rights.")
@click.option(
    "--keep-differing",
    is_flag=True,
    help="Keep a copy whose numbers differ from the backup's; its comment says that it is not proven. Exit 7.",
)
def command(
    door: Door,
    *,
    backup: str,
    name: str,
    backups_dir: str | None,
    jobs: int | None,
    create_roles: bool,
    keep_differing: bool,
) -> int:
    from datetime import UTC, datetime

    from rowkeep import backup as backups
    from rowkeep import programs
    from rowkeep.knowledge.places import CLIENT
    from rowkeep.report.backups import backup_data, restored_text
    from rowkeep.walk.stage import stage

    settings = door.settings
    chosen = backups.find(backups.list_backups(backups_dir or settings.backups_dir), backup)
    with reach(door) as conninfo:
        with backups.maintenance(conninfo) as session:
            # An older server's own pg_restore cannot read a newer one's archive.
            major = max(session.major, int(chosen.client_version.split(".")[0]))
        tools = programs.obtain(major, CLIENT, pg_bin=settings.pg_bin, fetch=settings.fetch_programs, tell=door.tell)
        with stage(door.tell, "restore", f"Restoring {chosen.id} into {name}") as note:
            restored = backups.restore_into(
                chosen,
                tools,
                conninfo,
                name,
                tell=door.tell,
                jobs=jobs,
                create_roles=create_roles,
                keep_differing=keep_differing,
            )
            if restored.differing:
                raise backups.kept(restored)
            note.summary = restored.proof
    moment = datetime.now(UTC).strftime("%Y%m%d_%H%M%S")
    door.answer(
        restored_text(restored, chosen.database, moment),
        database=restored.database,
        backup=backup_data(chosen),
        proof=restored.proof,
        seconds=round(restored.seconds, 3),
        remarks=list(restored.remarks),
    )
    return 0
