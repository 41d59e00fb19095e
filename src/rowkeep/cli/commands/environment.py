"""`rowkeep environment`: shows or marks what a database is for. Without a mark it is production."""

from __future__ import annotations

import click

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.command_group import DefaultCommandGroup
from rowkeep.cli.connection_string import connection_string
from rowkeep.cli.declare_command import declare_command


@declare_command("show", help="Show what this database counts as, and why. The default of `rowkeep environment`.")
def show(context: CommandContext) -> int:
    from rowkeep.database.connection.session import connect
    from rowkeep.database.store.environment import read_environment
    from rowkeep.report.environment import format_environment, serialize_environment

    with connection_string(context) as conninfo, connect(conninfo) as session:
        current = read_environment(session, context.settings)
    context.answer(format_environment(current), **serialize_environment(current))
    return 0


@declare_command("mark", help="Mark what this database is for. Asks for its name if it is production now.")
@click.argument("kind", type=click.Choice(["production", "staging", "development"]))
@click.option("--confirm", metavar="DATABASE", help="The name of the database, if it is production now.")
@click.option("--because", metavar="REASON", help="Why; stored with the mark.")
def mark(context: CommandContext, *, kind: str, confirm: str | None, because: str | None) -> int:
    from rowkeep.database.connection.session import connect
    from rowkeep.database.store import environment
    from rowkeep.domain.history.environment import EnvironmentKind
    from rowkeep.report.environment import format_environment, serialize_environment

    new_kind = EnvironmentKind(kind)
    with connection_string(context) as conninfo, connect(conninfo) as session:
        current = environment.read_environment(session)
        if current.kind is EnvironmentKind.PRODUCTION and new_kind is not EnvironmentKind.PRODUCTION:
            name = current.identity.database
            context.confirm_name(name, confirm, f"{name} counts as production ({current.why}) and would not any more")
        marked = environment.mark_environment(session, new_kind, because)
    context.answer(format_environment(marked), **serialize_environment(marked))
    return 0


command = DefaultCommandGroup(
    "environment", commands=[show, mark], help="Whether a database is production (the default) or not."
)
