"""`rowkeep history`: who applied what, when, and how long it took; also what node-pg-migrate did."""

from __future__ import annotations

import click

from rowkeep.cli.door import Door
from rowkeep.cli.door import command as declared
from rowkeep.cli.reach import reach


@declared("history", help="Who applied and undid what, when, and how long it took. Newest last.")
@click.option("-n", "--last", "count", type=click.IntRange(min=1), metavar="N", help="Only the last N lines.")
def command(door: Door, *, count: int | None) -> int:
    from rowkeep.database.ledger import entries
    from rowkeep.database.look import look
    from rowkeep.database.session import connect
    from rowkeep.report.history import history_data, history_text

    with reach(door) as conninfo, connect(conninfo) as session:
        state = look(session, door.settings)
        found = entries(session, state)
    shown = found[-count:] if count else found
    door.answer(history_text(shown, state.database), database=state.database, entries=history_data(shown))
    return 0
