"""Names for migrations that must run directly after another one, and before the next."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from pathlib import PurePath

from rowkeep.errors import Misused
from rowkeep.files.layouts.node_pg_migrate import LONGEST_NAME
from rowkeep.files.order import number, ordered, prefix

_LAYOUTS = ("node-pg-migrate", "plain")


def following(file: str, words: Sequence[str], present: Collection[str], layout: str) -> tuple[str, ...]:
    """File names that sort directly behind `file` among `present`, one a word: the number in front counts on.

    Where the next migration leaves no number free, the same number stands in front of a longer name. Raises Misused
    where neither keeps the order, or where history could not hold the name.
    """
    if not words:
        return ()
    if layout not in _LAYOUTS:
        raise Misused(f"a migration cannot be cut in the layout of {layout}", where=file)
    stem, digits = PurePath(file).stem, prefix(file)
    rest = stem[len(digits) :]
    numbered = (
        [f"{int(digits) + step:0{len(digits)}}{rest}-{word}.sql" for step, word in enumerate(words, 1)]
        if (digits and rest[:1] in ("_", "-"))
        else []
    )
    # The order compares whole names: what is added must sort behind `.sql`, in bytes and in letters.
    suffixed = [f"{stem}_then-{step}-{word}.sql" for step, word in enumerate(words, 2)]
    taken = {number(name) for name in present}
    for names in (numbered, suffixed):
        free = names is suffixed or not any(math.isnan(number(name)) or number(name) in taken for name in names)
        if names and free and _fits(file, names, present, layout):
            return tuple(names)
    raise Misused("there is no room for a migration behind this one", where=file)


def _fits(file: str, names: Sequence[str], present: Collection[str], layout: str) -> bool:
    if any(len(name) - len(".sql") > LONGEST_NAME or len(name.encode()) > 255 or name in present for name in names):
        return False
    first, last = number(file), number(names[-1])
    # What surely stands before or behind all of them need not be compared.
    near = [name for name in present if layout == "plain" or not (number(name) < first or number(name) > last)]
    together = [*near, *names]
    sorted_names = sorted(together, key=lambda name: name.encode()) if layout == "plain" else ordered(together)
    at = sorted_names.index(file)
    return sorted_names[at + 1 : at + 1 + len(names)] == list(names)
