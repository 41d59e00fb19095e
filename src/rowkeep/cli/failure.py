"""How a failed run leaves: any exception as one of ours, in words on stderr or in the JSON document, and as a code."""

from __future__ import annotations

import re
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
from rowkeep.report.errors import format_error, serialize_error

if TYPE_CHECKING:
    from rowkeep.cli.context import CommandContext

CHANGING = frozenset({"up", "down", "redo", "deploy", "restore", "roles", "accept", "mark", "baseline", "environment"})
"""Commands that change a database: when one dies without a word, what it left is not known here."""

PLAIN_OPTIONS = frozenset({"--ask-passwords", "--set-passwords", "--no-passwords-needed"})
"""Options with `password` in their name and no value: there is nothing in them to hide."""


def report_failure(context: CommandContext | None, arguments: list[str], error: BaseException) -> int:
    """Say what failed, once, and return the exit code. A second Ctrl-C from here on ends the process at once."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    if context is None and isinstance(error, BrokenPipeError):
        silence_stream(1)
        return 0
    # An address that was typed in the wrong place is repeated by messages about arguments.
    for word in arguments:
        if ("@" in word or "password" in word.lower()) and word not in PLAIN_OPTIONS:
            hide((word, *find_secrets(word)[0]))
    if "--debug" in arguments:
        import traceback

        print_line("".join(traceback.format_exception(error)).rstrip(), err=True)
    command = context.command if context is not None else _command(arguments, error)
    known = _as_rowkeep_error(error, command)
    code = exit_codes.exit_code(known)
    if context is not None:
        context.clear()
    if not (context.json if context is not None else _json_wanted(arguments)):
        verbose = context.verbose if context is not None else not {"-v", "--verbose"}.isdisjoint(arguments)
        print_line(format_error(known, verbose=verbose), err=True)
        return code
    data = serialize_error(known)
    print_line(context.document(code, data) if context is not None else json_document(command, code, {}, [], data))
    return code


def report_unknown_command(name: str, commands: Collection[str]) -> errors.Misused:
    """There is no such command; the nearest ones are named."""
    from difflib import get_close_matches

    near = get_close_matches(name, commands)
    asked = f"; did you mean {' or '.join(repr(word) for word in near)}?" if near else ""
    return errors.Misused(
        f"no such command: {name!r}{asked}",
        code=ErrorCode.UNKNOWN_COMMAND,
        instead=(*(f"rowkeep {word}" for word in near), "rowkeep --help"),
    )


def _as_rowkeep_error(error: BaseException, command: str) -> errors.RowkeepError:
    """Any exception as one of ours."""
    if isinstance(error, errors.RowkeepError):
        return error
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
            "not confirmed", code=ErrorCode.CONFIRMATION_NEEDED, why="the input ended before an answer came"
        )
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        number = int(getattr(error, "signal", signal.SIGINT))
        if command.split(" ")[0] in CHANGING and _server_asked():
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
        why="this is a fault of Rowkeep's",
        remains=errors.Remains.UNKNOWN if _server_asked() else errors.Remains.UNCHANGED,
        instead=("rowkeep status", "the same command with --debug, and report what it prints"),
    )


def _server_asked() -> bool:
    """Whether this process ever was connected to a server: if not, nothing can have changed."""
    session = sys.modules.get("rowkeep.database.connection.session")
    return session is not None and bool(session.connected_once())


_PLAIN = re.compile("[a-z][a-z-]{0,29}")


def _command(arguments: list[str], error: BaseException) -> str:
    """The command that was meant, as words: from click where it got that far, else the first plain word.

    An address in its place, which may hold a password, is no plain word.
    """
    context = getattr(error, "ctx", None)
    if isinstance(context, click.Context) and context.parent is not None:
        return context.command_path.partition(" ")[2]
    return next((word for word in arguments if not word.startswith("-") and _PLAIN.fullmatch(word)), "rowkeep")


def _json_wanted(arguments: list[str]) -> bool:
    """Whether the arguments, which could not be understood, ask for JSON."""
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return any(pair == ("--output-format", "json") or pair[0] == "--output-format=json" for pair in pairs)
