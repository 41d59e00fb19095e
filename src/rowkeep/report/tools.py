"""The PostgreSQL programs that are here, and those that can be fetched, in words and as data."""

from __future__ import annotations

from collections.abc import Sequence

from rowkeep.domain.deploy.program import Programs
from rowkeep.knowledge.program_locations import CLIENT, MAJORS, SERVER, Wheel
from rowkeep.report.events import format_bytes
from rowkeep.report.text.visible import join_lines


def format_programs(found: Sequence[Programs], wheels: Sequence[Wheel], cache: str) -> str:
    """One line for each directory, and one for what is not here yet."""
    rows = [("PostgreSQL", "from", "programs", "directory")]
    rows += [(str(one.version), one.origin, describe_contents(one), one.directory) for one in found]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join((*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3])) for row in rows
    ]
    if not found:
        lines = ["no PostgreSQL programs are on this system"]
    if wheels:
        versions = ", ".join(f"{one.version} ({format_bytes(one.size)})" for one in wheels)
        lines += ["", f"fetched when needed, by pinned hash: {versions}"]
    lines.append(f"kept in {cache}")
    return join_lines(lines)


def describe_contents(programs: Programs) -> str:
    """What the directory is good for: backups (`client`), servers of our own (`server`), and zstd."""
    words = []
    if programs.names.issuperset(CLIENT):
        words.append("client")
    if programs.names.issuperset(SERVER):
        words.append("server")
    if not words:
        words.append(" ".join(sorted(programs.names)))
    return ", ".join((*words, "zstd") if programs.zstd else words)


def serialize_programs(programs: Programs) -> dict[str, object]:
    """The same for `--output-format json`."""
    return {
        "version": str(programs.version),
        "major": programs.version.major,
        "directory": programs.directory,
        "origin": programs.origin,
        "names": sorted(programs.names),
        "zstd": programs.zstd,
    }


def serialize_wheel(wheel: Wheel) -> dict[str, object]:
    """A wheel that can be fetched."""
    return {
        "version": str(wheel.version),
        "major": wheel.version.major,
        "file": wheel.file,
        "bytes": wheel.size,
        "sha256": wheel.sha256,
    }


def describe_download(major: int) -> str:
    """What is missing of a major that is newer than those that Rowkeep knows."""
    return (
        f"PostgreSQL {major}: there is no parser and no wheel with its programs yet: statements that only it has are "
        f"named and not judged, everything else is judged as for {MAJORS[-1]}"
    )
