"""The door: the only room that prints and exits. One file per command; a command is imported when it is called."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from types import FrameType
from typing import Any

import click

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("rowkeep.cli.init", "Set a project up, or adopt an existing one."),
    "create": ("rowkeep.cli.create", "Write a new migration from a safe template."),
    "lint": ("rowkeep.cli.lint", "Find what would lose data or stall the application."),
    "rule": ("rowkeep.cli.rule", "Explain a rule, or list them all."),
    "plan": ("rowkeep.cli.plan", "Show what `up` would do to this database."),
    "rehearse": ("rowkeep.cli.rehearse", "Run the pending migrations on a restored copy."),
    "up": ("rowkeep.cli.up", "Apply pending migrations."),
    "down": ("rowkeep.cli.down", "Undo applied migrations."),
    "redo": ("rowkeep.cli.redo", "Undo and apply again."),
    "deploy": ("rowkeep.cli.deploy", "Lint, back up, rehearse, apply, verify, report."),
    "status": ("rowkeep.cli.status", "Pending, applied, changed and missing migrations."),
    "history": ("rowkeep.cli.history", "Who applied what, when, and how long it took."),
    "backup": ("rowkeep.cli.backup", "Take and list version-matched, proven backups."),
    "restore": ("rowkeep.cli.restore", "Restore a backup into a new database."),
    "verify": ("rowkeep.cli.verify", "Compare the structure with what it should be."),
    "roles": ("rowkeep.cli.roles", "The application's role and the migration role."),
    "doctor": ("rowkeep.cli.doctor", "Say now what would fail later."),
    "tools": ("rowkeep.cli.tools", "Find or fetch PostgreSQL's programs."),
    "config": ("rowkeep.cli.config", "Every setting and where it came from."),
    "demo": ("rowkeep.cli.demo", "The whole story on an embedded server."),
}


class Lazy(click.Group):
    """A group whose commands are imported only when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


EPILOG = (
    "Exit codes: 0 done, 1 refused, 2 misused, 3 unreachable, 4 busy, 5 failed, 6 half done, "
    "7 backup failed, 8 differs."
)


@click.command(cls=Lazy, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rowkeep", message="rowkeep %(version)s")
@click.pass_context
def rowkeep(ctx: click.Context) -> None:
    """Change production PostgreSQL without losing a row, without the application noticing, and with proof."""


def _terminated(number: int, frame: FrameType | None) -> None:
    from rowkeep.errors import Interrupted

    raise Interrupted("terminated (SIGTERM)", signal=number)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code. Nothing but an exit code and clean text ever leaves."""
    signal.signal(signal.SIGTERM, _terminated)
    shared: dict[str, Any] = {}
    debug = "--debug" in arguments
    name = next((word for word in arguments if word in COMMANDS), "rowkeep")
    try:
        code = rowkeep.main(arguments, prog_name="rowkeep", standalone_mode=False, obj=shared)
        return _finish(shared, name, int(code or 0), None)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except BrokenPipeError:
        # `rowkeep … | head`: the reader has gone; nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except BaseException as error:
        if debug:
            import traceback

            traceback.print_exc()
        return _fail(shared, name, error)


def _fail(shared: dict[str, Any], name: str, error: BaseException) -> int:
    from rowkeep import errors
    from rowkeep.cli import exits
    from rowkeep.report.errors import error_data, error_text

    known = _known(error)
    code = exits.code(known)
    if "door" in shared:
        shared["door"].clear()
    if not _json(shared):
        click.echo(error_text(known), err=True)
        if isinstance(known, errors.Bug):
            click.echo("  = this is a fault of Rowkeep's: run it again with --debug and report it", err=True)
    return _finish(shared, name, code, error_data(known))


def _known(error: BaseException) -> Any:
    """Any exception as one of ours."""
    from rowkeep import errors

    if isinstance(error, errors.RowkeepError):
        return error
    if isinstance(error, click.UsageError):
        usage = error.ctx.get_usage() if error.ctx else None
        return errors.Misused(error.format_message().rstrip("."), why=usage, instead=("rowkeep --help",))
    if isinstance(error, click.ClickException):
        return errors.Misused(error.format_message().rstrip("."))
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return errors.Interrupted("interrupted (Ctrl-C)", signal=2)
    return errors.Bug(f"{type(error).__name__}: {error}", remains=errors.Remains.UNKNOWN, instead=("rowkeep status",))


def _json(shared: dict[str, Any]) -> bool:
    door = shared.get("door")
    return door is not None and bool(door.json)


def _finish(shared: dict[str, Any], name: str, code: int, error: dict[str, object] | None) -> int:
    if _json(shared):
        click.echo(shared["door"].document(name, code, error))
    return code
