"""Reports a failed run: any exception becomes a RowkeepError, text or JSON, and an exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Collection
from typing import TYPE_CHECKING

import click

from rowkeep import errors
from rowkeep.cli import exit_codes
from rowkeep.cli.output import hide, json_document, print_line, silence_stream
from rowkeep.config.address import find_secrets
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.late_regex import compile_later
from rowkeep.report.errors import format_error, serialize_error

if TYPE_CHECKING:
    from rowkeep.cli.command_context import CommandContext

CHANGING = frozenset({"up", "down", "redo", "deploy", "restore", "roles", "accept", "mark", "baseline", "environment"})
"""Commands that change a database. After an unexpected error in one, the state of the database is unknown."""

PLAIN_OPTIONS = frozenset({"--ask-passwords", "--set-passwords", "--no-passwords-needed"})
"""Options with `password` in their name but without a value: nothing to hide."""


def report_failure(context: CommandContext | None, arguments: list[str], error: BaseException) -> int:
    """Report the error and return the exit code. From here on, Ctrl-C ends the process at once."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    if context is None and isinstance(error, BrokenPipeError):
        silence_stream(1)
        return 0
    # Messages about arguments repeat what was typed, perhaps an address with a password.
    for word in arguments:
        if ("@" in word or "password" in word.lower()) and word not in PLAIN_OPTIONS:
            hide((word, *find_secrets(word)[0]))
    if "--debug" in arguments:
        import traceback

        print_line("".join(traceback.format_exception(error)).rstrip(), err=True)
    command = context.command if context is not None else _command(arguments, error)
    known = _as_rowkeep_error(error, command)
    if any("--accept-" in step or "--hold-limit" in step for step in known.instead):
        from rowkeep.cli.retype import repeat_arguments

        known = known.replace(instead=tuple(repeat_arguments(step, arguments) for step in known.instead))
    code = exit_codes.exit_code(known)
    if context is not None:
        context.clear()
    if not (context.json if context is not None else _json_requested(arguments)):
        verbose = context.verbose if context is not None else not {"-v", "--verbose"}.isdisjoint(arguments)
        print_line(format_error(known, verbose=verbose), err=True)
        return code
    data = serialize_error(known)
    print_line(context.document(code, data) if context is not None else json_document(command, code, {}, [], data))
    return code


def report_unknown_command(name: str, commands: Collection[str]) -> errors.Misused:
    """The error for an unknown command, with the most similar commands."""
    from difflib import get_close_matches

    near = get_close_matches(name, commands)
    hint = f"; did you mean {' or '.join(repr(word) for word in near)}?" if near else ""
    return errors.Misused(
        f"no such command: {name!r}{hint}",
        code=ErrorCode.UNKNOWN_COMMAND,
        instead=(*(f"rowkeep {word}" for word in near), "rowkeep --help"),
    )


def _as_rowkeep_error(error: BaseException, command: str) -> errors.RowkeepError:
    """Any exception as a RowkeepError."""
    if isinstance(error, errors.RowkeepError):
        return error
    if isinstance(error, click.exceptions.NoArgsIsHelpError) and error.ctx is not None:
        return _missing_subcommand(error.ctx)
    if isinstance(error, click.UsageError):
        path = error.ctx.command_path if error.ctx else "rowkeep"
        what = error.format_message().rstrip(".")
        return errors.Misused(
            f"{what[:1].lower()}{what[1:]}", code=ErrorCode.INVALID_USAGE, instead=(f"{path} --help",)
        )
    if isinstance(error, click.ClickException):
        return errors.Misused(error.format_message().rstrip("."), code=ErrorCode.INVALID_USAGE)
    if isinstance(error, click.Abort) and isinstance(error.__context__, EOFError):
        return errors.Refused(
            "not confirmed", code=ErrorCode.CONFIRMATION_NEEDED, why="the input ended without an answer"
        )
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        number = int(getattr(error, "signal", signal.SIGINT))
        if command.split(" ")[0] in CHANGING and _was_connected():
            return errors.Interrupted(
                errors.INTERRUPTIONS[number],
                code=ErrorCode.INTERRUPTED,
                signal=number,
                remains=errors.Remains.UNKNOWN,
                instead=("rowkeep status",),
            )
        return errors.Interrupted(errors.INTERRUPTIONS[number], code=ErrorCode.INTERRUPTED, signal=number)
    return errors.Bug(
        f"{type(error).__name__}: {error}",
        why="this is a bug in Rowkeep",
        remains=errors.Remains.UNKNOWN if _was_connected() else errors.Remains.UNCHANGED,
        instead=("rowkeep status", "the same command with --debug, and report what it prints"),
    )


def _missing_subcommand(ctx: click.Context) -> errors.Misused:
    """The error for `rowkeep mark` without a subcommand."""
    names = ctx.command.list_commands(ctx) if isinstance(ctx.command, click.Group) else []
    return errors.Misused(
        f"`{ctx.command_path}` needs a subcommand: {', '.join(names)}",
        code=ErrorCode.INVALID_USAGE,
        instead=(f"{ctx.command_path} --help",),
    )


def _was_connected() -> bool:
    """Whether this process ever connected to a server. If not, nothing can have changed."""
    connections = sys.modules.get("rowkeep.database.connection.open")
    return connections is not None and bool(connections.connected_once())


_PLAIN = compile_later("[a-z][a-z-]{0,29}")


def _command(arguments: list[str], error: BaseException) -> str:
    """The command as words: from click if it got that far, else the first plain word.

    An address, which may contain a password, is not a plain word.
    """
    context = getattr(error, "ctx", None)
    if isinstance(context, click.Context) and context.parent is not None:
        return context.command_path.partition(" ")[2]
    return next((word for word in arguments if not word.startswith("-") and _PLAIN.fullmatch(word)), "rowkeep")


def _json_requested(arguments: list[str]) -> bool:
    """Whether the arguments, which could not be parsed, ask for JSON."""
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return any(pair == ("--output-format", "json") or pair[0] == "--output-format=json" for pair in pairs)
