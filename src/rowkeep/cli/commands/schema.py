"""`rowkeep schema dump`: writes the structure of the database into a file, which changes only when that does."""

from __future__ import annotations

import click

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.command_group import DefaultCommandGroup
from rowkeep.cli.connection_string import connection_string
from rowkeep.cli.declare_command import declare_command
from rowkeep.cli.exit_codes import OK, REFUSED

STDOUT = "-"


@declare_command(
    "dump",
    help="Write the structure of the database as SQL: to the schema-file of the configuration, or to the screen.",
    epilog="Example: rowkeep schema dump --output db/schema.sql",
)
@click.option("-o", "--output", metavar="FILE", help="Write to this file; `-` is the screen.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if the file is not up to date.")
@click.option("--rights/--no-rights", default=None, help="With owners and grants, or without  [default: without].")
@click.option("--overwrite", is_flag=True, help="Replace a file that Rowkeep did not write.")
def dump(context: CommandContext, *, output: str | None, check: bool, rights: bool | None, overwrite: bool) -> int:
    from rowkeep.files.project.schema_file import is_up_to_date, write_schema_file
    from rowkeep.workflows.verification.dump_schema import dump_schema

    with connection_string(context) as conninfo:
        settings = context.settings
        text = dump_schema(settings, conninfo, context.emit, rights=rights)
    file = output or settings.schema_file or STDOUT
    if file == STDOUT:
        context.answer(text.rstrip("\n"), file=None, changed=False, schema=text)
        return OK
    if check:
        current = is_up_to_date(file, text)
        context.answer(f"{file} is {'up to date' if current else 'NOT up to date'}", file=file, changed=not current)
        return OK if current else REFUSED
    changed = write_schema_file(file, text, overwrite=overwrite)
    context.answer(f"{file} {'is written' if changed else 'is up to date'}", file=file, changed=changed)
    return OK


command = DefaultCommandGroup("schema", commands=[dump], help="Write the structure of the database as SQL.")
