"""`rowkeep plan`: what `up` (or `down`, `redo`) would do to this database now. Changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rowkeep.cli import running
from rowkeep.cli.door import Door
from rowkeep.cli.door import command as declared
from rowkeep.cli.reach import reach
from rowkeep.domain.event import Noted
from rowkeep.errors import Misused

if TYPE_CHECKING:
    from rowkeep.domain.review import Review


@declared("plan", help="Show what `up` would do to this database: every statement, and how it would run.")
@click.argument("target", metavar="[N|NAME]", required=False)
@click.option("--down", "errand", flag_value="down", help="What `down` would do.")
@click.option("--redo", "errand", flag_value="redo", help="What `redo` would do.")
@click.option("--with-older", is_flag=True, help="With NAME: apply older pending migrations first.")
@click.option("--out-of-order", metavar="NAME", multiple=True, help="As for `up`.")
@click.option("--accept", metavar="NAME", multiple=True, help="As for `up`.")
@running.HAND_OVER
@click.option("--save", metavar="FILE", help="Keep what is shown, for `up --plan FILE`.")
def command(
    door: Door,
    *,
    target: str | None,
    errand: str | None,
    with_older: bool,
    out_of_order: tuple[str, ...],
    accept: tuple[str, ...],
    hand_over: bool,
    save: str | None,
) -> int:
    from rowkeep.domain.migration import Direction
    from rowkeep.domain.plan import Errand
    from rowkeep.report.findings import finding_data
    from rowkeep.report.plan import plan_data, plan_text
    from rowkeep.walk.change import looked, plan_for
    from rowkeep.walk.lint import finding_line, grave
    from rowkeep.walk.live import expected
    from rowkeep.walk.review import reviewable
    from rowkeep.walk.safer import safer

    if save and errand:
        raise Misused("only a plan of `up` can be saved", instead=("rowkeep plan --save FILE",))
    wanted = running.request(
        Errand(errand or "up"),
        target,
        None,
        with_older=with_older,
        out_of_order=frozenset(out_of_order),
        accepted=frozenset(accept),
        hand_over=hand_over,
    )
    with reach(door) as conninfo, looked(door.settings, conninfo) as (session, found):
        plan = plan_for(session, found, wanted)
        names = {step.name for step in plan.steps if step.direction is Direction.UP}
        forms = safer(found.directory, door.settings, names)
        findings = grave(expected(session, door.settings, found, plan))
        kept = _keep(save, reviewable(session, door.settings, found, plan, wanted)) if save else {}
    for note in plan.notes:
        door.tell(Noted(note))
    for warning in plan.warnings:
        door.tell(Noted(warning, warning=True))
    for finding in findings:
        door.tell(Noted(f"lint {finding.severity.value}: {finding_line(finding)}", warning=True))
    if save:
        door.note(f"kept in {save}: rowkeep up --plan {save}")
    shown = [finding_data(each) for each in findings]
    door.answer(plan_text(plan, forms), **plan_data(plan, forms), findings=shown, **kept)
    return 0


def _keep(path: str, review: Review) -> dict[str, object]:
    from rowkeep.files.write import write_output
    from rowkeep.plan.review import digest, write_text

    write_output(path, write_text(review))
    return {"saved": path, "digest": digest(review)}
