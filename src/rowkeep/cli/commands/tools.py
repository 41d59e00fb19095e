"""`rowkeep tools`: PostgreSQL's programs of every major: which are here, fetch one, where one is."""

from __future__ import annotations

import click

from rowkeep.cli.context import CommandContext
from rowkeep.cli.context import command as declared
from rowkeep.knowledge.program_locations import COMING, MAJORS


class MajorParam(click.ParamType[int]):
    """A major that Rowkeep supports; `17.4` means 17."""

    name = "major"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        first = str(value).split(".")[0]
        if not first.isdecimal() or int(first) not in MAJORS:
            if first.isdecimal() and int(first) == COMING:
                from rowkeep.report.tools import describe_download

                self.fail(describe_download(COMING), param, ctx)
            self.fail(f"{value!r} is not one of the supported majors: {', '.join(map(str, MAJORS))}", param, ctx)
        return int(first)


@declared("list", help="Every PostgreSQL program directory of this system, and what can be fetched.")
def show(context: CommandContext) -> int:
    from rowkeep.programs import cache, fetch, find_programs
    from rowkeep.programs.obtain import probe_zstd
    from rowkeep.report.tools import describe_download, format_programs, serialize_programs, serialize_wheel

    kept = [one for one in map(fetch.find_cached, reversed(MAJORS)) if one is not None]
    found = [probe_zstd(one) for one in (*find_programs(pg_bin=context.settings.pg_bin), *kept)]
    have = {one.version.major for one in kept}
    wheels = [one for one in map(fetch.pinned_wheel, MAJORS) if one is not None and one.version.major not in have]
    place = str(cache.cache_directory())
    context.note(describe_download(COMING))
    context.answer(
        format_programs(found, wheels, place),
        programs=[serialize_programs(one) for one in found],
        fetchable=[serialize_wheel(one) for one in wheels],
        cache=place,
    )
    return 0


@declared("install", help="Fetch the programs of MAJOR (14 to 18) into the cache, as an ordinary user.")
@click.argument("majors", metavar="MAJOR...", nargs=-1, required=True, type=MajorParam())
@click.option("--from", "file", metavar="FILE", help="Take this wheel, for a machine without a network.")
def install(context: CommandContext, *, majors: tuple[int, ...], file: str | None) -> int:
    from rowkeep.domain.error_code import ErrorCode
    from rowkeep.errors import Misused
    from rowkeep.programs.fetch import fetch_programs
    from rowkeep.report.tools import serialize_programs

    if file is not None and len(majors) > 1:
        raise Misused(
            "--from is one major's file", code=ErrorCode.INVALID_USAGE, why=f"asked for {', '.join(map(str, majors))}"
        )
    got = [fetch_programs(major, emit=context.emit, file=file) for major in majors]
    context.answer(
        "\n".join(f"PostgreSQL {one.version} is in {one.directory}, checked" for one in got),
        programs=[serialize_programs(one) for one in got],
    )
    return 0


@declared("path", help="The directory of the programs that Rowkeep takes for MAJOR; never fetches.")
@click.argument("major", type=MajorParam())
def path(context: CommandContext, *, major: int) -> int:
    from rowkeep.programs import obtain_programs
    from rowkeep.report.tools import serialize_programs

    got = obtain_programs(major, pg_bin=context.settings.pg_bin, fetch=False)
    context.answer(got.directory, **serialize_programs(got))
    return 0


command = click.Group("tools", commands=[show, install, path], help="PostgreSQL's programs of every major.")
