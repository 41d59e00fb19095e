"""One meaning a name: classes, modules, the size of packages, and functions that are called by verbs."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

import pytest
from tests.layout.source_tree import PACKAGE, modules

MOST_MODULES = 22
CATALOGUES = {
    "rules": "one file a rule, each found by its name",
    "cli/commands": "one file a command, each found by its name",
}
"""Packages of any size."""

SHARED = {
    "accepted_losses": "what may be lost, by name and with a reason",
    "application": "the application that uses the database, and its statements",
    "backup": "a backup of a database",
    "checksum": "the checksum of a migration's text",
    "clones": "copies of golden copies",
    "compare": "two states of a database, item by item",
    "config": "the settings of a project",
    "connection": "the connection to the server",
    "containment": "what keeps a scratch server from reaching anything else",
    "data": "statements that read or change rows",
    "demo": "the demonstration project",
    "dependents": "objects that depend on another one",
    "deploy": "the command and workflow of that name",
    "deployment": "what a deploy did",
    "doctor": "the checks of the command of that name",
    "drift": "what was changed by hand in a database",
    "encoding": "the encoding of a database's text",
    "environment": "what a database is marked to be for",
    "errors": "the errors of `errors.py`",
    "findings": "the findings of lint",
    "golden_copies": "restored backups that rehearsals clone",
    "guard": "what compares a migration's transaction with what others see, before COMMIT",
    "history": "the history of applied migrations",
    "history_edit": "a change of history and ledger that runs nothing",
    "imported": "migrations of another tool that were imported",
    "indexes": "indexes of a table",
    "ledger": "our own tables in the database",
    "lint": "the command and workflow of that name",
    "live_facts": "what a database holds of what pending migrations name",
    "locks": "table locks of PostgreSQL",
    "names": "names of migrations",
    "naming": "names that PostgreSQL gives to constraints and indexes",
    "node_pg_migrate": "the tool node-pg-migrate",
    "non_transactional": "statements that cannot run in a transaction",
    "objects": "objects of a database",
    "operations": "what a statement does",
    "pairs": "migrations whose up and down parts are two files",
    "plan": "the steps of a run, decided before anything is sent",
    "prediction": "what a deploy is expected to do to production",
    "privileges": "privileges of roles in the database",
    "programs": "PostgreSQL's programs",
    "progress": "how far an operation is, while it runs",
    "project": "the project's files on this machine",
    "python": "migrations in Python",
    "rehearsal": "what a rehearsal found",
    "rehearse": "the command and workflow of that name",
    "remarks": "what is wrong in a directory of migrations",
    "restore": "a backup restored into a database",
    "retire": "a table or column renamed out of the way in place of its drop",
    "review": "a plan that is reviewed before it runs",
    "rewrite": "the package, and its main module: a migration rewritten into safe steps",
    "roles": "roles of the database server",
    "roundtrip": "up, down and up again",
    "rule": "a rule of lint",
    "rules": "the rules of lint",
    "runner": "the package, and its main module: decides the next instruction of a run",
    "saved_rehearsal": "a rehearsal in a file, which a later deploy accepts",
    "schema": "the schema of a database",
    "server": "a PostgreSQL server",
    "session": "a session with the server",
    "settings": "Rowkeep's settings",
    "state": "the state of a database's migrations",
    "statements": "SQL statements of a text",
    "status": "the command of that name",
    "structure": "the structure of a database, as it is compared",
    "table_contents": "the rows of tables, counted and compared",
    "text": "plain text: its tokens, positions and lines",
    "tools": "the command of that name",
    "transaction": "transactions of the database",
    "verify": "the command and workflow of that name",
    "witness": "the scratch server on which claims of lint are checked",
    "schema_file": "the file with the structure of the database",
    "verification": "the comparison of a database with what it should be",
}
"""Names that several modules have, and the one meaning each has in all of them."""

WORDS = """
begun bent bitten born borne bought broken brought built caught chosen dealt done drawn driven eaten fallen fed
felt forgotten found given gone got grown heard held hidden kept known laid led left lent lost made meant met mistaken
paid proven risen said seen sent shown slept sold sought spent spoken stood stolen struck swept sworn taken taught
thought thrown told torn undone understood won worn written
"""
IRREGULAR = set(WORDS.split())
"""Participles that do not end in -ed and are not their own verb, as `read` and `set` are."""

NOT_PARTICIPLES = {"embed", "exceed", "feed", "need", "proceed", "seed", "shed", "speed", "succeed"}
VAGUE = {"told", "said", "found", "seen", "wanted", "given", "held", "kept", "made", "taken"}
"""Participles that say nothing, not even of a property."""

ALLOWED = {
    "database.python.api:batched": "public: Python migrations call `db.batched(…)`",
}
"""Functions that keep a participle, and why."""


def test_class_names_are_unique() -> None:
    places = defaultdict(list)
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(module.name)
    assert len(places) > 400
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_module_names_have_one_meaning() -> None:
    places = defaultdict(list)
    for module in modules():
        places[module.name.rpartition(".")[2]].append(module.name)
    shared = {name: found for name, found in places.items() if len(found) > 1}
    unexplained = {name: found for name, found in shared.items() if name not in SHARED}
    assert unexplained == {}, "choose another name, or write the one meaning down in SHARED"
    assert sorted(SHARED.keys() - shared.keys()) == [], "no longer shared: take it off the list"


def test_packages_stay_small() -> None:
    sizes = {
        path.relative_to(PACKAGE).as_posix(): len([file for file in path.glob("*.py") if file.name != "__init__.py"])
        for path in (PACKAGE, *(path for path in PACKAGE.rglob("*") if path.is_dir()))
    }
    assert sum(sizes.values()) > 500
    assert {name: size for name, size in sizes.items() if size > MOST_MODULES and name not in CATALOGUES} == {}
    assert all(sizes[name] > MOST_MODULES for name in CATALOGUES), "small enough: take it off the list"


def is_participle(name: str) -> bool:
    """Whether a function's name is one bare participle (`told`, `_joined`)."""
    word = name.strip("_")
    return word in IRREGULAR or (word.endswith("ed") and word.isalpha() and word not in NOT_PARTICIPLES)


@pytest.mark.parametrize("name", ["told", "_told", "joined", "_kept", "said", "taken"])
def test_participles_are_seen(name: str) -> None:
    assert is_participle(name)


@pytest.mark.parametrize("name", ["read", "run", "is_joined", "find_dropped", "need", "_set", "cut"])
def test_verbs_are_no_participles(name: str) -> None:
    assert not is_participle(name)


def functions() -> Iterator[tuple[str, str, bool]]:
    """Module, name, and whether it is a property, of every function and method."""
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                properties = (ast.unparse(decorator) for decorator in node.decorator_list)
                yield module.name, node.name, any(name.endswith("property") for name in properties)


def test_functions_are_verbs() -> None:
    found = {
        f"{module}:{name}" for module, name, is_property in functions() if is_participle(name) and not is_property
    }
    assert sorted(found - ALLOWED.keys()) == [], "say what the function does: a verb"
    assert sorted(ALLOWED.keys() - found) == [], "gone: take it off the list"


def test_properties_say_what_they_are() -> None:
    assert [f"{module}:{name}" for module, name, is_property in functions() if is_property and name in VAGUE] == []
