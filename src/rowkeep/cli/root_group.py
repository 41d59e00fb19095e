"""The command `rowkeep` as click knows it: a group whose commands are imported when they are called."""

from __future__ import annotations

import importlib
import os
from typing import Any

import click

from rowkeep.version import VERSION

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("rowkeep.cli.commands.init", "Set up a project, or adopt an existing one."),
    "create": ("rowkeep.cli.commands.create", "Write a new migration from a safe template."),
    "import": ("rowkeep.cli.commands.import_", "Import the migrations of another tool."),
    "lint": ("rowkeep.cli.commands.lint", "Find what would lose data or stall the application."),
    "rule": ("rowkeep.cli.commands.rule", "Explain a rule, or list them all."),
    "plan": ("rowkeep.cli.commands.plan", "Show what `up` would do to this database."),
    "rehearse": ("rowkeep.cli.commands.rehearse", "Run the pending migrations on a restored copy."),
    "up": ("rowkeep.cli.commands.up", "Apply pending migrations."),
    "down": ("rowkeep.cli.commands.down", "Undo applied migrations."),
    "redo": ("rowkeep.cli.commands.redo", "Undo and apply again."),
    "deploy": ("rowkeep.cli.commands.deploy", "Lint, back up, rehearse, apply, verify, report."),
    "status": ("rowkeep.cli.commands.status", "List applied, pending, changed and missing migrations."),
    "wait": ("rowkeep.cli.commands.wait", "Wait until all migrations are applied."),
    "history": ("rowkeep.cli.commands.history", "Who applied what, when, and how long it took."),
    "accept": ("rowkeep.cli.commands.accept", "Accept an edited or deleted migration file."),
    "mark": ("rowkeep.cli.commands.mark", "Mark migrations as applied or not, without running them."),
    "baseline": ("rowkeep.cli.commands.baseline", "Mark everything up to a migration as applied."),
    "backup": ("rowkeep.cli.commands.backup", "Take and list version-matched, proven backups."),
    "clones": ("rowkeep.cli.commands.clones", "Golden copies: restored backups that rehearsals clone."),
    "restore": ("rowkeep.cli.commands.restore", "Restore a backup into a new database."),
    "verify": ("rowkeep.cli.commands.verify", "Compare the structure with the expected one."),
    "schema": ("rowkeep.cli.commands.schema", "Write the structure of the database as SQL."),
    "drift": ("rowkeep.cli.commands.drift", "Find, adopt or undo what was changed by hand."),
    "environment": ("rowkeep.cli.commands.environment", "Whether a database is production (the default) or not."),
    "roles": ("rowkeep.cli.commands.roles", "The application's role and the migration role."),
    "doctor": ("rowkeep.cli.commands.doctor", "Find problems before they make a run fail."),
    "tools": ("rowkeep.cli.commands.tools", "Find or download the PostgreSQL programs."),
    "config": ("rowkeep.cli.commands.config", "Every setting and where it came from."),
    "demo": ("rowkeep.cli.commands.demo", "A tour on an embedded server."),
    "completion": ("rowkeep.cli.commands.completion", "A completion script for bash, zsh or fish."),
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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            from rowkeep.cli.failure import report_unknown_command

            raise report_unknown_command(name, COMMANDS)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


EPILOG = (
    "Exit codes: 0 done, 1 refused, 2 misused, 3 unreachable, 4 busy, 5 failed, 6 half done, "
    "7 backup failed, 8 differs."
)


@click.group(
    cls=Lazy,
    epilog=EPILOG,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(VERSION, "-V", "--version", message="rowkeep %(version)s")
@click.pass_context
def rowkeep(ctx: click.Context) -> None:
    """Change production PostgreSQL without losing a row, without the application noticing, and with proof."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def parse_and_run(arguments: list[str], shared: dict[str, Any]) -> int:
    """Run one command and return its exit code. shared: the data of the run, which click hands on as `obj`."""
    try:
        with rowkeep.make_context("rowkeep", list(arguments), obj=shared) as context:
            return int(rowkeep.invoke(context) or 0)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code


def complete_words(variable: str) -> int:
    """Print what the shell asks for in this variable. click exits 1 for an instruction that it does not know."""
    from click.shell_completion import shell_complete

    return shell_complete(rowkeep, {"obj": {}}, "rowkeep", variable, os.environ[variable])
