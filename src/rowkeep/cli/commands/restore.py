"""`rowkeep restore`: restores a backup into a new database, never into an existing one."""

from __future__ import annotations

import click

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.connection_string import connection_string
from rowkeep.cli.declare_command import declare_command
from rowkeep.domain.frozen import replace


@declare_command(
    "restore", help="Restore BACKUP (an id, a file, or `latest`) into a new database, and compare all counts."
)
@click.argument("backup")
@click.option("--into", "name", required=True, metavar="NEWDB", help="The database to create. It must not exist.")
@click.option("--backups-dir", metavar="DIR", help="Where backups are kept  [default: backups].")
@click.option("-j", "--jobs", type=click.IntRange(1), metavar="N", help="Number of pg_restore workers.")
@click.option("--create-roles", is_flag=True, help="Create missing roles, without login and rights.")
@click.option(
    "--keep-differing",
    is_flag=True,
    help="Keep the database if its counts differ from the backup. Its comment says that it is not proven. Exit 7.",
)
def command(
    context: CommandContext,
    *,
    backup: str,
    name: str,
    backups_dir: str | None,
    jobs: int | None,
    create_roles: bool,
    keep_differing: bool,
) -> int:
    from datetime import UTC, datetime

    from rowkeep.report.backups import format_restored, serialize_backup
    from rowkeep.workflows.backup import restore_backup

    settings = replace(context.settings, backups_dir=backups_dir or context.settings.backups_dir)
    with connection_string(context) as conninfo:
        restored = restore_backup(
            settings,
            conninfo,
            backup,
            name,
            context.emit,
            jobs=jobs,
            create_roles=create_roles,
            keep_differing=keep_differing,
        )
    moment = datetime.now(UTC).strftime("%Y%m%d_%H%M%S")
    context.answer(
        format_restored(restored, restored.backup.database, moment),
        database=restored.database,
        backup=serialize_backup(restored.backup),
        proof=restored.proof,
        seconds=round(restored.seconds, 3),
        remarks=list(restored.remarks),
    )
    return 0
