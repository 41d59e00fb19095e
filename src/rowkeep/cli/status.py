"""`rowkeep status`: pending, applied, changed and missing migrations."""

from __future__ import annotations

import click

from rowkeep.cli.door import Door
from rowkeep.cli.door import command as declared
from rowkeep.cli.exits import OK, REFUSED
from rowkeep.cli.reach import reach


@declared("status", help="Pending, applied, changed and missing migrations.")
@click.option("--check", is_flag=True, help="Exit 1 if anything is pending, unfinished, changed or missing.")
def command(door: Door, *, check: bool) -> int:
    from rowkeep.report.status import status_data, status_text, unsettled
    from rowkeep.walk.change import looked

    with reach(door) as conninfo, looked(door.settings, conninfo) as (_, survey):
        door.answer(status_text(survey), **status_data(survey))
    return REFUSED if check and unsettled(survey) else OK
