"""`rowkeep create`: a new migration from a template of safe patterns."""

from __future__ import annotations

from pathlib import PurePath

import click

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.declare_command import declare_command
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused


@declare_command("create")
@click.argument("words", metavar="NAME...", nargs=-1, required=True)
@click.option("--python", is_flag=True, help="A migration in Python, for what SQL cannot do.")
@click.option("--to", metavar="FILE|URL", help="Write what leads from the migrations to this structure.")
@click.option("--rename", "renames", metavar="OLD=NEW", multiple=True, help="With --to: a rename, not a drop.")
@click.option("--allow-drops", is_flag=True, help="With --to: write drops with which rows or values may go.")
@click.option("--major", type=int, metavar="N", help="With --to FILE: the major version of the server.")
def command(
    context: CommandContext,
    words: tuple[str, ...],
    *,
    python: bool,
    to: str | None,
    renames: tuple[str, ...],
    allow_drops: bool,
    major: int | None,
) -> None:
    """Write a new migration, with safe patterns as commented examples, and print its path.

    The words of NAME are joined by hyphens: `rowkeep create add phone to users`.

    With --to it is written from the difference between what the migrations make and a wanted structure: a file of
    SQL (`pg_dump --schema-only`), or another database. It is proven on a throw-away server and never applied.
    --rename shop.users.mail=email says that something is renamed: that is never guessed.

    Example: rowkeep create add phone --to schema.sql
    """
    from rowkeep import files
    from rowkeep.domain.migration import Language

    if to is not None:
        if python:
            raise Misused("--to and --python exclude each other", code=ErrorCode.INVALID_USAGE)
        _create_from_structure(context, words, to, renames, allow_drops=allow_drops, major=major)
        return
    if renames or allow_drops or major:
        raise Misused("--rename, --allow-drops and --major need --to", code=ErrorCode.INVALID_USAGE)
    path = files.create(context.settings, words, Language.PYTHON if python else Language.SQL)
    context.answer(path, path=path, name=PurePath(path).stem)
    context.note("write the migration, then: rowkeep lint")


def _create_from_structure(
    context: CommandContext,
    words: tuple[str, ...],
    to: str,
    renames: tuple[str, ...],
    *,
    allow_drops: bool,
    major: int | None,
) -> None:
    from rowkeep.cli.output import hide
    from rowkeep.config.address import find_secrets
    from rowkeep.report.structure.drift import format_written, serialize_written
    from rowkeep.workflows.drift.create_from_structure import WantedStructure, create_from_structure, is_address

    if is_address(to):
        hide(*find_secrets(to))
    wanted = WantedStructure(words, to, renames, allow_drops, major)
    written = create_from_structure(context.settings, wanted, context.emit)
    text = "nothing to write: the migrations make this structure" if written is None else format_written(written)
    context.answer(text, written=serialize_written(written))
