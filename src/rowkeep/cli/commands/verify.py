"""`rowkeep verify`: compares the structure with the expected one and reports health concerns. Exit 1 on drift."""

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
    from rowkeep.domain.schema.structure import Difference, ExpectedStructure, Structure


@declare_command(
    "verify", help="Compare the structure with that of the last deploy, or with a file. Exit 1 if it differs."
)
@click.option("--expected", "expected_file", metavar="FILE", help="Compare with this file, written by --save.")
@click.option("--save", "save_file", metavar="FILE", help="Write the current structure to a file.")
@click.option("--accept", metavar="REASON", help="Make the current structure the expected one.")
def command(context: CommandContext, *, expected_file: str | None, save_file: str | None, accept: str | None) -> int:
    from rowkeep import structure
    from rowkeep.report.differences import serialize_differences
    from rowkeep.report.health import format_concerns, serialize_concerns
    from rowkeep.workflows.verification.verify import verify_structure

    from_file = _from_file(expected_file) if expected_file else None
    with connection_string(context) as conninfo:
        result = verify_structure(conninfo, expected=from_file, accept=accept, always_read=bool(save_file))
    expected, current, differences = result.expected, result.structure, result.differences
    if save_file and current is not None:
        _save(save_file, structure.format_structure(current))
    text = _describe_result(expected, differences, current, accept)
    state = format_concerns(result.concerns)
    context.answer(
        f"{text}\n\n{state}" if state else text,
        items=len(current.items) if current else None,
        digest=current.digest if current else None,
        expected={"source": expected.source, "at": expected.at, "digest": expected.structure.digest}
        if expected
        else None,
        differences=serialize_differences(differences),
        concerns=serialize_concerns(result.concerns),
        saved=save_file,
        accepted=accept,
    )
    return OK if result.ok else REFUSED


def _describe_result(
    expected: ExpectedStructure | None,
    differences: tuple[Difference, ...],
    current: Structure | None,
    accepted: str | None,
) -> str:
    from rowkeep.domain.count import count_text
    from rowkeep.report.differences import format_differences

    items = count_text(len(current.items), "item") if current else "not read"
    if accepted is not None:
        return f"the current structure ({items}) is now the expected one"
    if expected is None:
        return (
            "there is no expected structure: no deploy has saved one here\n"
            "  rowkeep verify --accept REASON   makes the current one the expected one"
        )
    against = (
        f"{expected.source}, {expected.at.replace('T', ' ').removesuffix('Z')}" if expected.at else expected.source
    )
    if not differences:
        return f"the structure ({items}) is as expected ({against})"
    return f"the structure is not as expected ({against})\n{format_differences(differences)}"


def _from_file(path: str) -> ExpectedStructure:
    from rowkeep import structure
    from rowkeep.domain.schema.structure import ExpectedStructure

    try:
        text = Path(path).read_text("utf-8", "surrogatepass")
    except OSError as error:
        raise Misused(
            "cannot read the file with the expected structure",
            code=ErrorCode.FILE_NOT_READABLE,
            where=path,
            why=error.strerror,
        ) from None
    return ExpectedStructure(structure.parse_structure(text, path), path, "")


def _save(path: str, text: str) -> None:
    from rowkeep.files.filesystem.write import write_output

    write_output(path, text, errors="surrogatepass")
