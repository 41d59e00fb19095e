"""`rowkeep plan`: what `up` (or `down`, `redo`) would do to this database now. Changes nothing."""

from __future__ import annotations

import click

from rowkeep.cli import running
from rowkeep.cli.door import Door
from rowkeep.cli.door import command as declared
from rowkeep.cli.reach import reach
from rowkeep.domain.event import Noted


@declared("plan", help="Show what `up` would do to this database: every statement, and how it would run.")
@click.argument("target", metavar="[N|NAME]", required=False)
@click.option("--down", "errand", flag_value="down", help="What `down` would do.")
@click.option("--redo", "errand", flag_value="redo", help="What `redo` would do.")
@click.option("--with-older", is_flag=True, help="With NAME: apply older pending migrations first.")
@click.option("--out-of-order", metavar="NAME", multiple=True, help="As for `up`.")
@click.option("--accept", metavar="NAME", multiple=True, help="As for `up`.")
def command(
    door: Door,
    *,
    target: str | None,
    errand: str | None,
    with_older: bool,
    out_of_order: tuple[str, ...],
    accept: tuple[str, ...],
) -> int:
    from rowkeep.domain.plan import Errand
    from rowkeep.report.plan import plan_data, plan_text
    from rowkeep.walk.change import planned

    wanted = running.request(
        Errand(errand or "up"),
        target,
        None,
        with_older=with_older,
        out_of_order=frozenset(out_of_order),
        accepted=frozenset(accept),
    )
    with reach(door) as conninfo:
        plan = planned(door.settings, conninfo, wanted)
    for note in plan.notes:
        door.tell(Noted(note))
    for warning in plan.warnings:
        door.tell(Noted(warning, warning=True))
    door.answer(plan_text(plan), **plan_data(plan))
    return 0
