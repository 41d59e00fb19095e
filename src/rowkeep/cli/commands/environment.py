"""`rowkeep environment`: what a database is for stands in the database itself; without a mark it is production."""

from __future__ import annotations

import click

from rowkeep.cli.command_group import DefaultCommandGroup
from rowkeep.cli.connection_string import connection_string
from rowkeep.cli.context import CommandContext
from rowkeep.cli.context import command as declared


@declared("show", help="What this database counts as, and why. `rowkeep environment` means this.")
def show(context: CommandContext) -> int:
    from rowkeep.database.connection.session import connect
    from rowkeep.database.store.environment import read_environment
    from rowkeep.report.environment import format_environment, serialize_environment

    with connection_string(context) as conninfo, connect(conninfo) as session:
        found = read_environment(session, context.settings)
    context.answer(format_environment(found), **serialize_environment(found))
    return 0


@declared("mark", help="Say what this database is for. To take production's care away, its name is asked for.")
@click.argument("kind", type=click.Choice(["production", "staging", "development"]))
@click.option("--confirm", metavar="DATABASE", help="The database's name, where it counted as production.")
@click.option("--because", metavar="REASON", help="Why; kept beside the mark.")
def mark(context: CommandContext, *, kind: str, confirm: str | None, because: str | None) -> int:
    from rowkeep.database.connection.session import connect
    from rowkeep.database.store import environment
    from rowkeep.domain.history.environment import EnvironmentKind
    from rowkeep.report.environment import format_environment, serialize_environment

    wanted = EnvironmentKind(kind)
    with connection_string(context) as conninfo, connect(conninfo) as session:
        found = environment.read_environment(session)
        if found.kind is EnvironmentKind.PRODUCTION and wanted is not EnvironmentKind.PRODUCTION:
            name = found.identity.database
            context.confirm_name(name, confirm, f"{name} counts as production ({found.why}), and would no longer")
        marked = environment.mark_environment(session, wanted, because)
    context.answer(format_environment(marked), **serialize_environment(marked))
    return 0


command = DefaultCommandGroup(
    "environment", commands=[show, mark], help="What a database is for: production until marked."
)
