"""Runs the function of a command, once its options are parsed: settings, passwords, stored answer, context."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.output import forget, hide
from rowkeep.files.project.settings import load_settings

SECRETS = ("PGPASSWORD", "ROWKEEP_BOT_PASSWORD", "ROWKEEP_MIGRATION_PASSWORD")


def _hide_secrets(database: str | None, environ: Mapping[str, str]) -> None:
    """Mask these passwords in everything that is printed from now on."""
    known: Iterable[str] = ()
    public: Iterable[str] = ()
    if database is not None:
        from rowkeep.config.address import find_secrets

        known, public = find_secrets(database)
    names = ("PGUSER", "PGDATABASE", "PGHOST")
    hide(
        (*known, *(environ[name] for name in SECRETS if environ.get(name))),
        (*public, *(environ[name] for name in names if environ.get(name))),
    )


def _split_database_flag(flags: dict[str, Any], options: dict[str, Any]) -> None:
    """Parse a --database with an optional value. A following word that is not a connection string is a path."""
    value = flags["database"]
    options["asked"] = value is not None
    flags["database"] = value or None
    if value and not re.search(r"[=:@%]|//", value):
        flags["database"] = None
        options["paths"] = (value, *options["paths"])


def run_command(
    function: Callable[..., int | None],
    options: dict[str, Any],
    shared: dict[str, Any],
    *,
    command: str,
    asks: bool,
    stores: bool,
) -> int:
    """Run a function as the command with these words; return its exit code. asks, stores: see `declare_command`.

    options: those of the command and those of every command. shared: the data of the run.
    """
    flags = {key: options.pop(key) for key in ("database", "environment", "config_file", "migrations_dir")}
    output_format = options.pop("output_format")
    quiet, verbose, color = options.pop("quiet"), options.pop("verbose"), options.pop("color")
    options.pop("debug")
    if asks:
        _split_database_flag(flags, options)
    forget()
    if stores and not options.pop("no_cache"):
        from rowkeep.cli.answer_recorder import AnswerRecorder

        shared["answer"] = AnswerRecorder(shared["arguments"])
    _hide_secrets(flags["database"], os.environ)
    settings = load_settings(flags, os.environ)
    _hide_secrets(settings.database, settings.libpq)
    # libpq and the programs read these variables from the environment; the `.env` file may set them, too.
    os.environ.update(settings.libpq)
    context = CommandContext(
        settings,
        command=command,
        output_format=output_format,
        quiet=quiet,
        verbose=verbose,
        color=color,
        arguments=shared["arguments"],
    )
    shared["context"] = context
    return function(context, **options) or 0
