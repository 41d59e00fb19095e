"""What the name of an SQL file says beside its own name: the direction it runs in, the database it was written for."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.late_regex import compile_later

DOWN_WORDS = frozenset(
    {
        *("down", "undo", "rollback", "revert", "downgrade", "backout", "unapply"),
        *("backward", "backwards", "unmigrate", "undeploy"),
    }
)
"""Last or first in a name, these say that the file takes something back."""

UP_WORDS = frozenset({"up", "do", "deploy", "apply", "upgrade", "forward", "forwards", "migrate", "create", "install"})
"""What the other half of such a pair is called, where it is called anything."""

_PAIRED_DOWN_WORDS = DOWN_WORDS | {"drop", "uninstall", "reverse", "remove"}
"""Words that also occur in ordinary names (`0042_drop`): they count only where the other half lies beside the file."""

POSTGRES = frozenset({"postgres", "postgresql", "pg", "pgsql", "psql"})
OTHER_DATABASES = frozenset(
    {
        *("mysql", "mysql5", "mysql8", "mariadb", "sqlite", "sqlite3", "cockroach", "cockroachdb", "crdb", "mssql"),
        *("sqlserver", "oracle", "h2", "db2", "derby", "hsqldb", "clickhouse", "spanner", "duckdb", "redshift"),
        *("snowflake", "tidb", "yugabyte"),
    }
)
ANY_DATABASE = frozenset({"all", "any", "common"})

_SQL = compile_later(r"\.sql$", re.IGNORECASE)
_SEPARATOR = compile_later(r"[._\- ]+")
_HUMP = compile_later(r"(?<=[a-z0-9])(?P<word>Up|Down|Undo|Rollback|RollBack|Revert)$")
_FLYWAY = compile_later(r"^(?P<letter>[uUvV])(?=[0-9])")
_FLYWAY_UNDO = compile_later(r"^[uU][0-9]+(?:[._][0-9]+)*__")
_HINT = compile_later(
    "|".join([*sorted(_PAIRED_DOWN_WORDS), "roll[._ -]?back", "^u[0-9]"]),
    re.IGNORECASE,
)
_HINT_WORDS = (*sorted(_PAIRED_DOWN_WORDS), "roll")
_UNDO_NAME = compile_later(r"^u[0-9]", re.MULTILINE)
_UP_HINT = compile_later("|".join(sorted(UP_WORDS)), re.IGNORECASE)
_NUMBER = compile_later(r"^[a-z]{0,2}[0-9][0-9.]*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a name, and what stands before it (`.`, `_` …; '' for the first)."""

    before: str
    text: str


def file_stem(name: str) -> str:
    """The name without `.sql` in any case."""
    return _SQL.sub("", name)


def is_sql(name: str) -> bool:
    """Whether the name ends in `.sql`, in any case."""
    return _SQL.search(name) is not None


def split_words(text: str) -> list[Word]:
    """The words of a name with what separates them."""
    found: list[Word] = []
    at, before = 0, ""
    for match in _SEPARATOR.finditer(text):
        found.append(Word(before, text[at : match.start()]))
        before, at = match.group(), match.end()
    found.append(Word(before, text[at:]))
    return [word for word in found if word.text]


def join_words(parts: Iterable[Word]) -> str:
    """The name that these words make."""
    rest = list(parts)
    return "".join([rest[0].text, *(word.before + word.text for word in rest[1:])]) if rest else ""


def drop_direction(name: str, direction_words: frozenset[str]) -> dict[str, bool]:
    """Every way to take one of `direction_words` out of the name: what is left -> whether it stood for sure for that.

    For sure: the last word, the first word, or a word between two dots; in the middle of a name, or at the end of a
    word (`StartDown`), it may be a part of the name.
    """
    text = file_stem(name)
    parts = split_words(text)
    found: dict[str, bool] = {}
    if len(parts) > 1 and _word(parts[-2]) + _word(parts[-1]) == "rollback" and "rollback" in direction_words:
        found[join_words(parts[:-2])] = True
    for at, word in enumerate(parts):
        if _word(word) not in direction_words:
            continue
        dotted = word.before == "." and at + 1 < len(parts) and parts[at + 1].before == "."
        # `0042_revert_index` goes forward and says what it does; `0042_index_revert` and `revert_0042` do not.
        sure = at == len(parts) - 1 or dotted or (at == 0 and not _NUMBER.match(parts[0].text))
        rest = join_words([*parts[:at], *parts[at + 1 :]])
        found[rest] = found.get(rest, False) or sure
    hump = _HUMP.search(text)
    if hump is not None and hump["word"].lower() in direction_words:
        found.setdefault(text[: hump.start()], False)
    return found


