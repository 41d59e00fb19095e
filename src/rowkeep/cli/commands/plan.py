"""`rowkeep plan`: what `up` (or `down`, `redo`) would do to this database now. Changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rowkeep.cli import run_options
from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.connection_string import connection_string
from rowkeep.cli.declare_command import declare_command
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Noted
from rowkeep.errors import Misused

if TYPE_CHECKING:
    from rowkeep.domain.deploy.review import Review


@declare_command("plan", help="Show what `up` would do to this database: every statement and how it would run.")
@click.argument("target", metavar="[N|NAME]", required=False)
@click.option("--down", "action", flag_value="down", help="What `down` would do.")
@click.option("--redo", "action", flag_value="redo", help="What `redo` would do.")
@click.option("--with-older", is_flag=True, help="With NAME: apply older pending migrations first.")
@click.option("--out-of-order", metavar="NAME", multiple=True, help="As for `up`.")
@click.option("--accept", metavar="NAME", multiple=True, help="As for `up`.")
@run_options.HAND_OVER
@click.option("--save", metavar="FILE", help="Save the plan for `up --plan FILE`.")
def command(
    context: CommandContext,
    *,
    target: str | None,
    action: str | None,
    with_older: bool,
    out_of_order: tuple[str, ...],
    accept: tuple[str, ...],
    hand_over: bool,
    save: str | None,
) -> int:
    from rowkeep.domain.migration import Direction
    from rowkeep.domain.plan import Action
    from rowkeep.report.lint.findings import serialize_finding
    from rowkeep.report.plan import format_plan, serialize_plan
    from rowkeep.workflows.lint_gate import format_finding_line, lint_plan, select_grave
    from rowkeep.workflows.migrate import make_plan_for, open_survey
    from rowkeep.workflows.review import make_reviewable
    from rowkeep.workflows.safe_forms import find_safe_forms

    if save and action:
        raise Misused(
            "only a plan of `up` can be saved", code=ErrorCode.INVALID_USAGE, instead=("rowkeep plan --save FILE",)
        )
    request = run_options.build_request(
        Action(action or "up"),
        target,
        None,
        with_older=with_older,
        out_of_order=frozenset(out_of_order),
        accepted=frozenset(accept),
        hand_over=hand_over,
    )
    with connection_string(context) as conninfo, open_survey(context.settings, conninfo) as (session, survey):
        plan = make_plan_for(session, survey, request)
        names = {step.name for step in plan.steps if step.direction is Direction.UP}
        forms = find_safe_forms(survey.directory, context.settings, names)
        findings = select_grave(lint_plan(session, context.settings, survey, plan))
        saved = _save(save, make_reviewable(session, context.settings, survey, plan, request)) if save else {}
    for note in plan.notes:
        context.emit(Noted(note))
    for warning in plan.warnings:
        context.emit(Noted(warning, warning=True))
    for finding in findings:
        context.emit(Noted(f"lint {finding.severity.value}: {format_finding_line(finding)}", warning=True))
    if save:
        context.note(f"saved in {save}: rowkeep up --plan {save}")
    shown = [serialize_finding(finding) for finding in findings]
    context.answer(format_plan(plan, forms), **serialize_plan(plan, forms), findings=shown, **saved)
    return 0


def _save(path: str, review: Review) -> dict[str, object]:
    from rowkeep.files.filesystem.write import write_output
    from rowkeep.plan.review import format_review, review_digest

    write_output(path, format_review(review))
    return {"saved": path, "digest": review_digest(review)}
