"""`rowkeep restore`: restores a backup into a new database, and puts it in the place of the live one if asked to."""

from __future__ import annotations

from typing import Any

import click

from rowkeep.cli import run_options
from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.connection_string import connection_string
from rowkeep.cli.declare_command import declare_command
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import replace
from rowkeep.errors import Misused


@declare_command(
    "restore",
    help="""Restore BACKUP (an id, a file, or `latest`) into a new database, and compare all counts.

    With --swap, the new database then takes the place of the live one, which is kept under another name.
    """,
)
@click.argument("backup", required=False)
@click.option("--into", "name", metavar="NEWDB", help="The database to create. It must not exist.")
@click.option("--swap", is_flag=True, help="Put it in the place of the live database. Without BACKUP: NEWDB exists.")
@click.option("--swap-back", is_flag=True, help="Put the database that the last --swap replaced back into its place.")
@click.option(
    "--drain",
    callback=run_options.parse_seconds,
    default="30s",
    show_default=True,
    metavar="TIME",
    help="How long a swap waits for sessions at work. Idle ones are ended.",
)
@click.option("--end-sessions", is_flag=True, help="Then end the sessions at work; what they do is rolled back.")
@click.option("--confirm", metavar="DATABASE", help="The name of the live database, for a swap in production.")
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
    backup: str | None,
    name: str | None,
    swap: bool,
    swap_back: bool,
    drain: float,
    end_sessions: bool,
    confirm: str | None,
    backups_dir: str | None,
    **options: Any,
) -> int:
    from rowkeep.report.backups import format_restored, serialize_backup
    from rowkeep.report.upkeep.swapped_databases import format_swap, serialize_swap
    from rowkeep.workflows.backup import restore_backup
    from rowkeep.workflows.confirmation import Consent
    from rowkeep.workflows.recovery import swap_in as swaps

    _check_options(backup, name, swap=swap, swap_back=swap_back)
    settings = replace(context.settings, backups_dir=backups_dir or context.settings.backups_dir)
    consent = Consent(lambda database, danger: context.confirm_name(database, confirm, danger))
    patience: dict[str, Any] = {"drain_s": drain, "end_sessions": end_sessions}
    with connection_string(context) as conninfo:
        if swap_back:
            swapped = swaps.swap_back(settings, conninfo, context.emit, consent, **patience)
            context.answer(format_swap(swapped), swap=serialize_swap(swapped))
            return 0
        if backup is None:
            swapped = swaps.swap_in(settings, conninfo, name or "", context.emit, consent, **patience)
            context.answer(format_swap(swapped), swap=serialize_swap(swapped))
            return 0
        into = name or swaps.new_name(conninfo)
        if swap:
            swaps.check_swap(conninfo, settings, into, consent)
        restored = restore_backup(settings, conninfo, backup, into, context.emit, **options)
        data = {
            "database": restored.database,
            "backup": serialize_backup(restored.backup),
            "proof": restored.proof,
            "seconds": round(restored.seconds, 3),
            "remarks": list(restored.remarks),
        }
        if not swap:
            context.answer(format_restored(restored), **data)
            return 0
        agreed = Consent(lambda database, danger: None)
        swapped = swaps.swap_in(settings, conninfo, into, context.emit, agreed, **patience)
    context.answer(format_swap(swapped, restored), **data, swap=serialize_swap(swapped))
    return 0


def _check_options(backup: str | None, name: str | None, *, swap: bool, swap_back: bool) -> None:
    """Raise Misused for options that do not go together, and for a name that no database can have."""
    if name and any("\ud800" <= character <= "\udfff" for character in name):
        raise Misused("the name of the database is not UTF-8", code=ErrorCode.INVALID_USAGE, where="--into")
    if swap_back and (backup or name or swap):
        wrong = "--swap-back takes neither a backup nor --into nor --swap"
    elif swap_back or (backup and (name or swap)) or (name and swap):
        return
    elif backup:
        wrong = "--into NEWDB or --swap is missing"
    else:
        wrong = "the backup is missing"
    raise Misused(
        wrong,
        code=ErrorCode.INVALID_USAGE,
        instead=(
            "rowkeep restore latest --into NEWDB   (beside the live database)",
            "rowkeep restore latest --swap   (and in its place)",
            "rowkeep restore --into NEWDB --swap   (a database that is restored already)",
            "rowkeep restore --swap-back   (undo the last swap)",
        ),
    )
