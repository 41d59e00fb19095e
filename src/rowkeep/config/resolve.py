"""Flags > environment > file > `.env` > defaults, resolved into one frozen Settings.

Reads no file: all texts are parameters.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any

from rowkeep.config.check import ENVIRONMENTS, check_document, setting_paths, suggest_closest
from rowkeep.config.document import Path, TomlDocument
from rowkeep.config.dotenv import NOTHING, Dotenv
from rowkeep.config.libpq import VARIABLES
from rowkeep.config.settings import DEVELOPMENT_DATABASE, ROWS, TABLE, SettingRow, Settings
from rowkeep.config.values import WrongValue, check_value, parse_text
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused


def resolve_settings(
    flags: Mapping[str, str | None],
    environ: Mapping[str, str],
    document: TomlDocument | None = None,
    dotenv: Dotenv = NOTHING,
    *,
    start: str = ".",
) -> Settings:
    """Resolve every setting: the first of flags, environment, file, `.env`, defaults that has a value.

    start: the directory of the project (that of the file), relative to the current one; paths of the file and default
    paths are relative to it. Raises Misused for unknown settings and wrong types.
    """
    if document is not None:
        check_document(document)
    chosen, where = choose_environment(flags, environ, document, dotenv)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    if chosen is not None:
        values["environment"], origins["environment"] = chosen, where
    for row in TABLE:
        if row.name in ("environment", "database"):
            continue
        found = _first(row, flags, environ, document, dotenv, chosen, start)
        if found is not None:
            values[row.name], origins[row.name] = found
    _settle_database(values, origins, flags, environ, document, dotenv, start)
    _settle_schemas(values, origins)
    if "history_schema" not in values and "schemas" in values:
        values["history_schema"] = values["schemas"][0]
        origins["history_schema"] = f"the first of schemas ({origins['schemas']})"
    for row in TABLE:
        if row.name not in origins:
            origins[row.name] = "default"
            if row.path and row.default is not None:
                values[row.name] = posixpath.normpath(posixpath.join(start, row.default))
    libpq = {name: text for name, text in dotenv.values.items() if name in VARIABLES and name not in environ}
    origins |= {name: dotenv.origin(name) for name in libpq}
    return Settings(
        **values,
        development_database=environ.get(DEVELOPMENT_DATABASE) or None,
        config_file=document.source.path if document else None,
        libpq=libpq,
        origins=origins,
    )


def choose_environment(
    flags: Mapping[str, str | None],
    environ: Mapping[str, str],
    document: TomlDocument | None,
    dotenv: Dotenv = NOTHING,
) -> tuple[str | None, str]:
    """The named environment and what named it. Raises Misused if the file has others but not this one."""
    found = _first(ROWS["environment"], flags, environ, document, dotenv, None, ".")
    if found is None:
        return None, "default"
    name, origin = found
    tables = document.table.get(ENVIRONMENTS) if document is not None else None
    known = list(tables) if isinstance(tables, Mapping) else []
    if known and name not in known:
        raise Misused(
            f"there is no environment “{name}”",
            code=ErrorCode.UNKNOWN_ENVIRONMENT,
            where=document.place((ENVIRONMENTS,)) if document else None,
            why=f"named by {origin}; the configuration has {', '.join(known)}",
            instead=suggest_closest(name, known, "--env "),
        )
    return name, origin


def find_env_file(
    environ: Mapping[str, str], document: TomlDocument | None, chosen: str | None, start: str
) -> tuple[str, bool]:
    """The path of the `.env` file, and whether it was named by the user (then it must exist)."""
    row = ROWS["env_file"]
    found = _first(row, {}, environ, document, NOTHING, chosen, start)
    return (str(found[0]), True) if found else (posixpath.normpath(posixpath.join(start, row.default)), False)


def _first(
    row: SettingRow,
    flags: Mapping[str, str | None],
    environ: Mapping[str, str],
    document: TomlDocument | None,
    dotenv: Dotenv,
    chosen: str | None,
    start: str,
) -> tuple[Any, str] | None:
    flag_value = flags.get(row.name)
    if flag_value is not None:
        flag = "--env" if row.name == "environment" else f"--{row.name.replace('_', '-')}"
        return _read(row, flag_value, flag), flag
    if row.variable and environ.get(row.variable):
        origin = f"environment variable {row.variable}"
        return _read(row, environ[row.variable], origin), origin
    if document is not None:
        for path in setting_paths(row, chosen):
            value = _at(document.table, path)
            if value is not None:
                return _of_file(row, value, start), str(document.place(path))
    if row.variable and dotenv.values.get(row.variable):
        origin = dotenv.origin(row.variable)
        return _read(row, dotenv.values[row.variable], origin), origin
    return None


def _settle_database(
    values: dict[str, Any],
    origins: dict[str, str],
    flags: Mapping[str, str | None],
    environ: Mapping[str, str],
    document: TomlDocument | None,
    dotenv: Dotenv,
    start: str,
) -> None:
    """Resolve the database.

    Two different ones for a named environment are refused: the wrong one could be production.
    """
    row, variable = ROWS["database"], values.get("database_url_var", ROWS["database_url_var"].default)
    chosen = values.get("environment")
    found = _first(row, flags, {}, document, NOTHING, chosen, start)
    flag_value = environ.get(variable)
    if flags.get("database") is None and flag_value:
        named = _at(document.table, (ENVIRONMENTS, chosen, "database")) if document and chosen else None
        if named is not None and named != flag_value:
            raise Misused(
                f"two databases for the environment “{chosen}”",
                code=ErrorCode.DATABASE_AMBIGUOUS,
                where=document.place((ENVIRONMENTS, str(chosen), "database")) if document else None,
                why=f"the file names one, the environment variable {variable} another",
                instead=(f"unset {variable}", "rowkeep … --database URL"),
            )
        found = flag_value, f"environment variable {variable}"
    elif found is None and dotenv.values.get(variable):
        found = dotenv.values[variable], dotenv.origin(variable)
    if found is not None:
        values["database"], origins["database"] = found


def _settle_schemas(values: dict[str, Any], origins: dict[str, str]) -> None:
    """`?schema=app` in an address (Prisma) is the search path if no setting defines it."""
    if "schemas" in values or "database" not in values:
        return
    if not re.search("schema|search_path", values["database"], re.IGNORECASE):
        return
    from rowkeep.config.address import UnreadableAddress, parse_address

    try:
        named = parse_address(values["database"]).schema
    except UnreadableAddress:
        # A command that needs the database reports it.
        return
    if named:
        values["schemas"] = tuple(part.strip() for part in named.split(",") if part.strip())
        origins["schemas"] = f"the address ({origins['database']})"


def _at(table: Mapping[str, Any], path: Path) -> Any:
    found: Any = table
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _read(row: SettingRow, text: str, origin: str) -> Any:
    try:
        return parse_text(row, text)
    except WrongValue as error:
        raise Misused(f"{row.key}: {error}", code=ErrorCode.SETTING_INVALID, where=origin) from None


def _of_file(row: SettingRow, value: Any, start: str) -> Any:
    """The value in the file, which `check_document` has checked.

    A relative path is relative to the file's directory.
    """
    value = check_value(row, value)
    if row.path:
        return posixpath.normpath(posixpath.join(start, value))
    if row.name == "database" and value.startswith("embedded:"):
        place = value.removeprefix("embedded:")
        if place and not place.isdigit():
            return "embedded:" + posixpath.normpath(posixpath.join(start, place))
    return value
