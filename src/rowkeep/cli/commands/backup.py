"""`rowkeep backup`: take a backup; list, prove and prune backups."""

from __future__ import annotations

import os
import sys

import click

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.command_group import DefaultCommandGroup
from rowkeep.cli.connection_string import connection_string
from rowkeep.cli.declare_command import declare_command
from rowkeep.cli.output import confirm
from rowkeep.domain.frozen import replace

PLACE = click.option("--backups-dir", metavar="DIR", help="Where backups are kept  [default: backups].")


@declare_command(
    "create", help="Take a backup with the pg_dump of the server's major. The default of `rowkeep backup`."
)
@PLACE
@click.option("--hashes", is_flag=True, help="Hash every value, besides counting rows.")
@click.option("--prove", is_flag=True, help="Then restore it into a throw-away server and compare, like `verify`.")
@click.option(
    "--lock-timeout",
    type=float,
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for a lock.",
)
def create(context: CommandContext, *, backups_dir: str | None, hashes: bool, prove: bool, lock_timeout: float) -> int:
    from rowkeep.files.run_metadata import collect_run_metadata
    from rowkeep.report.backups import format_backup, serialize_backup
    from rowkeep.workflows.backup import take_backup

    settings = replace(context.settings, backups_dir=backups_dir or context.settings.backups_dir)
    with connection_string(context) as conninfo:
        backup = take_backup(
            settings,
            conninfo,
            context.emit,
            hashes=hashes,
            prove=prove,
            lock_timeout_s=lock_timeout,
            commit=collect_run_metadata("backup", settings, os.environ).commit,
        )
    context.answer(format_backup(backup), backup=serialize_backup(backup))
    return 0


@declare_command("list", help="List backups, newest first, and files that are not backups.")
@PLACE
def list_all(context: CommandContext, *, backups_dir: str | None) -> int:
    from rowkeep import backup as backups
    from rowkeep.report.backups import format_backup_list, serialize_backup_list

    catalog = backups.list_backups(backups_dir or context.settings.backups_dir)
    context.answer(format_backup_list(catalog), **serialize_backup_list(catalog))
    return 0


@declare_command(
    "verify", help="Restore BACKUP (an id, a file, or `latest`) into a throw-away server and compare all counts."
)
@click.argument("backup", default="latest")
@PLACE
@click.option("-j", "--jobs", type=click.IntRange(1), metavar="N", help="Workers of pg_restore.")
def verify(context: CommandContext, *, backup: str, backups_dir: str | None, jobs: int | None) -> int:
    from rowkeep.report.backups import serialize_backup
    from rowkeep.workflows.backup import prove_backup

    settings = replace(context.settings, backups_dir=backups_dir or context.settings.backups_dir)
    proven, restored = prove_backup(settings, backup, context.emit, jobs=jobs)
    remarks = [f"note: {remark}" for remark in restored.remarks]
    context.answer(
        "\n".join([f"{proven.id}: {restored.proof}", *remarks]),
        backup=serialize_backup(proven),
        remarks=list(restored.remarks),
    )
    return 0


@declare_command("prune", help="Remove backups older than the newest N proven ones, and leftovers of killed runs.")
@PLACE
@click.option("--keep", type=click.IntRange(1), metavar="N", help="How many proven backups of each database to keep.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def prune(context: CommandContext, *, backups_dir: str | None, keep: int | None, yes: bool) -> int:
    from rowkeep import backup as backups
    from rowkeep.domain.count import count_text
    from rowkeep.domain.error_code import ErrorCode
    from rowkeep.errors import Refused
    from rowkeep.report.backups import format_leftover
    from rowkeep.report.events import format_bytes
    from rowkeep.workflows.rehearsal.manage_golden_copies import prune_after_backups

    keep = keep or context.settings.keep_backups
    catalog = backups.list_backups(backups_dir or context.settings.backups_dir)
    prunable = backups.select_prunable(catalog, keep)
    stale = tuple(leftover for leftover in catalog.leftovers if leftover.stale)
    data = {
        "keep": keep,
        "removed": [backup.id for backup in prunable],
        "leftovers": [leftover.path for leftover in stale],
    }
    if not prunable and not stale:
        kept = count_text(len(catalog.backups), "backup")
        context.answer(
            f"nothing to remove: {kept}; only backups older than the newest {keep} proven ones are removed",
            **data,
            freed=0,
        )
        return 0
    context.note(
        "\n".join(
            [
                *(f"remove {backup.id}" for backup in prunable),
                *(f"remove {format_leftover(leftover)}" for leftover in stale),
            ]
        )
    )
    if not yes and not (sys.stdin.isatty() and confirm("Remove them?")):
        raise Refused(
            "nothing was removed: not confirmed",
            code=ErrorCode.NOT_CONFIRMED,
            instead=(f"rowkeep backup prune --keep {keep} --yes",),
        )
    freed = backups.delete_backups(prunable, stale)
    golden = prune_after_backups(context.settings)
    if golden:
        names = ", ".join(removed.name for removed in golden)
        context.note(f"removed the golden copies that have no backup now: {names}")
    what = count_text(len(prunable), "backup")
    context.answer(
        f"removed {what} and {count_text(len(stale), 'leftover')}: {format_bytes(freed)}", **data, freed=freed
    )
    return 0


command = DefaultCommandGroup(
    "backup", commands=[create, list_all, verify, prune], help="Take and list proven backups."
)
