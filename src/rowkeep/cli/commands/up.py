"""`rowkeep up`: apply pending migrations, each in one transaction with its record."""

from __future__ import annotations

import click

from rowkeep.cli import run_options
from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.declare_command import declare_command
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused


@declare_command("up", help="Apply all pending migrations, the first N of them, or those up to NAME.")
@click.argument("target", metavar="[N|NAME]", required=False)
@click.option("--with-older", is_flag=True, help="With NAME: apply older pending migrations first.")
@click.option(
    "--out-of-order", metavar="NAME", multiple=True, help="Apply this migration although later ones are applied."
)
@click.option(
    "--plan", "plan_file", metavar="FILE", help="Apply exactly the plan saved by `plan --save FILE`, or refuse."
)
@run_options.HAND_OVER
@run_options.apply_options
def command(
    context: CommandContext,
    *,
    target: str | None,
    with_older: bool,
    out_of_order: tuple[str, ...],
    plan_file: str | None,
    hand_over: bool,
    accept: tuple[str, ...],
    interrupted: str | None,
    confirm: str | None,
    no_backup: bool,
    because: str | None,
    accept_loss: tuple[str, ...],
) -> int:
    from rowkeep.domain.plan import Action

    consent = run_options.build_consent(context, confirm, no_backup, because, accept_loss=accept_loss)
    if plan_file is not None:
        if target or with_older or out_of_order or accept or hand_over:
            raise Misused(
                "--plan already says what to apply",
                code=ErrorCode.INVALID_USAGE,
                instead=(f"rowkeep up --plan {plan_file}   (and nothing else)",),
            )
        reviewed = run_options.read_review(plan_file)
        request = run_options.request_of_review(reviewed, interrupted)
        return run_options.run_request(context, request, consent, reviewed)
    request = run_options.build_request(
        Action.UP,
        target,
        interrupted,
        with_older=with_older,
        out_of_order=frozenset(out_of_order),
        accepted=frozenset(accept),
        hand_over=hand_over,
    )
    return run_options.run_request(context, request, consent)
