"""`rowkeep lint [PATHS]`: find what would lose data or stall the application."""

from __future__ import annotations

from typing import Any

import click

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.declare_command import declare_command
from rowkeep.cli.lint_command import ASKS, FAIL_ON, STORES, lint_files
from rowkeep.report.formats.by_name import FORMS


@declare_command(
    "lint",
    formats=FORMS,
    asks=ASKS,
    stores=STORES,
    help="Find what would lose data or stall the application, in PATHS.",
)
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@click.option("--select", multiple=True, metavar="RULES", help="Rules or groups to run (names, separated by commas).")
@click.option("--ignore", multiple=True, metavar="RULES", help="Rules or groups to leave out.")
@click.option(
    "--pg-version", type=click.IntRange(10), metavar="MAJOR", help="The oldest server that the migrations must run on."
)
@click.option(
    "--fail-on", "--severity-exit", "fail_on", type=click.Choice(FAIL_ON), help="The severity that exits 1 [error]."
)
@click.option("--baseline", metavar="FILE", help="Known findings, which do not count.")
@click.option("--write-baseline", is_flag=True, help="Write all findings into the baseline, and exit 0.")
@click.option("--after", metavar="NAME", help="Lint only migrations after NAME.")
@click.option("--new-only", is_flag=True, help="Lint only migrations that are not applied to the database.")
@click.option("--all", "include_applied", is_flag=True, help="With --database: lint the applied migrations, too.")
@click.option(
    "--stdin", is_flag=True, help="Lint the text from stdin, also from `alembic upgrade --sql`, `sqlmigrate`."
)
@click.option("--stdin-filename", metavar="NAME", help="The file name of the text from stdin.")
@click.option("--witness", is_flag=True, help="Run the migrations on a throw-away server, and use what it shows.")
@click.option(
    "--statements",
    metavar="FILE",
    help="Check nothing but these statements of the application (SQL, or a log of PostgreSQL) on the migrated schema.",
)
@click.option("--fix", is_flag=True, help="Rewrite pending migrations into safe steps, and print what changed.")
@click.option("--diff", is_flag=True, help="Only show what --fix would change; exit 1 if there is something.")
@click.option("--output", metavar="FILE", help="Write the result into FILE instead of stdout.")
@click.option("--no-cache", is_flag=True, help="Do not use or store answers in the user's cache directory.")
@click.option("--statistics", is_flag=True, help="Show how many findings each rule has, instead of the findings.")
def command(context: CommandContext, **options: Any) -> int:
    return lint_files(context, **options)
