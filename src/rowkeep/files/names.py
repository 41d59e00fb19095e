"""The name of a new migration: the words of the user, and a prefix that makes it the last in the order."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused
from rowkeep.files.order import EPOCH, numeric_prefix, prefix_number, sort_names

_FORBIDDEN = {
    "/": "it would be another directory",
    "'": "node-pg-migrate cannot record it",
    "\\": "it is not portable",
}


def make_slug(words: Sequence[str]) -> str:
    """Words joined by hyphens, as node-pg-migrate joins them: blanks and underscores become one. Raises Misused."""
    name = re.sub(r"[ _]+", "-", "-".join(words)).strip("-")
    if not re.search(r"\w", name):
        raise Misused(
            "a migration needs a name",
            code=ErrorCode.MIGRATION_NAME_INVALID,
            instead=("rowkeep create add phone to users",),
        )
    for sign, why in _FORBIDDEN.items():
        if sign in name:
            raise Misused(
                f"a migration's name cannot contain {sign}", code=ErrorCode.MIGRATION_NAME_INVALID, where=name, why=why
            )
    strange = next((sign for sign in name if not sign.isprintable() or "\ud800" <= sign <= "\udfff"), None)
    if strange is not None:
        raise Misused(
            "the migration's name has a character that cannot be printed",
            code=ErrorCode.MIGRATION_NAME_INVALID,
            where=repr(name),
        )
    return name


def make_prefix(moment: datetime, present: Iterable[str]) -> str:
    """The prefix of a migration made at `moment`, greater than that of every file in `present`.

    Milliseconds since 1970, or a date of 14 or 17 digits where the last file has one.
    """
    # By the whole order: prefixes of many digits can be one number, as JavaScript has them, and still not the same.
    last = next(reversed(sort_names(name for name in present if not math.isnan(prefix_number(name)))), "")
    length = len(numeric_prefix(last))
    if length in (14, 17):
        shown = moment.strftime("%Y%m%d%H%M%S%f")[:length]
        # A clock that is behind the last file: its number counts on, even past the end of a minute.
        return shown if prefix_number(shown) > prefix_number(last) else str(int(numeric_prefix(last)) + 1)
    shown = str((moment - EPOCH) // timedelta(milliseconds=1))
    return (
        shown
        if not last or prefix_number(shown) > prefix_number(last)
        else f"{int(numeric_prefix(last)) + 1:0{length}}"
    )
