"""`rowkeep import`: the migrations of another tool, as files of our own, with the same texts in the same order."""

from __future__ import annotations

import click

from rowkeep.cli.door import Door
from rowkeep.cli.door import command as declared
from rowkeep.config.settings import LAYOUTS


@declared("import")
@click.argument("directory", metavar="DIR")
@click.option(
    "--from", "layout", type=click.Choice(LAYOUTS), default="auto", help="The tool; `auto` tells it by shape."
)
def command(door: Door, *, directory: str, layout: str) -> None:
    """Write the migrations of another tool's directory DIR into the own one, in the own layout.

    Order, texts, down parts and what runs outside a transaction are kept. DIR is not changed. What is not SQL becomes
    a file that stops with a clear text until somebody writes it in SQL. Then, once for each database that the old tool
    has migrated: `rowkeep baseline --imported`.
    """
    from rowkeep import files
    from rowkeep.files import foreign
    from rowkeep.report.events import count_text

    found = files.read_directory(directory, layout, door.settings.ignore_pattern)
    copies = foreign.converted(found)
    place = door.settings.migrations_dir
    foreign.write(place, copies)
    stubs = [copy.file for copy in copies if copy.stub]
    for stub in stubs:
        door.note(f"warning: {place}/{stub} was not SQL: write there what it did")
    without = sum(copy.down is None for copy in copies)
    tail = f", {count_text(without, 'one')} without a down part" if without else ""
    door.answer(
        f"{place}: {count_text(len(copies), 'migration')} of {found.layout} written{tail}",
        path=place,
        layout=found.layout,
        migrations=[{"from": copy.origin, "file": copy.file, "stub": copy.stub} for copy in copies],
    )
    door.note("next: rowkeep baseline --imported   (once for each database that the old tool has migrated)")
