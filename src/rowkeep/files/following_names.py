"""Names for migrations that must run directly after another one."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Sequence

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.late_regex import compile_later
from rowkeep.errors import Misused
from rowkeep.files.layouts.node_pg_migrate import LONGEST_NAME
from rowkeep.files.order import numeric_prefix, prefix_number, sort_names

_BY_NUMBER = ("goose", "sqlx", "golang-migrate")
_BY_NAME = ("plain", "dbmate", "supabase")
_FLYWAY = compile_later(r"V(?P<version>[0-9]+(?:[._][0-9]+)*)__(?P<rest>.*)\.sql")
_WHY = {
    "prisma": "a migration of prisma is a folder",
    "diesel": "a migration of diesel is a folder",
    "drizzle": "the journal of drizzle lists its migrations",
    "atlas": "atlas.sum lists the migrations of Atlas",
    "sqitch": "sqitch.plan lists the changes",
    "liquibase": "a migration of Liquibase is a changeset",
    "prisma-next": "a migration of Prisma 8 is a folder",
    "pairs": "up and down parts are two files here",
    "version-folders": "a migration is named by its folder and its file",
}


def names_after(file: str, words: Sequence[str], present: Collection[str], layout: str) -> tuple[str, ...]:
    """File names, one per word, that sort directly after `file` among `present`, with the next numbers.

    If the next migration leaves no number free, the names repeat the number with a longer name, if the layout allows
    that. Raises Misused if neither keeps the order, or the name is too long for the history.
    """
    if not words:
        return ()
    if layout in _WHY:
        raise Misused(
            "a migration in this layout cannot be split",
            code=ErrorCode.LAYOUT_NOT_SUPPORTED,
            where=file,
            why=_WHY[layout],
        )
    for names in _candidates(file, words, present, layout):
        if _fits(file, names, present, layout):
            return tuple(names)
    raise Misused("there is no free name for a migration after this one", code=ErrorCode.NO_FREE_NAME, where=file)


def _candidates(file: str, words: Sequence[str], present: Collection[str], layout: str) -> Iterator[list[str]]:
    flyway = _FLYWAY.fullmatch(file) if layout == "flyway" else None
    if layout == "flyway":
        if flyway is not None:
            stem, rest = flyway["version"], flyway["rest"]
            yield [f"V{stem}.{step}__{rest}-{word}.sql" for step, word in enumerate(words, 1)]
        return
    ending = ".up.sql" if file.endswith(".up.sql") else ".sql"
    stem, digits = file.removesuffix(ending), numeric_prefix(file)
    rest = stem[len(digits) :]
    if digits and rest[:1] in ("_", "-"):
        names = [f"{int(digits) + step:0{len(digits)}}{rest}-{word}{ending}" for step, word in enumerate(words, 1)]
        taken = {prefix_number(name) for name in present}
        if not any(math.isnan(prefix_number(name)) or prefix_number(name) in taken for name in names):
            yield names
    if layout in ("node-pg-migrate", "plain"):
        # The order compares whole names, so the addition must sort after `.sql`, by bytes and by letters.
        yield [f"{stem}_then-{step}-{word}.sql" for step, word in enumerate(words, 2)]


def _fits(file: str, names: Sequence[str], present: Collection[str], layout: str) -> bool:
    if any(len(name) - len(".sql") > LONGEST_NAME or len(name.encode()) > 255 or name in present for name in names):
        return False
    if layout == "flyway":
        own, end = _version(file), _version(names[-1])
        return not any(own < _version(name) <= end for name in present if _FLYWAY.fullmatch(name))
    if layout in _BY_NUMBER:
        # A `.down.sql` has the number of its up file.
        return not any(prefix_number(file) < prefix_number(name) <= prefix_number(names[-1]) for name in present)
    first, last = prefix_number(file), prefix_number(names[-1])
    # Names that certainly come before or after all of them need not be compared.
    near = [
        name
        for name in present
        if layout in _BY_NAME or not (prefix_number(name) < first or prefix_number(name) > last)
    ]
    together = [*near, *names]
    sorted_names = sorted(together, key=lambda name: name.encode()) if layout in _BY_NAME else sort_names(together)
    at = sorted_names.index(file)
    return sorted_names[at + 1 : at + 1 + len(names)] == list(names)


def _version(file: str) -> tuple[int, ...]:
    found = _FLYWAY.fullmatch(file)
    return tuple(int(part) for part in re.split("[._]", found["version"])) if found else ()
