"""`rowkeep import`: the migrations of another tool, as files of our own, with the same texts in the same order."""

from __future__ import annotations

import json
import shlex

import click

from rowkeep.cli.context import CommandContext
from rowkeep.cli.context import command as declared
from rowkeep.config.settings import LAYOUTS

KNOWN_HISTORIES = frozenset(
    {"atlas", "dbmate", "diesel", "flyway", "golang-migrate", "goose", "prisma", "sqlx", "supabase"}
)
"""Tools whose history `baseline --imported` reads; a test compares them with `database.old_history`."""


@declared("import")
@click.argument("directory", metavar="DIR")
@click.option(
    "--from", "layout", type=click.Choice(LAYOUTS), default="auto", help="The tool; `auto` tells it by shape."
)
@click.option("--leave-out", multiple=True, metavar="FILE", help="A file of DIR that is not to be imported.")
def command(context: CommandContext, *, directory: str, layout: str, leave_out: tuple[str, ...]) -> None:
    """Write the migrations of another tool's directory DIR into the own one, in the own layout.

    Order, texts, down parts and what runs outside a transaction are kept. What the old tool itself passes over is left
    out, and named. DIR is not changed. What is not SQL becomes
    a file that stops with a clear text until somebody writes it in SQL. Then, once for each database that the old tool
    has migrated: `rowkeep baseline --imported`.
    """
    from rowkeep import files
    from rowkeep.domain.count import count_text
    from rowkeep.files import import_directory

    found = files.read_directory(directory, layout, context.settings.ignore_pattern)
    imported = import_directory.convert_directory(found, leave_out, named=layout != "auto")
    copies = imported.copies
    place = context.settings.migrations_dir
    import_directory.write_imported(place, copies)
    stubs = [copy.file for copy in copies if copy.stub]
    for stub in stubs:
        context.note(f"warning: {place}/{stub} was not SQL: write there what it did")
    for path, why in imported.left_out:
        context.note(f"left out: {path}: {why}")
    without = sum(copy.down is None for copy in copies)
    tail = f", {without} without a down part" if without else ""
    context.answer(
        f"{place}: {count_text(len(copies), 'migration')} of {found.layout} written{tail}",
        path=place,
        layout=found.layout,
        migrations=[{"from": copy.origin, "file": copy.file, "stub": copy.stub} for copy in copies],
        left_out=[{"path": path, "why": why} for path, why in imported.left_out],
    )
    there = _option(context)
    if found.layout in KNOWN_HISTORIES:
        context.note(
            f"next: rowkeep baseline --imported{there}   (once for each database that the old tool has migrated)"
        )
    else:
        context.note(
            f"next: rowkeep mark applied NAME… --because REASON{there}   (in each database, what it has already)"
        )
    if there:
        file = context.settings.config_file or "rowkeep.toml"
        context.note(
            f"then: migrations-dir = {json.dumps(place, ensure_ascii=False)} in {file}, or {there.strip()} each time"
        )


def _option(context: CommandContext) -> str:
    """The option that names the own directory again, where only this command line names it; '' elsewhere."""
    if context.settings.origins["migrations_dir"] != "--migrations-dir":
        return ""
    return f" --migrations-dir {shlex.quote(context.settings.migrations_dir)}"
