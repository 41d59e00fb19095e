"""Installed and downloadable PostgreSQL programs, as text and JSON."""

from __future__ import annotations

from collections.abc import Sequence

from rowkeep.domain.deploy.program import Programs
from rowkeep.knowledge.program_locations import CLIENT, MAJORS, SERVER, Wheel
from rowkeep.report.events import format_bytes
from rowkeep.report.text.visible import join_lines


def format_programs(installed: Sequence[Programs], wheels: Sequence[Wheel], cache: str) -> str:
    """One line per directory, then what can be downloaded."""
    rows = [("PostgreSQL", "from", "programs", "directory")]
    rows += [
        (str(programs.version), programs.origin, describe_contents(programs), programs.directory)
        for programs in installed
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join((*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3])) for row in rows
    ]
    if not installed:
        lines = ["no PostgreSQL programs found on this system"]
    if wheels:
        versions = ", ".join(f"{wheel.version} ({format_bytes(wheel.size)})" for wheel in wheels)
        lines += ["", f"downloaded when needed, with pinned hashes: {versions}"]
    lines.append(f"downloads are kept in {cache}")
    return join_lines(lines)


def describe_contents(programs: Programs) -> str:
    """What the directory can be used for: backups (`client`), throw-away servers (`server`), and zstd."""
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
    """A wheel that can be downloaded."""
    return {
        "version": str(wheel.version),
        "major": wheel.version.major,
        "file": wheel.file,
        "bytes": wheel.size,
        "sha256": wheel.sha256,
    }


def describe_download(major: int) -> str:
    """What does not work for a major newer than those that Rowkeep expects."""
    return (
        f"PostgreSQL {major}: there is no parser and no wheel with its programs yet. Statements that are new in it "
        f"are named but not analyzed; everything else is analyzed as for {MAJORS[-1]}"
    )
