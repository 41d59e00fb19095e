"""`rowkeep create`: a new migration from a template of safe patterns."""

from __future__ import annotations

from pathlib import PurePath

import click

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.declare_command import declare_command


@declare_command("create")
@click.argument("words", metavar="NAME...", nargs=-1, required=True)
@click.option("--python", is_flag=True, help="A migration in Python, for what SQL cannot do.")
def command(context: CommandContext, words: tuple[str, ...], *, python: bool) -> None:
    """Write a new migration, with safe patterns as commented examples, and print its path.

    The words of NAME are joined by hyphens: `rowkeep create add phone to users`.
    """
    from rowkeep import files
    from rowkeep.domain.migration import Language

    path = files.create(context.settings, words, Language.PYTHON if python else Language.SQL)
    context.answer(path, path=path, name=PurePath(path).stem)
    context.note("write the migration, then: rowkeep lint")
