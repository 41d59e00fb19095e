"""`rowkeep redo`: undo the last N migrations and apply the same ones again, in one transaction where they allow it."""

from __future__ import annotations

import click

from rowkeep.cli import running
from rowkeep.cli.door import Door
from rowkeep.cli.door import command as declared


@declared("redo", help="Undo the last migration, or the last N, and apply the same ones again.")
@click.argument("target", metavar="[N|NAME]", required=False)
@running.undoing
def command(
    door: Door,
    *,
    target: str | None,
    accept: tuple[str, ...],
    wait_s: float | None,
    lock_deadline_s: float | None,
    interrupted: str | None,
    confirm: str | None,
    no_backup: bool,
    because: str | None,
) -> int:
    from rowkeep.domain.plan import Errand

    wanted = running.request(Errand.REDO, target, interrupted, accepted=frozenset(accept))
    agreed = running.consent(door, confirm, no_backup, because)
    return running.run(door, wanted, wait_s, lock_deadline_s, agreed)
