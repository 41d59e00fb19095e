"""`rowkeep config`: every setting and where it came from."""

from __future__ import annotations

import os

import click

from rowkeep.cli.door import Door
from rowkeep.cli.door import command as declared
from rowkeep.config.check import unknown_variables


@declared("config")
@click.option("--schema", is_flag=True, help="Print the JSON schema of rowkeep.toml, for editors.")
def command(door: Door, *, schema: bool) -> None:
    """Show every setting and where it came from. Passwords are masked.

    A flag goes before the environment, the environment before the file (rowkeep.toml, or [tool.rowkeep] in
    pyproject.toml), the file before .env.
    """
    if schema:
        import json

        from rowkeep.config.schema import schema as made

        door.answer(json.dumps(made(), indent=2, ensure_ascii=False), schema=made())
        return
    from rowkeep.report.settings import libpq_data, settings_data, settings_text

    libpq = libpq_data(door.settings, os.environ)
    strange = unknown_variables(os.environ)
    door.answer(
        settings_text(door.settings, libpq),
        file=door.settings.config_file,
        settings=settings_data(door.settings),
        libpq=libpq,
        unknown_variables=[name for name, _ in strange],
    )
    for name, hint in strange:
        door.note(f"warning: nothing reads the environment variable {name}{'; ' + hint if hint else ''}")
