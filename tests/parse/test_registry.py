"""The registry of statement handlers: it knows the module of each, and imports it when it is needed."""

import importlib
import pkgutil
import subprocess
import sys

from tests.patience import PATIENCE_S

from rowkeep.parse import operations
from rowkeep.parse.operations.registry import FAMILIES


def test_families_are_what_the_modules_handle() -> None:
    modules = {
        info.name: importlib.import_module(f"{operations.__name__}.{info.name}")
        for info in pkgutil.iter_modules(operations.__path__)
    }
    handled = {name: set(module.HANDLERS) for name, module in modules.items() if hasattr(module, "HANDLERS")}
    assert {name: set(kinds.split()) for name, kinds in FAMILIES.items()} == handled
    assert sum(map(len, handled.values())) > 100


def test_node_type_has_one_handler() -> None:
    kinds = " ".join(FAMILIES.values()).split()
    assert len(kinds) == len(set(kinds))


ALONE = """
import sys
from rowkeep.domain.migration import Section
from rowkeep.domain.source import Source, Span
from rowkeep.parse import parse_section
text = sys.argv[1]
section = Section(Source("a.sql", text), Span(0, len(text)))
print([type(each).__name__ for statement in parse_section(section).statements for each in statement.operations])
prefix = "rowkeep.parse.operations."
print(sorted({name.removeprefix(prefix) for name in sys.modules} & set(sys.argv[2].split())))
"""


def test_only_the_families_that_occur_are_imported() -> None:
    """A statement in another one imports the family of that one, too."""
    for text, known, families in (
        ("ALTER TABLE a ADD b int", ["AddColumn"], ["tables"]),
        ("EXPLAIN ANALYZE DELETE FROM a", ["Delete"], ["data", "session"]),
        ("CREATE SCHEMA a CREATE TABLE b (c int)", ["CreateObject", "CreateTable"], ["generic", "tables"]),
    ):
        done = subprocess.run(
            [sys.executable, "-c", ALONE, text, " ".join(FAMILIES)],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=True,
        )
        assert done.stdout == f"{known}\n{families}\n"
