"""How events appear on stderr: bars and colour for a person, plain lines for everything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from rowkeep.domain.event import Event
from rowkeep.report.events import event_line

if TYPE_CHECKING:
    from rowkeep.cli.door import Door


def shower(door: Door) -> Callable[[Event], None]:
    """The function that shows events of this run."""

    def show(event: Event) -> None:
        line = event_line(event, door.verbose)
        if line is not None:
            click.echo(line, err=True)

    return show
