"""Finds and reads the configuration: `rowkeep.toml`, `[tool.rowkeep]` in `pyproject.toml`, `.env`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rowkeep.config import Settings, resolve_settings
from rowkeep.config.document import TomlDocument, parse_toml
from rowkeep.config.dotenv import NOTHING, Dotenv, parse_dotenv
from rowkeep.config.resolve import choose_environment, find_env_file
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused
from rowkeep.files.filesystem.regular import LARGEST_SETTINGS, exists, read_regular
from rowkeep.files.project.trust import is_trusted, permit_settings, root_of

FILE = "rowkeep.toml"
PROJECT = "pyproject.toml"
PREFIX = ("tool", "rowkeep")
VARIABLE = "ROWKEEP_CONFIG"


def load_settings(
    flags: Mapping[str, str | None], environ: Mapping[str, str], directory: Path | None = None
) -> Settings:
    """Read the configuration, from `directory` (default: the current one) upward, and resolve it.

    The search for a file ends at the root of the repository (a directory with `.git`) or of the disk. Raises Misused
    for a file that is named and missing, unreadable, or wrong.
    """
    named = flags.get("config_file") or environ.get(VARIABLE)
    found = _read_named(named) if named else _search(is_trusted(environ), directory)
    start = Path(found.source.path).parent.as_posix() if found else (directory or Path()).as_posix()
    chosen, _ = choose_environment(flags, environ, found)
    given, must_exist = find_env_file(environ, found, chosen, start)
    named_by_user = bool(environ.get("ROWKEEP_ENV_FILE")) or is_trusted(environ)
    dotenv = _dotenv(given, must_exist, None if named_by_user else root_of(found, directory))
    return permit_settings(resolve_settings(flags, environ, found, dotenv, start=start), environ, found, directory)


def _read_named(path: str) -> TomlDocument:
    text = _text(path, True)
    prefix = PREFIX if Path(path).name == PROJECT else ()
    found = parse_toml(path, text or "", prefix)
    if found is None:
        raise Misused(
            "the file has no table [tool.rowkeep]",
            code=ErrorCode.CONFIG_INVALID,
            where=path,
            instead=("rowkeep init",),
        )
    return found


def _search(trust: bool, start: Path | None) -> TomlDocument | None:
    here = Path.cwd() if start is None else start.absolute()
    root = root_of(None, start)
    for steps, directory in enumerate((here, *here.parents)):
        up = "/".join([*(() if start is None else (start.as_posix(),)), *[".."] * steps])
        own = f"{up}/{FILE}" if up else FILE
        # Without a repository the search continues upward; a file there belongs to its own directory.
        within = None if trust else root if directory.is_relative_to(root) else directory
        text = _text(own, False, within)
        if text is not None:
            return parse_toml(own, text)
        project = f"{up}/{PROJECT}" if up else PROJECT
        text = _text(project, False, within)
        # Most pyproject.toml files do not mention us, so parse only if needed.
        if text is not None and "rowkeep" in text:
            found = parse_toml(project, text, PREFIX)
            if found is not None:
                return found
        if exists(directory / ".git"):
            return None
    return None


def _dotenv(path: str, must_exist: bool, within: Path | None) -> Dotenv:
    text = _text(path, must_exist, within)
    return NOTHING if text is None else parse_dotenv(path, text)


def _text(path: str, must_exist: bool, within: Path | None = None) -> str | None:
    """The text of a file. within: where it must lie, where it is not the user who names it."""
    try:
        return (
            read_regular(Path(path), within=within, largest=LARGEST_SETTINGS)
            .removeprefix(b"\xef\xbb\xbf")
            .decode("utf-8")
        )
    except (FileNotFoundError, NotADirectoryError):
        if must_exist:
            raise Misused(
                "the configuration file does not exist", code=ErrorCode.CONFIG_NOT_FOUND, where=path
            ) from None
        return None
    except UnicodeDecodeError as error:
        raise Misused(
            "the configuration file is not UTF-8", code=ErrorCode.CONFIG_INVALID, where=path, why=error.reason
        ) from None
    except OSError as error:
        raise Misused(
            "the configuration file cannot be read", code=ErrorCode.FILE_NOT_READABLE, where=path, why=error.strerror
        ) from None
