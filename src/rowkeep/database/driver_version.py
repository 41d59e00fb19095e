"""Imports psycopg with its version at hand, which it would otherwise look up at each start.

For that lookup psycopg imports `importlib.metadata`, and with it the modules for e-mail, zip files and CSV: a tenth of
its own import. The name of the installed package's directory says the same.
"""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType

PACKAGES = ("psycopg", "psycopg_binary")


def import_driver() -> None:
    """Import psycopg. Where its version is not plain to see, psycopg looks it up as always."""
    known = {}
    if "psycopg" not in sys.modules and "importlib.metadata" not in sys.modules:
        known = {f"{package}.version": version for package, version in find_versions().items()}
    for name, version in known.items():
        module = ModuleType(name)
        module.__dict__["__version__"] = version
        sys.modules[name] = module
    try:
        import psycopg  # noqa: F401 the modules above must be there before
    finally:
        for name in known:
            package, _, attribute = name.partition(".")
            if package in sys.modules:
                setattr(sys.modules[package], attribute, sys.modules[name])
            else:
                del sys.modules[name]


def find_versions() -> dict[str, str]:
    """The versions of psycopg's packages, where exactly one of each is installed beside the code that is imported."""
    spec = PathFinder.find_spec("psycopg")
    if spec is None or spec.origin is None:
        return {}
    try:
        names = [path.name for path in Path(spec.origin).parent.parent.iterdir()]
    except OSError:
        return {}
    versions: dict[str, str] = {}
    for package in PACKAGES:
        listed = [name for name in names if name.startswith(f"{package}-") and name.endswith(".dist-info")]
        if len(listed) == 1:
            versions[package] = listed[0].removeprefix(f"{package}-").removesuffix(".dist-info")
    return versions
