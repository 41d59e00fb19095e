"""The C library is declared as the package that ships it declares it."""

import ctypes
import subprocess
import sys

import postgast.native

from rowkeep.parse import libpg_query

TWINS = {
    libpg_query.ErrorStruct: postgast.native.PgQueryError,
    libpg_query.ParseResult: postgast.native.PgQueryParseResult,
    libpg_query.SplitStatement: postgast.native.PgQuerySplitStmt,
    libpg_query.SplitResult: postgast.native.PgQuerySplitResult,
}


def describe(struct: type[ctypes.Structure]) -> list[tuple[str, int, int]]:
    return [(field[0], getattr(struct, field[0]).offset, getattr(struct, field[0]).size) for field in struct._fields_]


def test_structures_are_those_of_the_package() -> None:
    for ours, theirs in TWINS.items():
        assert describe(ours) == describe(theirs)
        assert ctypes.sizeof(ours) == ctypes.sizeof(theirs)


def test_functions_are_those_of_the_package() -> None:
    ours, theirs = libpg_query.load_library(), postgast.native.lib
    for name in (
        "pg_query_parse",
        "pg_query_free_parse_result",
        "pg_query_split_with_parser",
        "pg_query_free_split_result",
    ):
        mine, its = getattr(ours, name), getattr(theirs, name)
        assert [TWINS.get(kind, kind) for kind in mine.argtypes] == its.argtypes
        assert TWINS.get(mine.restype, mine.restype) is its.restype


def test_the_package_is_not_imported() -> None:
    script = (
        "import sys; from rowkeep.parse.libpg_query import parse_statements, split_statements;"
        "assert [list(item['stmt']) for item in parse_statements('SELECT 1')] == [['SelectStmt']];"
        "assert split_statements('SELECT 1; SELECT 22') == [(0, 8), (10, 9)];"
        "print(*{'postgast', 'google', 'subprocess', 'tempfile', 'platform', 'ctypes.util'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
