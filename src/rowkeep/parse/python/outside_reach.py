"""Whether a migration in Python may do anything outside its database connection. Nothing is run.

It runs in our own process, also in a rehearsal, so everything counts that is not known to be harmless. This finds what
people write; it is not a sandbox for code that hides what it does.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from rowkeep.parse.python.module import NotPython, parse_module

HARMLESS = frozenset(
    {
        *("__future__", "abc", "array", "base64", "binascii", "bisect", "calendar", "cmath", "collections"),
        *("colorsys", "contextlib", "copy", "csv", "dataclasses", "datetime", "decimal", "difflib", "enum"),
        *("fractions", "functools", "hashlib", "heapq", "hmac", "html", "ipaddress", "itertools", "json", "keyword"),
        *("math", "numbers", "operator", "random", "re", "secrets", "statistics", "string", "struct", "textwrap"),
        *("time", "typing", "unicodedata", "uuid", "warnings", "zlib", "zoneinfo"),
    }
)
"""Modules of Python that touch no file, program or connection."""

PARTS = ("psycopg.sql", "psycopg.types", "psycopg.errors", "io.StringIO", "io.BytesIO", "rowkeep.Database")
"""Harmless parts of other modules."""
PARTS_OF_PARTS = ("urllib.parse", "collections.abc")

BUILTINS = frozenset(
    {
        *("open", "eval", "exec", "compile", "__import__", "__builtins__", "__loader__", "__spec__", "getattr"),
        *("globals", "locals", "vars", "input", "breakpoint"),
    }
)
ATTRIBUTES = frozenset(
    {
        *(
            "__class__",
            "__subclasses__",
            "__mro__",
            "__base__",
            "__bases__",
            "__globals__",
            "__builtins__",
            "__code__",
        ),
        *("__dict__", "__getattribute__", "__import__", "__loader__", "__spec__", "__self__", "__func__"),
    }
)
"""Attributes that lead from any object to everything that Python has loaded."""
OF_TUPLES = frozenset({"_asdict", "_replace", "_fields", "_make"})


def find_outside_reach(text: str) -> str | None:
    """The first thing in the file that may act outside the database, for people. None if there is none.

    None for a syntax error, which the file reader reports.
    """
    try:
        tree, _ = parse_module(text)
        return next(_find_calls(tree), None)
    except NotPython:
        return None
    except RecursionError:
        return "code nested too deeply to be read"


def _find_calls(tree: ast.Module) -> Iterator[str]:
    modules: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for each in names:
                    modules.add(each.asname or each.name.split(".")[0])
                    # `import a.b` binds the name `a`, and with it all of `a`.
                    if not _is_harmless(each.name if each.asname else each.name.split(".")[0]):
                        yield f"the module {each.name}"
            case ast.ImportFrom(module=home, names=names, level=level):
                for each in names:
                    modules.add(each.asname or each.name)
                    if level or not _is_harmless(f"{home}.{each.name}") or _leads_on(each.name):
                        yield f"the module {'.' * level}{home or each.name}"
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()) if name in BUILTINS:
                yield name if name.startswith("__") else f"{name}()"
            case ast.Attribute(attr=name) if name in ATTRIBUTES:
                yield name
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in modules and _leads_on(name):
                yield f"{owner}.{name}"
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if (
                owner not in ("self", "cls") and name.startswith("_") and not name.endswith("_")
            ) and name not in OF_TUPLES:
                yield f"{owner}.{name}"


def _is_harmless(name: str) -> bool:
    first = name.split(".")[0]
    return first in HARMLESS or any(name == part or name.startswith(f"{part}.") for part in (*PARTS, *PARTS_OF_PARTS))


def _leads_on(name: str) -> bool:
    """Whether `name` of a harmless module is another module that it imports (`json.codecs`)."""
    inner = ("sql", "types", "errors", "parse", "json", "abc")
    return name == "*" or (name in sys.stdlib_module_names and name not in HARMLESS and name not in inner)
