"""`rowkeep deploy`: lint, back up, rehearse, apply, verify. Any stage can stop it with nothing changed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from rowkeep.cli import run_options
from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.connection_string import connection_string
from rowkeep.cli.declare_command import declare_command
from rowkeep.cli.output import confirm, safe
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit, Event, Noted
from rowkeep.errors import Misused, Refused, RowkeepError

if TYPE_CHECKING:
    from rowkeep.domain.deploy.deployment import Acceptance, Deployment
    from rowkeep.domain.plan import Plan
    from rowkeep.workflows.deploy import StopAfter


OPTIONS = (
    click.option(
        "--accept-loss",
        "--accept-change",
        metavar="NAME",
        multiple=True,
        help="schema.table[.column] that may be lost or overwritten.",
    ),
    click.option(
        "--show-values", is_flag=True, help="Show 3 overwritten values of each column, old and new: private data."
    ),
    click.option(
        "--accept-unrehearsed",
        metavar="NAME",
        multiple=True,
        help="A migration that may be applied without a rehearsal, because the isolated copy cannot run it.",
    ),
    click.option(
        "--statements",
        metavar="FILE|none",
        help="SQL statements of the application that must still work; by default those of pg_stat_statements.",
    ),
    click.option(
        "--accept-broken", metavar="NAME", multiple=True, help="A statement of the application that may break."
    ),
    click.option(
        "--accept-lock", metavar="TABLE", multiple=True, help="A table that may be locked longer than --max-lock."
    ),
    click.option("--because", metavar="REASON", help="Why; stored in the ledger."),
    click.option("--report", metavar="FILE", help="Write an HTML report, even if the deploy stops."),
    click.option("--with-older", is_flag=True, help="With NAME: apply older pending migrations first."),
    click.option(
        "--out-of-order", metavar="NAME", multiple=True, help="Apply this migration although later ones are applied."
    ),
    click.option("--plan-file", metavar="FILE", help="Apply exactly the plan saved by `plan --save FILE`, or refuse."),
)


def acceptance_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say what may be applied, and what may be lost."""
    function = run_options.override_settings(run_options.MAX_LOCK)(run_options.add_options(function, OPTIONS))
    return run_options.run_options(function)


@declare_command("deploy", help="Lint, back up, rehearse, apply, verify: all pending migrations, N, or up to NAME.")
@click.argument("target", metavar="[N|NAME]", required=False)
@click.option("--plan", "only_plan", is_flag=True, help="Show the plan and stop. Changes nothing.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation of the plan.")
@click.option(
    "--no-roundtrip",
    "roundtrip",
    is_flag=True,
    default=True,
    flag_value=False,
    help="Do not rehearse the down parts: then nobody knows whether `down` works.",
)
@click.option(
    "--rehearsed", metavar="FILE", help="Accept the rehearsal of `rehearse --save FILE`, or refuse if it does not fit."
)
@run_options.override_settings(run_options.MAX_AGE)
@acceptance_options
def command(context: CommandContext, *, target: str | None, only_plan: bool, yes: bool, **options: Any) -> None:
    from rowkeep.workflows.deploy import StopAfter

    run_deploy(context, target, StopAfter.PLAN if only_plan else None, ask=not yes, **options)


def parse_acceptance(
    names: tuple[str, ...],
    because: str | None,
    unrehearsed: tuple[str, ...] = (),
    broken: tuple[str, ...] = (),
    locks: tuple[str, ...] = (),
) -> Acceptance:
    """What may be lost, break, be locked, or be applied without a rehearsal. Raises Misused without a reason."""
    from rowkeep.domain.deploy.deployment import Acceptance

    if names and not (because or "").strip():
        raise Misused(
            "--accept-loss needs a reason",
            code=ErrorCode.REASON_MISSING,
            instead=("add --because 'why it may be lost'",),
        )
    if unrehearsed and not (because or "").strip():
        raise Misused(
            "--accept-unrehearsed needs a reason",
            code=ErrorCode.REASON_MISSING,
            instead=("add --because 'why no rehearsal is needed'",),
        )
    if broken and not (because or "").strip():
        raise Misused(
            "--accept-broken needs a reason",
            code=ErrorCode.REASON_MISSING,
            instead=("add --because 'why the statement may break'",),
        )
    if locks and not (because or "").strip():
        raise Misused(
            "--accept-lock needs a reason",
            code=ErrorCode.REASON_MISSING,
            instead=("add --because 'why the application may wait'",),
        )
    return Acceptance(frozenset(names), because, frozenset(unrehearsed), frozenset(broken), frozenset(locks))


