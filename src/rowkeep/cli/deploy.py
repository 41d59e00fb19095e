"""`rowkeep deploy`: lint, back up, rehearse, apply, verify. Any stage can stop it with nothing changed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from rowkeep.cli import running
from rowkeep.cli.door import Door
from rowkeep.cli.door import command as declared
from rowkeep.cli.reach import reach
from rowkeep.cli.speech import confirmed, safe
from rowkeep.domain.event import Event, Noted, Tell
from rowkeep.errors import Misused, Refused, RowkeepError

if TYPE_CHECKING:
    from rowkeep.domain.deployment import Acceptance, Deployment
    from rowkeep.domain.plan import Plan
    from rowkeep.walk.deploy import Stop


OPTIONS = (
    click.option("--accept-loss", metavar="NAME", multiple=True, help="schema.table[.column] that may go."),
    click.option(
        "--accept-unrehearsed",
        metavar="NAME",
        multiple=True,
        help="A migration that may be applied though a copy, which reaches nothing outside, cannot run it.",
    ),
    click.option("--because", metavar="REASON", help="Why it may; kept in the ledger."),
    click.option("--report", metavar="FILE", help="Write an HTML report, also when it is stopped."),
    click.option("--with-older", is_flag=True, help="With NAME: apply older pending migrations first."),
    click.option(
        "--out-of-order", metavar="NAME", multiple=True, help="Apply this one though younger ones are applied."
    ),
    click.option("--plan-file", metavar="FILE", help="Exactly what `plan --save FILE` showed, or refuse."),
)


def acceptance(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of what may be applied, and of what may be lost."""
    for option in reversed(OPTIONS):
        function = option(function)
    return running.manners(function)


@declared("deploy", help="Lint, back up, rehearse, apply, verify: all pending, N, or up to NAME.")
@click.argument("target", metavar="[N|NAME]", required=False)
@click.option("--plan", "only_plan", is_flag=True, help="Show the plan and stop; nothing is changed.")
@click.option("--yes", is_flag=True, help="Do not ask whether the plan is right.")
@acceptance
def command(door: Door, *, target: str | None, only_plan: bool, yes: bool, **given: Any) -> None:
    from rowkeep.walk.deploy import Stop

    walk(door, target, Stop.PLAN if only_plan else None, ask=not yes, **given)


def accepted(names: tuple[str, ...], because: str | None, unrehearsed: tuple[str, ...] = ()) -> Acceptance:
    """What may be lost, and what may pass without a rehearsal. Raises Misused where the reason is missing."""
    from rowkeep.domain.deployment import Acceptance

    if names and not (because or "").strip():
        raise Misused("--accept-loss needs a reason", instead=("add --because 'why it may go'",))
    if unrehearsed and not (because or "").strip():
        raise Misused("--accept-unrehearsed needs a reason", instead=("add --because 'why no rehearsal is needed'",))
    return Acceptance(frozenset(names), because, frozenset(unrehearsed))


def walk(
    door: Door,
    target: str | None,
    stop: Stop | None,
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
    wait_s: float | None,
    lock_deadline_s: float | None,
    interrupted: str | None,
    roundtrip: bool = False,
) -> None:
    """Deploy as far as `stop`, and answer."""
    from rowkeep.domain.plan import Errand
    from rowkeep.files import read
    from rowkeep.files.circumstances import circumstances
    from rowkeep.report.deployment import deployment_data, deployment_text
    from rowkeep.report.plan import plan_text
    from rowkeep.walk.deploy import Stop, Wish, deploy
    from rowkeep.walk.safer import safer

    acceptance = accepted(accept_loss, because, accept_unrehearsed)
    settings = running.patient(door.settings, wait_s, lock_deadline_s)
    if plan_file and (target or with_older or out_of_order or accept):
        raise Misused("--plan-file says already what is applied", instead=(f"--plan-file {plan_file} alone",))
    reviewed = running.reviewed(plan_file) if plan_file else None
    wanted = running.request(
        Errand.UP,
        target,
        interrupted,
        with_older=with_older,
        out_of_order=frozenset(out_of_order),
        accepted=frozenset(accept),
    )
    wish = Wish(
        wanted if reviewed is None else running.again(reviewed, interrupted),
        acceptance,
        stop,
        reviewed,
        roundtrip,
    )

    def approve(plan: Plan) -> None:
        """Show the plan; ask where a person is there to answer."""
        for note in plan.notes:
            door.tell(Noted(note))
        for warning in plan.warnings:
            door.tell(Noted(warning, warning=True))
        if stop is Stop.PLAN:
            return
        door.note(plan_text(plan, safer(read(settings), settings, {step.name for step in plan.steps})))
        if ask and sys.stdin.isatty() and not confirmed(f"Deploy to {plan.database}?"):
            raise Refused("not confirmed", instead=("rowkeep deploy",))

    with _reported(door, report) as (tell, finished), reach(door) as conninfo:
        deployment = deploy(
            settings,
            conninfo,
            wish,
            lambda: circumstances(door.command, settings, os.environ),
            approve=approve,
            tell=tell,
        )
        finished.append(deployment)
    text = plan_text(deployment.plan) if stop is Stop.PLAN else deployment_text(deployment)
    door.answer(text, **deployment_data(deployment))


@contextmanager
def _reported(door: Door, path: str | None) -> Iterator[tuple[Tell, list[Deployment]]]:
    """Remember what is told, and write the report whatever happens. A report that cannot be written stops nothing."""
    told: list[Event] = []
    finished: list[Deployment] = []
    error: RowkeepError | None = None

    def tell(event: Event) -> None:
        told.append(event)
        door.tell(event)

    try:
        yield tell, finished
    except RowkeepError as raised:
        error = raised
        raise
    finally:
        if path is not None:
            from rowkeep.files.write import write_output
            from rowkeep.report.html import html_report

            page = html_report(
                finished[0] if finished else None,
                told,
                error,
                title=f"rowkeep {door.command}",
                when=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            )
            try:
                write_output(path, safe(page))
            except Misused as failure:
                door.tell(Noted(f"the report cannot be written to {path}: {failure.why}", warning=True))
