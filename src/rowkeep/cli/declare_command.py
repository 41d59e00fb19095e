"""Declares a command for click: its own options, and those that every command has."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from rowkeep.cli.run_command import run_command

COMMON = (
    click.option("-d", "--database", metavar="URL", help="Database URL, conninfo, or embedded:[MAJOR|DIR]."),
    click.option("-e", "--env", "environment", metavar="NAME", help="Named environment of the configuration."),
    click.option("-c", "--config", "config_file", metavar="FILE", help="Configuration file."),
    click.option("-m", "--migrations-dir", metavar="DIR", help="Directory of the migrations."),
    click.option(
        "--output-format",
        type=click.Choice(["text", "json"]),
        default="text",
        help="How the answer is printed.",
    ),
    click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colours."),
    click.option("-q", "--quiet", is_flag=True, help="Only the result and errors."),
    click.option("-v", "--verbose", is_flag=True, help="Every statement; the code of an error."),
    click.option("--debug", is_flag=True, help="Show Python's traceback on an error."),
)

_ASKS = "Read facts from the configured database, or from this URL."


def declare_command(
    name: str, *, formats: tuple[str, ...] = (), asks: bool = False, stores: bool = False, **attributes: Any
) -> Callable[[Callable[..., int | None]], click.Command]:
    """Declare a command: a function of a CommandContext and its own options. It returns an exit code, or None for 0.

    formats: its choices for --output-format, the default first. asks: --database needs no value; the option `asked`
    says whether it was used. stores: its answer may be stored (not with `--no-cache`, or after `spoil_recording`).
    """

    def declare(function: Callable[..., int | None]) -> click.Command:
        @functools.wraps(function)
        def invoke(**options: Any) -> int:
            ctx = click.get_current_context()
            words = ctx.command_path.partition(" ")[2]
            return run_command(function, options, ctx.find_root().obj, command=words, asks=asks, stores=stores)

        wrapped: click.Command = click.command(name, **attributes)(invoke)  # type: ignore[no-untyped-call]  # **Any
        for option in COMMON:
            option(wrapped)
        if asks:
            optional = click.Option(["-d", "--database"], metavar="[URL]", is_flag=False, flag_value="", help=_ASKS)
            wrapped.params = [optional if param.name == "database" else param for param in wrapped.params]
        if formats:
            choice = next(param for param in wrapped.params if param.name == "output_format")
            choice.type, choice.default = click.Choice(formats), formats[0]
        return wrapped

    return declare