def run_deploy(
    context: CommandContext,
    target: str | None,
    stop: StopAfter | None,
    *,
    ask: bool,
    accept_loss: tuple[str, ...],
    accept_unrehearsed: tuple[str, ...],
    because: str | None,
    report: str | None,
    with_older: bool,
    out_of_order: tuple[str, ...],
    plan_file: str | None,
    accept: tuple[str, ...],
    interrupted: str | None,
    statements: str | None,
    accept_broken: tuple[str, ...],
    show_values: bool,
    with_load: str | None = None,
    accept_lock: tuple[str, ...],
    roundtrip: bool = False,
    fresh: bool = False,
    save: str | None = None,
    rehearsed: str | None = None,
    data: str = "full",
    sample_rows: int = 1000,
) -> None:
    """Deploy up to the stage `stop`, and print the result."""
    from rowkeep.cli.retype import deploy_command
    from rowkeep.domain.deploy.golden_copy import DataScope
    from rowkeep.domain.plan import Action
    from rowkeep.files.run_metadata import collect_run_metadata
    from rowkeep.report.deployment import format_deployment, serialize_deployment
    from rowkeep.report.plan import format_plan
    from rowkeep.report.text.visible import one_line
    from rowkeep.workflows.deploy import DeployRequest, StopAfter, deploy
    from rowkeep.workflows.rehearsal.saved_rehearsal import read_saved_rehearsal, require_no_statements, save_outcome
    from rowkeep.workflows.safe_forms import find_safe_forms

    acceptance = parse_acceptance(accept_loss, because, accept_unrehearsed, accept_broken, accept_lock)
    if plan_file and (target or with_older or out_of_order or accept):
        raise Misused(
            "--plan-file already says what to apply",
            code=ErrorCode.INVALID_USAGE,
            instead=(f"--plan-file {plan_file} alone",),
        )
    if rehearsed:
        require_no_statements(statements)
    reviewed = run_options.read_review(plan_file) if plan_file else None
    up_request = run_options.build_request(
        Action.UP,
        target,
        interrupted,
        with_older=with_older,
        out_of_order=frozenset(out_of_order),
        accepted=frozenset(accept),
    )
    request = DeployRequest(
        up_request if reviewed is None else run_options.request_of_review(reviewed, interrupted),
        acceptance,
        stop,
        reviewed,
        roundtrip,
        statements,
        show_values,
        fresh,
        read_saved_rehearsal(rehearsed) if rehearsed else None,
        DataScope(data),
        sample_rows,
        with_load,
    )

    def approve(plan: Plan) -> None:
        """Show the plan; ask for confirmation if there is a terminal."""
        for note in plan.notes:
            context.emit(Noted(note))
        for warning in plan.warnings:
            context.emit(Noted(warning, warning=True))
        if stop is StopAfter.PLAN:
            return
        settings = context.settings
        context.note(format_plan(plan, find_safe_forms(plan.directory, settings, {step.name for step in plan.steps})))
        if ask and sys.stdin.isatty() and not confirm(f"Deploy to {plan.database}?"):
            raise Refused("not confirmed", code=ErrorCode.NOT_CONFIRMED, instead=("rowkeep deploy",))

    with (
        save_outcome(save) as keep,
        _with_report(context, report) as (emit, finished),
        connection_string(context) as conninfo,
    ):
        settings = context.settings
        deployment = deploy(
            settings,
            conninfo,
            request,
            lambda: collect_run_metadata(context.command, settings, os.environ),
            approve=approve,
            emit=emit,
        )
        finished.append(deployment)
        keep(deployment.saved)
    if stop is StopAfter.PLAN:
        text = format_plan(deployment.plan)
    else:
        saved = save if deployment.saved is not None else None
        text = format_deployment(deployment, one_line(deploy_command(context.arguments, saved)))
    context.answer(text, **serialize_deployment(deployment))


@contextmanager
def _with_report(context: CommandContext, path: str | None) -> Iterator[tuple[Emit, list[Deployment]]]:
    """Collect the events, and write the report even after an error. A report that cannot be written is a warning."""
    events: list[Event] = []
    finished: list[Deployment] = []
    error: RowkeepError | None = None

    def emit(event: Event) -> None:
        events.append(event)
        context.emit(event)

    try:
        yield emit, finished
    except RowkeepError as raised:
        error = raised
        raise
    finally:
        if path is not None:
            from rowkeep.files.filesystem.write import write_output
            from rowkeep.report.formats.html import html_report

            page = html_report(
                finished[0] if finished else None,
                events,
                error,
                title=f"rowkeep {context.command}",
                when=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            )
            try:
                write_output(path, safe(page))
            except Misused as failure:
                context.emit(Noted(f"cannot write the report to {path}: {failure.why}", warning=True))
