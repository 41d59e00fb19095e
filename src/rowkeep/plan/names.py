"""A name as a person types it -> the migration that is meant, or a refusal with what may be meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.migration import Migration
from rowkeep.errors import Misused

COUNT_DIGITS = 7
"""A number of more digits is a timestamp that somebody forgot to finish, not a count of migrations."""


def parse_target(word: str | None) -> tuple[int | None, str | None]:
    """`3` is a count, `1700000000000_add-users` a name, nothing is neither. Raises Misused for `-1` and `1.5`."""
    if word is None:
        return None, None
    if re.fullmatch(r"[0-9]+", word):
        return (int(word), None) if len(word) <= COUNT_DIGITS else (None, word)
    if re.fullmatch(r"[-+]?[0-9]*\.?[0-9]+", word):
        raise Misused(
            f"{word!r} is neither a count nor the name of a migration",
            code=ErrorCode.UNKNOWN_MIGRATION,
            instead=("rowkeep status",),
        )
    return None, word


def find_migration(word: str, names: Sequence[str], migrations: Sequence[Migration]) -> str:
    """The one name that `word` means: a name, a file name, or a path. Raises Misused with what may be meant."""
    files = {migration.path.rsplit("/", 1)[-1]: migration.name for migration in migrations}
    last = word.rsplit("/", 1)[-1]
    for candidate in (word, files.get(last, ""), last):
        if candidate in names:
            return candidate
    close = get_close_matches(last, names, n=3, cutoff=0.6) or [name for name in names if last and last in name][:3]
    raise Misused(
        f"no migration is called {word!r}",
        code=ErrorCode.UNKNOWN_MIGRATION,
        why=f"did you mean {' or '.join(close)}?" if close else None,
        instead=("rowkeep status",),
    )
