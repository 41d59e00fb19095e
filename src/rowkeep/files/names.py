"""Names of new migrations: the words of the user, and a prefix that sorts last."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused
from rowkeep.files.order import numeric_prefix, prefix_number, sort_names

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_FORBIDDEN = {
    "/": "it would be another directory",
    "'": "node-pg-migrate cannot record it",
    "\\": "it is not portable",
}


def make_slug(words: Sequence[str]) -> str:
    """The words joined by hyphens, as in node-pg-migrate: blanks and underscores become hyphens. Raises Misused."""
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
                f"the name of a migration cannot contain {sign}",
                code=ErrorCode.MIGRATION_NAME_INVALID,
                where=name,
                why=why,
            )
    unprintable = next((sign for sign in name if not sign.isprintable() or "\ud800" <= sign <= "\udfff"), None)
    if unprintable is not None:
        raise Misused(
            "the name of the migration has an unprintable character",
            code=ErrorCode.MIGRATION_NAME_INVALID,
            where=repr(name),
        )
    return name


def make_prefix(moment: datetime, present: Iterable[str]) -> str:
    """The prefix of a migration created at `moment`, greater than that of every file in `present`.

    Milliseconds since 1970, or a date of 14 or 17 digits if the last file has one.
    """
    # Compared in file order: JavaScript reads different long prefixes as the same number.
    last = next(reversed(sort_names(name for name in present if not math.isnan(prefix_number(name)))), "")
    length = len(numeric_prefix(last))
    if length in (14, 17):
        prefix = moment.strftime("%Y%m%d%H%M%S%f")[:length]
        # If the clock is behind the last file, continue from its number, even past the end of a minute.
        return prefix if prefix_number(prefix) > prefix_number(last) else str(int(numeric_prefix(last)) + 1)
    prefix = str((moment - EPOCH) // timedelta(milliseconds=1))
    return (
        prefix
        if not last or prefix_number(prefix) > prefix_number(last)
        else f"{int(numeric_prefix(last)) + 1:0{length}}"
    )
