"""`rowkeep backup`: take a backup; list, prove and prune backups."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.command_group import DefaultCommandGroup
from rowkeep.cli.connection_string import connection_string
from rowkeep.cli.declare_command import declare_command
from rowkeep.cli.output import confirm
from rowkeep.domain.frozen import replace

if TYPE_CHECKING:
    from rowkeep.domain.deploy.retention import Retention

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


@declare_command("prune", help="Remove backups that no rule keeps, and leftovers of killed runs.")
@PLACE
@click.option("--keep", type=click.IntRange(1), metavar="N", help="Keep the newest N proven ones of each database.")
@click.option("--keep-days", type=click.IntRange(0), metavar="N", help="Keep those of the last N days.")
@click.option("--keep-daily", type=click.IntRange(0), metavar="N", help="Keep one for each of the last N days.")
@click.option("--keep-weekly", type=click.IntRange(0), metavar="N", help="Keep one for each of the last N weeks.")
@click.option("--keep-monthly", type=click.IntRange(0), metavar="N", help="Keep one for each of the last N months.")
@click.option("--plan", is_flag=True, help="Show what would be kept and why, and what would be removed.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def prune(context: CommandContext, *, backups_dir: str | None, plan: bool, yes: bool, **options: int | None) -> int:
    from datetime import UTC, datetime

    from rowkeep import backup as backups
    from rowkeep.domain.count import count_text
    from rowkeep.domain.error_code import ErrorCode
    from rowkeep.errors import Refused
    from rowkeep.report.backups import format_leftover, format_retention
    from rowkeep.report.events import format_bytes
    from rowkeep.workflows.rehearsal.manage_golden_copies import prune_after_backups

    retention = _retention(context, options)
    catalog = backups.list_backups(backups_dir or context.settings.backups_dir)
    kept = backups.explain_kept(catalog, retention, datetime.now(UTC))
    prunable = tuple(backup for backup in catalog.backups if backup.id not in kept)
    stale = tuple(leftover for leftover in catalog.leftovers if leftover.stale)
    data = {
        "keep": retention.last,
        "kept": kept,
        "removed": [backup.id for backup in prunable],
        "leftovers": [leftover.path for leftover in stale],
    }
    if plan:
        context.answer(format_retention(catalog, kept, stale), **data, freed=0)
        return 0
    if not prunable and not stale:
        count = count_text(len(catalog.backups), "backup")
        context.answer(
            f"nothing to remove: {count}; rowkeep backup prune --plan says why each is kept", **data, freed=0
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
            instead=(shlex.join(["rowkeep", *context.arguments, "--yes"]),),
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


def _retention(context: CommandContext, options: Mapping[str, int | None]) -> Retention:
    """The rule that options and configuration make."""
    from rowkeep.domain.deploy.retention import Retention

    settings = context.settings

    def choose(option: str, configured: int) -> int:
        value = options[option]
        return configured if value is None else value

    return Retention(
        choose("keep", settings.keep_backups),
        choose("keep_days", settings.keep_days),
        choose("keep_daily", settings.keep_daily),
        choose("keep_weekly", settings.keep_weekly),
        choose("keep_monthly", settings.keep_monthly),
    )


@declare_command("metrics", help="Age, proof and size of the backups, for the textfile collector of Prometheus.")
@PLACE
@click.option("--out", metavar="FILE", help="Write them to FILE, replacing it at once, instead of printing them.")
def metrics(context: CommandContext, *, backups_dir: str | None, out: str | None) -> int:
    from rowkeep import backup as backups
    from rowkeep.files.filesystem.write import write_output
    from rowkeep.report.upkeep.backup_metrics import format_metrics

    catalog = backups.list_backups(backups_dir or context.settings.backups_dir)
    text = format_metrics(catalog, context.settings.max_backup_age_h)
    if out is None:
        context.answer(text.rstrip("\n"), metrics=text)
    else:
        write_output(out, text)
        context.answer(f"wrote {out}", file=out, metrics=text)
    return 0


@declare_command("schedule", help="Print a systemd timer, a crontab line or a Kubernetes CronJob for daily backups.")
@click.option("--at", default="02:30", show_default=True, metavar="HH:MM", help="When, in the scheduler's time zone.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["systemd", "cron", "kubernetes"]),
    default="systemd",
    show_default=True,
    help="What to print.",
)
def schedule(context: CommandContext, *, at: str, form: str) -> int:
    from rowkeep.report.upkeep.backup_schedule import format_schedule

    time = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", at)
    if time is None:
        raise click.BadParameter(f"{at!r} is not a time; write 02:30", param_hint="--at")
    executable = str(Path(shutil.which("rowkeep") or "rowkeep").absolute())
    files = format_schedule(form, int(time[1]), int(time[2]), str(Path.cwd()), executable)
    context.answer(files.rstrip("\n"), format=form, files=files)
    return 0


command = DefaultCommandGroup(
    "backup", commands=[create, list_all, verify, prune, metrics, schedule], help="Take and list proven backups."
)
