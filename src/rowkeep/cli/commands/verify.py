"""`rowkeep verify`: the structure against what it should be, and states that no structure tells. Exit 1 on drift."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rowkeep.cli.connection_string import connection_string
from rowkeep.cli.context import CommandContext
from rowkeep.cli.context import command as declared
from rowkeep.cli.exit_codes import OK, REFUSED
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused

if TYPE_CHECKING:
    from rowkeep.domain.schema.structure import Difference, ExpectedStructure, Structure


@declared("verify", help="Compare the structure with the last deploy's, or with a file; exit 1 where it differs.")
@click.option("--expected", "expected_file", metavar="FILE", help="Compare with this file, written by --save.")
@click.option("--save", "save_file", metavar="FILE", help="Write the present structure into a file.")
@click.option("--accept", metavar="REASON", help="From now on the present structure is what it should be.")
def command(context: CommandContext, *, expected_file: str | None, save_file: str | None, accept: str | None) -> int:
    from rowkeep import structure
    from rowkeep.database.catalog import fingerprint, health
    from rowkeep.database.connection.session import connect
    from rowkeep.database.store import expected_structure
    from rowkeep.report.differences import serialize_differences
    from rowkeep.report.health import format_concerns, serialize_concerns

    with connection_string(context) as conninfo, connect(conninfo, application="rowkeep verify") as session:
        wanted = _from_file(expected_file) if expected_file else expected_structure.load_expected(session)
        # A structure of many tables takes its time: not for nothing.
        found = fingerprint.read_structure(session) if wanted or save_file or accept is not None else None
        seen = health.find_health_concerns(session)
        differences = (
            structure.compare_structures(wanted.structure, found) if wanted and found and accept is None else ()
        )
        if accept is not None and found is not None:
            expected_structure.save_expected(session, found, f"accepted: {accept}")
    if save_file and found is not None:
        _save(save_file, structure.format_structure(found))
    told = _find_expected(wanted, differences, found, accept)
    state = format_concerns(seen)
    context.answer(
        f"{told}\n\n{state}" if state else told,
        items=len(found.items) if found else None,
        digest=found.digest if found else None,
        expected={"source": wanted.source, "at": wanted.at, "digest": wanted.structure.digest} if wanted else None,
        differences=serialize_differences(differences),
        concerns=serialize_concerns(seen),
        saved=save_file,
        accepted=accept,
    )
    return REFUSED if differences or any(concern.fault for concern in seen) else OK


def _find_expected(
    wanted: ExpectedStructure | None,
    differences: tuple[Difference, ...],
    found: Structure | None,
    accepted: str | None,
) -> str:
    from rowkeep.domain.count import count_text
    from rowkeep.report.differences import format_differences

    items = count_text(len(found.items), "item") if found else "not read"
    if accepted is not None:
        return f"the present structure ({items}) is what this database should be from now on"
    if wanted is None:
        return (
            "nothing to compare the structure with: no deploy kept one here\n"
            "  rowkeep verify --accept REASON   keeps the present one as right"
        )
    against = f"{wanted.source}, {wanted.at.replace('T', ' ').removesuffix('Z')}" if wanted.at else wanted.source
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
            "the file with the expected structure cannot be read",
            code=ErrorCode.FILE_NOT_READABLE,
            where=path,
            why=error.strerror,
        ) from None
    return ExpectedStructure(structure.parse_structure(text, path), path, "")


def _save(path: str, text: str) -> None:
    from rowkeep.files.filesystem.write import write_output

    write_output(path, text, errors="surrogatepass")
