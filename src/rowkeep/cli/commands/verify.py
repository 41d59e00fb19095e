"""`rowkeep verify`: compares the structure with what it should be and runs the smoke queries. Exit 1 if it differs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.connection_string import connection_string
from rowkeep.cli.declare_command import declare_command
from rowkeep.cli.exit_codes import OK, REFUSED
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused

if TYPE_CHECKING:
    from rowkeep.domain.schema.structure import ExpectedStructure


@declare_command(
    "verify",
    help="Compare the structure with that of the last deploy, or with another source. Exit 1 if it differs.",
    epilog="Examples: rowkeep verify --against schema.sql; rowkeep verify --against migrations --against backup",
)
@click.option(
    "--against",
    metavar="SOURCE",
    multiple=True,
    help="Compare with `rehearsal`, `schema` (the configured file), FILE.sql, `migrations` (run on a throw-away "
    "server), `backup`, `backup:ID`, or the URL of a database. Can be repeated.",
)
@click.option(
    "--rights/--no-rights", default=None, help="With --against: compare owners and grants  [default: if it has them]."
)
@click.option("--no-smoke", is_flag=True, help="Do not run the smoke queries.")
@click.option("--expected", "expected_file", metavar="FILE", help="Compare with this file, written by --save.")
@click.option("--save", "save_file", metavar="FILE", help="Write the current structure to a file.")
@click.option("--accept", metavar="REASON", help="Make the current structure the expected one.")
def command(
    context: CommandContext,
    *,
    against: tuple[str, ...],
    rights: bool | None,
    no_smoke: bool,
    expected_file: str | None,
    save_file: str | None,
    accept: str | None,
) -> int:
    from rowkeep import structure
    from rowkeep.report.differences import serialize_differences
    from rowkeep.report.verification import (
        format_verification,
        serialize_comparisons,
        serialize_concerns,
        serialize_smoke_results,
    )
    from rowkeep.workflows.verification.verify import verify_structure

    if against and (expected_file or accept is not None):
        raise Misused(
            "--against does not go together with --expected or --accept",
            code=ErrorCode.INVALID_USAGE,
            instead=("rowkeep verify --against SOURCE",),
        )
    from_file = _from_file(expected_file) if expected_file else None
    with connection_string(context) as conninfo:
        result = verify_structure(
            context.settings,
            conninfo,
            context.emit,
            expected=from_file,
            accept=accept,
            always_read=bool(save_file),
            against=against,
            rights=rights,
            smoke=not no_smoke,
        )
    expected, current = result.expected, result.structure
    if save_file and current is not None:
        _save(save_file, structure.format_structure(current))
    context.answer(
        format_verification(result, accept),
        items=len(current.items) if current else None,
        digest=current.digest if current else None,
        expected={"source": expected.source, "at": expected.at, "digest": expected.structure.digest}
        if expected
        else None,
        differences=serialize_differences(result.differences),
        against=serialize_comparisons(result.comparisons),
        smoke=serialize_smoke_results(result.smoke),
        concerns=serialize_concerns(result.concerns),
        saved=save_file,
        accepted=accept,
    )
    return OK if result.ok else REFUSED


def _from_file(path: str) -> ExpectedStructure:
    from rowkeep import structure
    from rowkeep.domain.schema.structure import ExpectedStructure
    from rowkeep.files.filesystem.regular import read_regular

    try:
        text = read_regular(Path(path)).decode("utf-8", "surrogatepass")
    except (OSError, UnicodeDecodeError) as error:
        raise Misused(
            "cannot read the file with the expected structure",
            code=ErrorCode.FILE_NOT_READABLE,
            where=path,
            why=getattr(error, "strerror", None) or str(error),
        ) from None
    return ExpectedStructure(structure.parse_structure(text, path), path, "")


def _save(path: str, text: str) -> None:
    from rowkeep.files.filesystem.write import write_output

    write_output(path, text, errors="surrogatepass")
