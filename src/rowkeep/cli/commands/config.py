"""`rowkeep config`: every setting and where it came from."""

from __future__ import annotations

import os

import click

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.declare_command import declare_command
from rowkeep.config.check import find_unknown_variables


@declare_command("config")
@click.option("--schema", is_flag=True, help="Print the JSON schema of rowkeep.toml, for editors.")
def command(context: CommandContext, *, schema: bool) -> None:
    """Show every setting and where it came from. Passwords are masked.

    Flags override the environment, the environment overrides the file (rowkeep.toml, or [tool.rowkeep] in
    pyproject.toml), and the file overrides .env.
    """
    if schema:
        import json

        from rowkeep.config.json_schema import json_schema

        context.answer(json.dumps(json_schema(), indent=2, ensure_ascii=False), schema=json_schema())
        return
    from rowkeep.report.settings import format_configuration, serialize_libpq, serialize_settings

    libpq = serialize_libpq(context.settings, os.environ)
    unknown = find_unknown_variables(os.environ)
    context.answer(
        format_configuration(context.settings, libpq),
        file=context.settings.config_file,
        settings=serialize_settings(context.settings),
        libpq=libpq,
        unknown_variables=[name for name, _ in unknown],
    )
    for name, hint in unknown:
        context.note(f"warning: nothing reads the environment variable {name}{'; ' + hint if hint else ''}")
