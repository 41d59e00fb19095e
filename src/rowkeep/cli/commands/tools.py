"""`rowkeep tools`: lists, installs and locates the PostgreSQL programs of every major."""

from __future__ import annotations

import click

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.declare_command import declare_command
from rowkeep.knowledge.program_locations import COMING, MAJORS


class MajorParam(click.ParamType[int]):
    """A supported major; `17.4` means 17."""

    name = "major"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        first = str(value).split(".")[0]
        if not first.isdecimal() or int(first) not in MAJORS:
            if first.isdecimal() and int(first) == COMING:
                from rowkeep.report.tools import describe_download

                self.fail(describe_download(COMING), param, ctx)
            self.fail(f"{value!r} is not one of the supported majors: {', '.join(map(str, MAJORS))}", param, ctx)
        return int(first)


@declare_command("list", help="List the PostgreSQL program directories of this system, and what can be downloaded.")
def show(context: CommandContext) -> int:
    from rowkeep.programs import cache, fetch, find_programs
    from rowkeep.programs.obtain import probe_zstd
    from rowkeep.report.tools import describe_download, format_programs, serialize_programs, serialize_wheel

    cached = [programs for programs in map(fetch.find_cached, reversed(MAJORS)) if programs is not None]
    installed = [probe_zstd(programs) for programs in (*find_programs(pg_bin=context.settings.pg_bin), *cached)]
    cached_majors = {programs.version.major for programs in cached}
    wheels = [
        wheel
        for wheel in map(fetch.pinned_wheel, MAJORS)
        if wheel is not None and wheel.version.major not in cached_majors
    ]
    place = str(cache.cache_directory())
    context.note(describe_download(COMING))
    context.answer(
        format_programs(installed, wheels, place),
        programs=[serialize_programs(programs) for programs in installed],
        fetchable=[serialize_wheel(wheel) for wheel in wheels],
        cache=place,
    )
    return 0


@declare_command("install", help="Download the programs of MAJOR (14 to 18) into the cache. Needs no root.")
@click.argument("majors", metavar="MAJOR...", nargs=-1, required=True, type=MajorParam())
@click.option("--from", "file", metavar="FILE", help="Use this wheel, for a machine without a network.")
def install(context: CommandContext, *, majors: tuple[int, ...], file: str | None) -> int:
    from rowkeep.domain.error_code import ErrorCode
    from rowkeep.errors import Misused
    from rowkeep.programs.fetch import fetch_programs
    from rowkeep.report.tools import serialize_programs

    if file is not None and len(majors) > 1:
        raise Misused(
            "--from names the file of one major",
            code=ErrorCode.INVALID_USAGE,
            why=f"requested {', '.join(map(str, majors))}",
        )
    downloaded = [fetch_programs(major, emit=context.emit, file=file) for major in majors]
    context.answer(
        "\n".join(f"PostgreSQL {programs.version} is in {programs.directory}, checked" for programs in downloaded),
        programs=[serialize_programs(programs) for programs in downloaded],
    )
    return 0


@declare_command("path", help="Show the directory of the programs that Rowkeep uses for MAJOR. Never downloads.")
@click.argument("major", type=MajorParam())
def path(context: CommandContext, *, major: int) -> int:
    from rowkeep.programs import obtain_programs
    from rowkeep.report.tools import serialize_programs

    programs = obtain_programs(major, pg_bin=context.settings.pg_bin, fetch=False)
    context.answer(programs.directory, **serialize_programs(programs))
    return 0


command = click.Group("tools", commands=[show, install, path], help="Find or download the PostgreSQL programs.")
