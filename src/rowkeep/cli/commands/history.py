"""`rowkeep history`: who applied what, when, and how long it took; also what node-pg-migrate did."""

from __future__ import annotations

import click

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.connection_string import connection_string
from rowkeep.cli.declare_command import declare_command


@declare_command("history", help="Who applied and undid what, when, and how long it took. Newest last.")
@click.option("-n", "--last", "count", type=click.IntRange(min=1), metavar="N", help="Only the last N entries.")
def command(context: CommandContext, *, count: int | None) -> int:
    from rowkeep.database.catalog.state import read_state
    from rowkeep.database.connection.session import connect
    from rowkeep.database.store.ledger import read_history
    from rowkeep.report.history import format_history, serialize_history

    with connection_string(context) as conninfo, connect(conninfo) as session:
        state = read_state(session, context.settings)
        entries = read_history(session, state)
    shown = entries[-count:] if count else entries
    context.answer(format_history(shown, state.database), database=state.database, entries=serialize_history(shown))
    return 0