def _word(word: Word) -> str:
    return word.text.casefold()


def _key(text: str) -> str:
    """One spelling for names that differ in case and separators only."""
    return _SEPARATOR.sub("_", text.casefold()).strip("_")


def _may_hint(names: list[str]) -> bool:
    """Whether `_HINT` may match one of the names; a search for plain words takes a tenth of its time."""
    text = "\n".join(names)
    if not text.isascii():
        return any(map(_HINT.search, names))
    text = text.lower()
    return any(word in text for word in _HINT_WORDS) or _UNDO_NAME.search(text) is not None


def find_down_files(names: Iterable[str]) -> Mapping[str, str | None]:
    """The SQL files among `names` that take something back -> the file they undo, None where there is none.

    A name that says so for sure counts by itself; one that may say so, only where the other half lies beside it.
    """
    every = [name for name in names if is_sql(name)]
    if not _may_hint(every):
        return {}
    ups: dict[str, str] = {}
    for name in every:
        for rest in drop_direction(name, UP_WORDS) if _UP_HINT.search(name) else ():
            ups.setdefault(_key(rest), name)
    # The whole name stands for itself before any reading of it does.
    ups.update({_key(file_stem(name)): name for name in every})
    found: dict[str, str | None] = {}
    for name in filter(_HINT.search, every):
        letter = _FLYWAY.match(name)
        if letter is not None and letter["letter"] in "uU":
            partner = ups.get(_key("v" + file_stem(name)[1:]))
            if partner is not None or _FLYWAY_UNDO.match(name):
                found[name] = partner
            continue
        partners = (ups.get(_key(rest)) for rest in drop_direction(name, _PAIRED_DOWN_WORDS))
        partner = next((partner for partner in partners if partner is not None and partner != name), None)
        if partner is not None or any(drop_direction(name, DOWN_WORDS).values()):
            found[name] = partner
    return {name: None if partner in found else partner for name, partner in found.items()}


def up_file_name(name: str, paired: bool) -> str:
    """What the migration of an up file is called: without `.sql`, and without `up` where its other half has `down`."""
    found = drop_direction(name, UP_WORDS) if paired else {}
    return next((rest for rest, sure in found.items() if sure and rest), file_stem(name))


@functools.lru_cache(10_000)
def database_of_name(name: str) -> tuple[str | None, str]:
    """The database that a word between dots names (`0001_a.mysql.up.sql`), and the name without that word.

    `postgres` for every spelling of it, '' for all databases, None where none is named.
    """
    parts = split_words(file_stem(name))
    for at in range(len(parts) - 1, 0, -1):
        word = _word(parts[at])
        if parts[at].before != "." or word not in POSTGRES | OTHER_DATABASES | ANY_DATABASE:
            continue
        if at + 1 < len(parts) and parts[at + 1].before != ".":
            continue
        rest = join_words([*parts[:at], *parts[at + 1 :]]) + name[len(file_stem(name)) :]
        return ("postgres" if word in POSTGRES else "" if word in ANY_DATABASE else word), rest
    return None, name


def version_of(name: str) -> tuple[float, tuple[int, ...], str]:
    """A key to sort by: the number in front (after `V` or another letter, with dots), names without one last."""
    match = re.match(r"^[A-Za-z]?(?P<number>[0-9]+(?:\.[0-9]+)*)", name)
    if match is None:
        return 1, (), name
    return 0, tuple(int(part) for part in match["number"].split(".")), name
