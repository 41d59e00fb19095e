"""The import contracts of `pyproject.toml` hold against a breach, and the core really touches nothing."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.layout.source_tree import PACKAGE, ROOT, import_graph, modules

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
BY_NAME = {contract["name"]: contract for contract in CONTRACTS}
LAYERS = [re.split(r"\s*[|:]\s*", layer) for layer in BY_NAME["Packages form layers"]["layers"]]
CORE = {name for layer in LAYERS[LAYERS.index(["lint_cache"]) + 1 :] for name in layer}

VALUES = {
    "__future__",
    "ast",
    "bisect",
    "collections",
    "csv",
    "dataclasses",
    "datetime",
    "difflib",
    "enum",
    "fnmatch",
    "functools",
    "hashlib",
    "heapq",
    "html",
    "inspect",
    "io",
    "itertools",
    "json",
    "math",
    "operator",
    "posixpath",
    "re",
    "shlex",
    "textwrap",
    "tokenize",
    "tomllib",
    "types",
    "typing",
    "unicodedata",
    "urllib",
    "warnings",
    "xml",
}
"""Modules of the standard library that work on values only, as far as the core uses them."""

REASONS = {
    "rowkeep.doctor": {"importlib", "pkgutil"},  # finds its own checks
    "rowkeep.rules": {"importlib", "pkgutil"},  # finds its own rules
    "rowkeep.domain.frozen": {"sys"},  # whether the standard library's dataclasses are already imported
    "rowkeep.knowledge.toml_tables": {"pkgutil"},  # reads its own tables
    # loads the parser, and builds big trees without the collector
    "rowkeep.parse.libpg_query": {"ctypes", "importlib", "gc"},
    "rowkeep.parse.operations.registry": {"importlib"},  # finds its own handlers
    "rowkeep.parse.python.outside_reach": {"sys"},  # the names of the standard library's modules
    "rowkeep.report.backups": {"pathlib"},  # the last part of a path: PurePath
}
"""What else a module of the core imports, and why."""

EFFECTS = {"open", "print", "input", "breakpoint", "__import__"}
CLOCKS = {"now", "today", "utcnow"}
FILES = {"Path"}


def test_core_is_all_of_the_lower_layers() -> None:
    listed = BY_NAME["The core touches nothing outside the process"]["source_modules"]
    assert {name.removeprefix("rowkeep.") for name in listed} == CORE
    assert {"parse", "plan", "rules", "config", "errors"} <= CORE


def test_no_contract_allows_chains() -> None:
    assert not [contract["name"] for contract in CONTRACTS if contract.get("allow_indirect_imports")]
    assert BY_NAME["Packages form layers"]["exhaustive"] is True


def test_core_imports_only_what_works_on_values() -> None:
    graph, found = import_graph(), {}
    for module in graph.modules:
        if module.partition(".")[2].partition(".")[0] in CORE:
            outside = {other for other in graph.find_modules_directly_imported_by(module) if other[:7] != "rowkeep"}
            if outside - VALUES:
                found[module] = outside - VALUES
    assert found == REASONS


def test_core_calls_nothing_that_acts() -> None:
    found = []
    for module in modules():
        if module.package not in CORE:
            continue
        for node in ast.walk(module.tree):
            match node:
                case ast.Call(func=ast.Name(id=name)) if name in EFFECTS | FILES:
                    found.append(f"{module.name}:{node.lineno} {name}()")
                case ast.Call(func=ast.Attribute(attr=name)) if name in CLOCKS:
                    found.append(f"{module.name}:{node.lineno} .{name}()")
    assert not found


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What lint-imports says of a copy of the tree with several breaches in it: one run for all tests."""
    root = tmp_path_factory.mktemp("tree")
    shutil.copytree(PACKAGE, root / "rowkeep", ignore=shutil.ignore_patterns("__pycache__", "*.csv", "*.sql", "*.md"))
    shutil.copy(ROOT / "pyproject.toml", root)
    package = root / "rowkeep"
    plant(package / "planted" / "__init__.py", "import os\nimport subprocess\nimport time\nimport psycopg\n")
    plant(package / "plan" / "plan.py", "from rowkeep import planted\n", append=True)
    plant(package / "planted" / "parser.py", "import postgast\n")
    plant(package / "files" / "planted.py", "def show() -> None:\n    import click\n")
    plant(package / "domain" / "planted.py", "from rowkeep.workflows import deploy\n")
    script = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", script, "--no-cache", "--config", str(root / "pyproject.toml")],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def plant(path: Path, text: str, *, append: bool = False) -> None:
    """Write a breach."""
    path.parent.mkdir(exist_ok=True)
    path.write_text((path.read_text(encoding="utf-8") if append else "") + text, encoding="utf-8")


@pytest.mark.parametrize("name", list(BY_NAME))
def test_every_contract_breaks(verdict: str, name: str) -> None:
    assert f"{name} BROKEN" in verdict


@pytest.mark.parametrize("module", ["os", "subprocess", "time", "psycopg"])
def test_core_reaches_nothing_by_a_new_package(verdict: str, module: str) -> None:
    chain = rf"rowkeep\.plan\.plan -> rowkeep\.planted \(l\.\d+\)\s+rowkeep\.planted -> {module} \(l\.\d\)"
    assert f"rowkeep.plan is not allowed to import {module}:" in verdict
    assert re.search(chain, verdict)


def test_new_package_needs_a_layer(verdict: str) -> None:
    assert "not listed as layers:\n\n- rowkeep.planted\n" in verdict


@pytest.mark.parametrize(
    "line",
    [
        "rowkeep.planted -> psycopg",
        "rowkeep.planted.parser -> postgast",
        "rowkeep.files.planted -> click",
        "rowkeep.domain.planted -> rowkeep.workflows.deploy",
    ],
)
def test_breach_is_named(verdict: str, line: str) -> None:
    assert line in verdict
