"""`rowkeep lint [PATHS]`: find what would lose data or stall the application."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rowkeep.cli.door import Door
from rowkeep.cli.door import command as declared
from rowkeep.cli.exits import OK, REFUSED
from rowkeep.errors import Misused

if TYPE_CHECKING:
    from rowkeep.domain.finding import Verdict
    from rowkeep.domain.migration import Migration
    from rowkeep.judge import Options

FAIL_ON = ("error", "warning", "note", "never")


@declared(
    "lint", formats=("full", "concise", "json"), help="Find what would lose data or stall the application, in PATHS."
)
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@click.option("--select", multiple=True, metavar="RULES", help="Rules or groups that judge (names, commas).")
@click.option("--ignore", multiple=True, metavar="RULES", help="Rules or groups that do not judge.")
@click.option("--pg-version", type=click.IntRange(10), metavar="MAJOR", help="The oldest server to judge for.")
@click.option(
    "--fail-on", type=click.Choice(FAIL_ON), default="error", show_default=True, help="The severity that exits 1."
)
def command(
    door: Door,
    *,
    paths: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    pg_version: int | None,
    fail_on: str,
) -> int:
    from rowkeep.domain.finding import Severity
    from rowkeep.judge import Options
    from rowkeep.judge.options import OLDEST
    from rowkeep.report.findings import concise_text, full_text, verdict_data

    settings = door.settings
    options = Options(
        _words(select) or settings.rules_select,
        (*_words(ignore), *settings.rules_ignore),
        settings.rules_severity,
        pg_version or settings.pg_version or OLDEST,
    )
    verdict = _verdict(door, paths, options)
    if door.json:
        door.answer("", **verdict_data(verdict))
    else:
        shown = concise_text if door.output_format == "concise" else full_text
        door.answer(shown(verdict, color=door.colored))
    return REFUSED if fail_on != "never" and verdict.refuses(Severity(fail_on)) else OK


def _words(given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word.strip() for each in given for word in each.split(",") if word.strip())


def _verdict(door: Door, paths: tuple[str, ...], options: Options) -> Verdict:
    """What the paths name, judged in the light of what stands before it in its directory.

    Files without a number in front have no order: outside of the project's directory each stands by itself.
    """
    from dataclasses import replace

    from rowkeep import files, judge
    from rowkeep.domain.finding import Verdict
    from rowkeep.files.select import Selection, select

    settings = door.settings
    if paths:
        selections = select(paths, settings.layout, settings.ignore_pattern)
    else:
        directory = files.read(settings)
        selections = (Selection(directory, directory.migrations),)
    home = Path(settings.migrations_dir).resolve()
    verdicts: list[Verdict] = []
    for directory, chosen in ((each.directory, each.chosen) for each in selections):
        if Path(directory.path).resolve() != home and (directory.layout == "plain" or any(map(_no_order, chosen))):
            verdicts.extend(judge.judge((_alone(migration),), options) for migration in chosen)
        else:
            remarks = directory.remarks if chosen == directory.migrations else ()
            only = frozenset(migration.name for migration in chosen)
            verdicts.append(judge.judge(directory.migrations, replace(options, only=only), remarks))
    findings = tuple(finding for verdict in verdicts for finding in verdict.findings)
    whole = Verdict(findings, sum(verdict.judged for verdict in verdicts))
    if not whole.judged:
        raise Misused(
            f"no migration in {', '.join(paths) or settings.migrations_dir}",
            instead=("rowkeep lint PATH", "rowkeep create NAME"),
        )
    return whole


def _no_order(migration: Migration) -> bool:
    return any(remark.kind == "no-prefix" for remark in migration.remarks)


def _alone(migration: Migration) -> Migration:
    """The migration by itself, where its place in an order is nobody's matter."""
    from dataclasses import replace

    return replace(migration, remarks=tuple(each for each in migration.remarks if each.kind != "no-prefix"))
