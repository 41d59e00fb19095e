"""`rowkeep import`: copies the migrations of another tool into our layout, with the same text and order."""

from __future__ import annotations

import json
import shlex

import click

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.declare_command import declare_command
from rowkeep.config.settings import LAYOUTS

KNOWN_HISTORIES = frozenset(
    {"atlas", "dbmate", "diesel", "flyway", "golang-migrate", "goose", "prisma", "sqlx", "supabase"}
)
"""Tools whose history `baseline --imported` reads; a test compares them with `database.old_history`."""


@declare_command("import")
@click.argument("directory", metavar="DIR")
@click.option("--from", "layout", type=click.Choice(LAYOUTS), default="auto", help="The tool; `auto` detects it.")
@click.option("--leave-out", multiple=True, metavar="FILE", help="A file of DIR that is not imported.")
def command(context: CommandContext, *, directory: str, layout: str, leave_out: tuple[str, ...]) -> None:
    """Copy the migrations of another tool from DIR into your migrations directory, in Rowkeep's layout.

    Order, text, down parts and no-transaction marks are kept. Files that the old tool ignores are skipped and listed.
    DIR is not changed. A migration that is not SQL becomes a file that fails with a clear message until somebody
    writes it in SQL. Afterwards run `rowkeep baseline --imported` once for each database that the old tool has
    migrated.
    """
    from rowkeep import files
    from rowkeep.domain.count import count_text
    from rowkeep.files import import_directory

    source = files.read_directory(directory, layout, context.settings.ignore_pattern)
    imported = import_directory.convert_directory(source, leave_out, named=layout != "auto")
    copies = imported.copies
    place = context.settings.migrations_dir
    import_directory.write_imported(place, copies)
    stubs = [copy.file for copy in copies if copy.stub]
    for stub in stubs:
        context.note(f"warning: {place}/{stub}: the original is not SQL; write it in SQL here")
    for path, why in imported.left_out:
        context.note(f"skipped: {path}: {why}")
    without = sum(copy.down is None for copy in copies)
    tail = f", {without} without a down part" if without else ""
    context.answer(
        f"{place}: {count_text(len(copies), 'migration')} of {source.layout} written{tail}",
        path=place,
        layout=source.layout,
        migrations=[{"from": copy.origin, "file": copy.file, "stub": copy.stub} for copy in copies],
        left_out=[{"path": path, "why": why} for path, why in imported.left_out],
    )
    option = _option(context)
    if source.layout in KNOWN_HISTORIES:
        context.note(
            f"next: rowkeep baseline --imported{option}   (once for each database that the old tool has migrated)"
        )
    else:
        context.note(
            f"next: rowkeep mark applied NAME… --because REASON{option}   (in each database: what it already has)"
        )
    if option:
        file = context.settings.config_file or "rowkeep.toml"
        context.note(
            f"then: migrations-dir = {json.dumps(place, ensure_ascii=False)} in {file}, or {option.strip()} each time"
        )


def _option(context: CommandContext) -> str:
    """The --migrations-dir option to repeat, if only this command line names the directory; '' otherwise."""
    if context.settings.origins["migrations_dir"] != "--migrations-dir":
        return ""
    return f" --migrations-dir {shlex.quote(context.settings.migrations_dir)}"
