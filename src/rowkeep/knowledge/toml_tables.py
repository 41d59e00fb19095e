"""Reads the TOML tables of this package."""

from __future__ import annotations

from typing import Any


def load_table(name: str) -> dict[str, Any]:
    """The table in the file `name`. Not by importlib.resources, which imports tempfile, shutil and more."""
    import pkgutil
    import tomllib

    found = pkgutil.get_data(__package__, name)
    if found is None:
        raise FileNotFoundError(name)
    return tomllib.loads(found.decode("utf-8"))
