"""`rowkeep rehearse`: back up, restore the backup into a throw-away server, and run the pending migrations there."""

from __future__ import annotations

import os
from typing import Any

import click

from rowkeep.cli import running
from rowkeep.cli.deploy import acceptance, accepted, walk
from rowkeep.cli.door import Door
from rowkeep.cli.door import command as declared
from rowkeep.cli.reach import reach
from rowkeep.errors import Misused


@declared("rehearse", help="Run all pending migrations, N of them, or those up to NAME, on a restored copy.")
@click.argument("target", metavar="[N|NAME]", required=False)
@click.option("--roundtrip", is_flag=True, help="Then undo each and apply it again: is all as it was?")
@click.option("--down", is_flag=True, help="Rehearse `down [N|NAME]`: undo what is applied, and apply it again.")
@acceptance
def command(door: Door, *, target: str | None, roundtrip: bool, down: bool, **given: Any) -> None:
    from rowkeep.walk.deploy import Stop

    if down:
        _down(door, target, roundtrip=roundtrip, **given)
    else:
        walk(door, target, Stop.REHEARSAL, ask=False, roundtrip=roundtrip, **given)


def _down(
    door: Door,
    target: str | None,
    *,
    accept_loss: tuple[str, ...],
    because: str | None,
    accept: tuple[str, ...],
    wait_s: float | None,
    lock_deadline_s: float | None,
    interrupted: str | None,
    **others: Any,
) -> None:
    from rowkeep.domain.plan import Errand
    from rowkeep.files.circumstances import circumstances
    from rowkeep.report.undone import undone_data, undone_text
    from rowkeep.walk.rehearse_down import rehearse_down

    odd = sorted(f"--{name.replace('_', '-')}" for name, value in others.items() if value)
    if odd:
        raise Misused(f"--down does not go with {', '.join(odd)}", instead=("rowkeep rehearse --down [N|NAME]",))
    settings = running.patient(door.settings, wait_s, lock_deadline_s)
    wanted = running.request(Errand.DOWN, target, interrupted, accepted=frozenset(accept))
    with reach(door) as conninfo:
        done = rehearse_down(
            settings,
            conninfo,
            wanted,
            accepted(accept_loss, because),
            lambda: circumstances(door.command, settings, os.environ),
            door.tell,
        )
    parts = done.plan, done.backup, done.roundtrip
    door.answer(undone_text(*parts, done.containment), **undone_data(*parts))
