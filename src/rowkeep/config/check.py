"""Checks a configuration file: known settings of the right type, at the top level or in a named environment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rowkeep.config.document import Path, TomlDocument
from rowkeep.config.settings import OTHER_VARIABLES, TABLE, SettingRow
from rowkeep.config.values import WrongValue, check_value
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused

ENVIRONMENTS = "environments"
RULES = "rules"


def setting_paths(row: SettingRow, environment: str | None) -> Iterator[Path]:
    """The possible paths of a setting: the environment's table first; with hyphens or underscores."""
    spellings = (row.keys, tuple(key.replace("-", "_") for key in row.keys))
    if environment is not None and row.name != "environment":
        yield from ((ENVIRONMENTS, environment, *keys) for keys in spellings)
    yield from spellings


def check_document(document: TomlDocument) -> None:
    """Check the file. Raises Misused with the place of an unknown or wrong setting."""
    at_the_top = {path: row for row in TABLE for path in setting_paths(row, None)}
    within = {path: row for path, row in at_the_top.items() if row.name != "environment"}
    for path, value in _written_keys(document.table):
        named = path[0] == ENVIRONMENTS
        inner = path[2:] if named else path
        row = (within if named else at_the_top).get(inner)
        if row is None:
            raise _unknown(document, path, inner, named)
        try:
            check_value(row, value)
        except WrongValue as error:
            raise _refuse(document, path, f"{row.key}: {error}") from None


def _written_keys(table: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """Every key of the file that should be a setting."""
    for key, value in table.items():
        if key != ENVIRONMENTS or not isinstance(value, Mapping):
            yield from _settings((), key, value)
            continue
        for name, within in value.items():
            if not isinstance(within, Mapping):
                yield (ENVIRONMENTS, name), within
                continue
            for inner, inner_value in within.items():
                yield from _settings((ENVIRONMENTS, name), inner, inner_value)


def _settings(path: Path, key: str, value: Any) -> Iterator[tuple[Path, Any]]:
    if key == RULES and isinstance(value, Mapping):
        yield from (((*path, RULES, inner), inner_value) for inner, inner_value in value.items())
    else:
        yield (*path, key), value


def _unknown(document: TomlDocument, path: Path, inner: Path, named: bool) -> Misused:
    if not inner or inner in ((ENVIRONMENTS,), (RULES,)):
        return _refuse(document, path, f"{path[-1]}: it should be a table")
    known = [row.key for row in TABLE if not (named and row.name == "environment")]
    name = ".".join(inner)
    tables = [RULES] if named else [RULES, ENVIRONMENTS]
    hints = suggest_closest(name.replace("_", "-"), [*known, *tables])
    why = None if hints else f"the settings are {', '.join(known)}"
    return _refuse(document, path, f"unknown setting “{name}”", why, hints)


def _refuse(
    document: TomlDocument, path: Path, what: str, why: str | None = None, instead: tuple[str, ...] = ()
) -> Misused:
    span = document.span(path)
    return Misused(
        what,
        code=ErrorCode.SETTING_INVALID,
        where=document.place(path),
        why=why,
        excerpt=document.source.excerpt(span),
        instead=instead,
    )


def suggest_closest(name: str, known: Iterable[str], before: str = "") -> tuple[str, ...]:
    """`did you mean …?`, or empty if nothing is similar."""
    import difflib

    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return (f"did you mean {before}{found[0]}?",) if found else ()


def find_unknown_variables(environ: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Unknown `ROWKEEP_…` variables, each with the hint of `suggest_closest` ('' for none)."""
    known = {row.variable for row in TABLE if row.variable} | OTHER_VARIABLES.keys()
    strange = sorted(name for name in environ if name.startswith("ROWKEEP_") and name not in known)
    return tuple((name, next(iter(suggest_closest(name, known)), "")) for name in strange)
