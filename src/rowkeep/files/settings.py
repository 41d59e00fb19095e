"""Finds and reads the configuration: `rowkeep.toml`, `[tool.rowkeep]` in `pyproject.toml`, `.env`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rowkeep.config import Settings, resolve
from rowkeep.config.document import Document, document
from rowkeep.config.dotenv import NOTHING, Dotenv, dotenv
from rowkeep.config.resolve import chosen_environment, env_file
from rowkeep.errors import Misused

FILE = "rowkeep.toml"
PROJECT = "pyproject.toml"
PREFIX = ("tool", "rowkeep")
VARIABLE = "ROWKEEP_CONFIG"


def load(flags: Mapping[str, str | None], environ: Mapping[str, str]) -> Settings:
    """Read what there is, from the current directory upward, and resolve it.

    The search for a file ends at the root of the repository (a directory with `.git`) or of the disk. Raises Misused
    for a file that is named and missing, unreadable, or wrong.
    """
    named = flags.get("config_file") or environ.get(VARIABLE)
    found = _named(named) if named else _searched()
    start = Path(found.source.path).parent.as_posix() if found else "."
    chosen, _ = chosen_environment(flags, environ, found)
    given, must_exist = env_file(environ, found, chosen, start)
    return resolve(flags, environ, found, _dotenv(given, must_exist), start=start)


def _named(path: str) -> Document:
    text = _text(path, True)
    prefix = PREFIX if Path(path).name == PROJECT else ()
    found = document(path, text or "", prefix)
    if found is None:
        raise Misused("the file has no table [tool.rowkeep]", where=path, instead=("rowkeep init",))
    return found


def _searched() -> Document | None:
    here = Path.cwd()
    for steps, directory in enumerate((here, *here.parents)):
        up = "/".join([".."] * steps)
        own = f"{up}/{FILE}" if up else FILE
        text = _text(own, False)
        if text is not None:
            return document(own, text)
        project = f"{up}/{PROJECT}" if up else PROJECT
        text = _text(project, False)
        # Parsing is not for nothing: most pyproject.toml files never mention us.
        if text is not None and "rowkeep" in text:
            found = document(project, text, PREFIX)
            if found is not None:
                return found
        if (directory / ".git").exists():
            return None
    return None


def _dotenv(path: str, must_exist: bool) -> Dotenv:
    text = _text(path, must_exist)
    return NOTHING if text is None else dotenv(path, text)


def _text(path: str, must_exist: bool) -> str | None:
    try:
        return Path(path).read_bytes().removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        if must_exist:
            raise Misused("the configuration file does not exist", where=path) from None
        return None
    except UnicodeDecodeError as error:
        raise Misused("the configuration file is not UTF-8", where=path, why=error.reason) from None
    except OSError as error:
        raise Misused("the configuration file cannot be read", where=path, why=error.strerror) from None
