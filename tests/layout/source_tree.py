"""The source tree as data: every module of `src/rowkeep`, parsed, and who imports whom."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "rowkeep"


@dataclass(frozen=True)
class Module:
    """One file. name: dotted, below `rowkeep` (`parse.text.lexer`; a package's `__init__` is the package)."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def package(self) -> str:
        """The top-level package, or the module itself where it stands in none."""
        return self.name.partition(".")[0]


@cache
def modules() -> tuple[Module, ...]:
    """Every module, in order."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(Module(name, path, ast.parse(path.read_text(encoding="utf-8"))))
    return tuple(found)


@cache
def import_graph() -> grimp.ImportGraph:
    """Every import of every module, those within functions and those for the type checker too."""
    return grimp.build_graph("rowkeep", include_external_packages=True, cache_dir=None)
