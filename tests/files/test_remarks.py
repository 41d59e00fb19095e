"""Every kind of remark that the room makes is explained, and none that it does not make."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import rowkeep.files
from rowkeep.files.content.remarks import KINDS, RemarkEffect

ROOM = Path(rowkeep.files.__file__).parent


def made() -> Iterator[tuple[str, bool]]:
    """Kind and fatality of each remark that the source makes, as far as it is written there as a constant."""
    for path in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Remark", "about"):
                kind = node.args[0 if node.func.id == "Remark" else 1]
                fatal = [keyword.value for keyword in node.keywords if keyword.arg == "fatal"]
                place = 4 if node.func.id == "Remark" else 3
                value = fatal[0] if fatal else node.args[place] if len(node.args) > place else ast.Constant(False)
                if isinstance(kind, ast.Constant) and isinstance(value, ast.Constant):
                    yield str(kind.value), bool(value.value)
            if isinstance(node, ast.Tuple) and len(node.elts) == 3:
                kind, _, value = node.elts
                if (
                    isinstance(kind, ast.Constant)
                    and isinstance(value, ast.Constant)
                    and isinstance(value.value, bool)
                ):
                    yield str(kind.value), value.value


def test_every_kind_is_explained_and_made() -> None:
    text = "".join(path.read_text() for path in ROOM.rglob("*.py") if path.name != "remarks.py")
    assert {kind for kind, _ in made()} <= KINDS.keys()
    assert [kind for kind in KINDS if f'"{kind}"' not in text] == []


def test_what_stops_is_what_the_source_says() -> None:
    found: dict[str, set[bool]] = {}
    for kind, fatal in made():
        found.setdefault(kind, set()).add(fatal)
    assert len(found) > 20
    for kind, fatals in found.items():
        if KINDS[kind].stops is not RemarkEffect.SOMETIMES:
            assert fatals == {KINDS[kind].stops is RemarkEffect.YES}, kind
