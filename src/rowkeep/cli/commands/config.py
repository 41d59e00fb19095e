"""`rowkeep config`: every setting and where it came from."""

from __future__ import annotations

import os

import click

from rowkeep.cli.context import CommandContext
from rowkeep.cli.context import command as declared
from rowkeep.config.check import find_unknown_variables


@declared("config")
@click.option("--schema", is_flag=True, help="Print the JSON schema of rowkeep.toml, for editors.")
def command(context: CommandContext, *, schema: bool) -> None:
    """Show every setting and where it came from. Passwords are masked.

    A flag goes before the environment, the environment before the file (rowkeep.toml, or [tool.rowkeep] in
    pyproject.toml), the file before .env.
    """
    if schema:
        import json

        from rowkeep.config.json_schema import json_schema as made

        context.answer(json.dumps(made(), indent=2, ensure_ascii=False), schema=made())
        return
    from rowkeep.report.settings import format_configuration, serialize_libpq, serialize_settings

    libpq = serialize_libpq(context.settings, os.environ)
    strange = find_unknown_variables(os.environ)
    context.answer(
        format_configuration(context.settings, libpq),
        file=context.settings.config_file,
        settings=serialize_settings(context.settings),
        libpq=libpq,
        unknown_variables=[name for name, _ in strange],
    )
    for name, hint in strange:
        context.note(f"warning: nothing reads the environment variable {name}{'; ' + hint if hint else ''}")
