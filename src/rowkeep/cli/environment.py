"""`rowkeep environment`: what a database is for stands in the database itself; without a mark it is production."""

from __future__ import annotations

import click

from rowkeep.cli.door import Door
from rowkeep.cli.door import command as declared
from rowkeep.cli.group import Group
from rowkeep.cli.reach import reach


@declared("show", help="What this database counts as, and why. `rowkeep environment` means this.")
def show(door: Door) -> int:
    from rowkeep.database.environment import read
    from rowkeep.database.session import connect
    from rowkeep.report.environment import environment_data, environment_text

    with reach(door) as conninfo, connect(conninfo) as session:
        found = read(session, door.settings)
    door.answer(environment_text(found), **environment_data(found))
    return 0


@declared("mark", help="Say what this database is for. To take production's care away, its name is asked for.")
@click.argument("kind", type=click.Choice(["production", "staging", "development"]))
@click.option("--confirm", metavar="DATABASE", help="The database's name, where it counted as production.")
@click.option("--because", metavar="REASON", help="Why; kept beside the mark.")
def mark(door: Door, *, kind: str, confirm: str | None, because: str | None) -> int:
    from rowkeep.database import environment
    from rowkeep.database.session import connect
    from rowkeep.domain.environment import Kind
    from rowkeep.report.environment import environment_data, environment_text

    wanted = Kind(kind)
    with reach(door) as conninfo, connect(conninfo) as session:
        found = environment.read(session)
        if found.kind is Kind.PRODUCTION and wanted is not Kind.PRODUCTION:
            name = found.identity.database
            door.confirm_name(name, confirm, f"{name} counts as production ({found.why}), and would no longer")
        marked = environment.mark(session, wanted, because)
    door.answer(environment_text(marked), **environment_data(marked))
    return 0


command = Group("environment", commands=[show, mark], help="What a database is for: production until marked.")
