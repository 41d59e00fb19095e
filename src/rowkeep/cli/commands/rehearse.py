"""`rowkeep rehearse`: back up, restore the backup into a throw-away server, and run the pending migrations there."""

from __future__ import annotations

import os
from typing import Any

import click

from rowkeep.cli import run_options
from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.commands.deploy import acceptance_options, parse_acceptance, run_deploy
from rowkeep.cli.connection_string import connection_string
from rowkeep.cli.declare_command import declare_command
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused


@declare_command("rehearse", help="Run all pending migrations, N of them, or those up to NAME, on a restored copy.")
@click.argument("target", metavar="[N|NAME]", required=False)
@click.option(
    "--roundtrip/--no-roundtrip",
    default=None,
    help="Then undo each migration and apply it again, and compare  [default: with --save].",
)
@click.option("--save", metavar="FILE", help="Save the rehearsal for `deploy --rehearsed FILE`.")
@click.option("--down", is_flag=True, help="Rehearse `down [N|NAME]`: undo applied migrations and apply them again.")
@click.option("--fresh", is_flag=True, help="Take a new backup, although a golden copy may fit.")
@click.option(
    "--data",
    type=click.Choice(["full", "sample", "schema"]),
    default="full",
    show_default=True,
    help="All rows; some of each table, with all rows that they reference; or none.",
)
@click.option(
    "--sample-rows",
    type=click.IntRange(1, 1_000_000),
    default=1000,
    show_default=True,
    metavar="N",
    help="How many rows of each table `--data sample` takes.",
)
@click.option(
    "--with-load", metavar="FILE", help="Run these statements beside the migrations, and show how long they take."
)
@acceptance_options
def command(
    context: CommandContext,
    *,
    target: str | None,
    roundtrip: bool | None,
    down: bool,
    fresh: bool,
    save: str | None,
    data: str,
    sample_rows: int,
    **options: Any,
) -> None:
    from rowkeep.workflows.deploy import StopAfter

    if down and data != "full":
        raise Misused(
            "--down needs all rows: what passes counts as proven for `down`",
            code=ErrorCode.INVALID_USAGE,
            instead=("rowkeep rehearse --down",),
        )
    if down:
        _down(context, target, fresh=fresh, roundtrip=roundtrip, save=save, **options)
        return
    if save is not None and data != "full":
        raise Misused(
            "--save needs all rows: `deploy --rehearsed` relies on what the rehearsal saw",
            code=ErrorCode.INVALID_USAGE,
            instead=(f"rowkeep rehearse --save {save}",),
        )
    if save is not None and options["with_load"] is not None:
        raise Misused(
            "--save cannot be combined with --with-load",
            code=ErrorCode.INVALID_USAGE,
            why="beside a load everything takes longer, and a saved rehearsal says how long it takes",
        )
    run_deploy(
        context,
        target,
        StopAfter.REHEARSAL,
        ask=False,
        roundtrip=save is not None if roundtrip is None else roundtrip,
        fresh=fresh,
        save=save,
        data=data,
        sample_rows=sample_rows,
        **options,
    )


def _down(
    context: CommandContext,
    target: str | None,
    *,
    fresh: bool,
    accept_loss: tuple[str, ...],
    because: str | None,
    accept: tuple[str, ...],
    interrupted: str | None,
    **others: Any,
) -> None:
    from rowkeep.domain.plan import Action
    from rowkeep.files.run_metadata import collect_run_metadata
    from rowkeep.report.undo import format_undone, serialize_undone
    from rowkeep.workflows.rehearsal.rehearse_down import rehearse_down

    wrong = sorted(f"--{name.replace('_', '-')}" for name, value in others.items() if value)
    if wrong:
        raise Misused(
            f"--down cannot be combined with {', '.join(wrong)}",
            code=ErrorCode.INVALID_USAGE,
            instead=("rowkeep rehearse --down [N|NAME]",),
        )
    request = run_options.build_request(Action.DOWN, target, interrupted, accepted=frozenset(accept))
    with connection_string(context) as conninfo:
        settings = context.settings
        result = rehearse_down(
            settings,
            conninfo,
            request,
            parse_acceptance(accept_loss, because),
            lambda: collect_run_metadata(context.command, settings, os.environ),
            context.emit,
            fresh=fresh,
        )
    parts = result.plan, result.backup, result.roundtrip
    context.answer(format_undone(*parts, result.containment), **serialize_undone(*parts))
