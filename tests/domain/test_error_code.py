"""Every foreseen failure has a stable code: unique, raised somewhere, documented; no error is made without one."""

from __future__ import annotations

import ast
import inspect
import re
from functools import cache
from pathlib import Path

import pytest
from tools.generate.errors import KINDS, pages, raised_codes

import rowkeep
from rowkeep.cli.root_group import COMMANDS
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.source import Place
from rowkeep.errors import (
    Bug,
    Busy,
    Differs,
    Failed,
    HalfDone,
    Interrupted,
    Refused,
    Remains,
    RowkeepError,
)

SOURCE = Path(rowkeep.__file__).parent
FIELDS = {"instead", "remains", "remains_detail", "sqlstate", "excerpt"}
"""Fields of an error whose names nothing else has."""


@cache
def nodes() -> list[tuple[Path, ast.AST]]:
    """Every node of the source, parsed once."""
    return [
        (path, node)
        for path in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.Call, ast.Assign, ast.AugAssign, ast.AnnAssign))
    ]


def test_codes_are_unique_and_well_formed() -> None:
    assert len({code.value for code in ErrorCode}) == len(ErrorCode.__members__) > 100
    for name, code in ErrorCode.__members__.items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code.value)
        assert name == code.value.upper().replace("-", "_")
        assert str(code) == code.value


def test_every_code_says_what_it_means_and_what_to_do() -> None:
    for code in ErrorCode:
        assert re.fullmatch(r"([A-Z`]|node-pg-migrate ).*\.", code.meaning), code
        assert re.fullmatch(r"[A-Z`].*\.", code.fix), code
        assert "|" not in code.meaning + code.fix


def test_the_commands_and_options_of_a_fix_exist() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
    options = set(re.findall(r"--[a-z][a-z-]+", manual))
    named = 0
    for code in ErrorCode:
        for command, group in re.findall(r"`rowkeep ([a-z]+)(?: ([a-z]+))?", code.fix):
            named += 1
            assert command in COMMANDS, code
            if group:
                assert f"rowkeep {command} {group}" in manual, code
        for option in re.findall(r"--[a-z][a-z-]+", code.fix):
            named += 1
            assert option in options, (code, option)
    assert named > 30


def test_every_code_is_raised_somewhere_as_a_known_kind() -> None:
    kinds: dict[ErrorCode, set[str]] = {}
    for code, names in raised_codes():
        assert names, f"{code}: it is not known which error carries it"
        kinds.setdefault(code, set()).update(names)
    assert set(ErrorCode) - kinds.keys() == set()


def test_every_code_is_documented_with_its_exit_code() -> None:
    text = pages()["docs/errors.md"]
    for code in ErrorCode:
        assert len(re.findall(rf"^\| `{code}` \| [0-9, ]+ \| .+ \| .+ \|$", text, re.M)) == 1, code


def test_a_code_is_required() -> None:
    for name, kind in KINDS.items():
        code = inspect.signature(kind).parameters["code"]
        assert code.kind is inspect.Parameter.KEYWORD_ONLY
        assert code.default is (ErrorCode.BUG if name == "Bug" else inspect.Parameter.empty), name


def test_every_error_is_made_with_a_code() -> None:
    """mypy checks the same; this holds where it is told to look away, too."""
    calls = 0
    for path, node in nodes():
        name = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and name in KINDS and name != "Bug":
            calls += 1
            assert "code" in {keyword.arg for keyword in node.keywords}, f"{path}:{node.lineno}"
    assert calls > 250


def test_lines_are_joined_in_one_place() -> None:
    """Raise sites give several lines as a sequence; none writes a newline into `what` or `why`."""
    for path, node in nodes():
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in KINDS:
            texts = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "why")]
            for text in texts:
                for part in ast.walk(text):
                    newline = isinstance(part, ast.Constant) and isinstance(part.value, str) and "\n" in part.value
                    assert not newline, f"{path}:{part.lineno}"
    error = Refused("no", code=ErrorCode.NOT_CONFIRMED, why=["one", "two"])
    assert error.why == "one\ntwo"
    assert error.replace(why=("three", "four")).why == "three\nfour"
    assert Refused("no", code=ErrorCode.NOT_CONFIRMED, why=[]).why is None


def test_fields_of_an_error_are_not_assigned_to_after_it_is_made() -> None:
    for path, node in nodes():
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, (ast.AugAssign, ast.AnnAssign)) else targets
        for target in targets:
            for each in target.elts if isinstance(target, ast.Tuple) else [target]:
                if isinstance(each, ast.Attribute) and each.attr in FIELDS:
                    assert isinstance(each.value, ast.Name), f"{path}:{node.lineno}"
                    assert each.value.id == "self", f"{path}:{node.lineno}"


def test_the_text_of_an_error_says_what_where_and_why_in_one_line() -> None:
    error = Failed(
        "the table cannot be\nread",
        code=ErrorCode.DATABASE_READ_FAILED,
        where=Place("migrations/1_a.sql", 3, 7),
        why="ERROR:  permission denied\n\n  for table orders",
    )
    assert (
        str(error) == "the table cannot be read (migrations/1_a.sql:3:7): ERROR: permission denied; for table orders"
    )
    assert str(Refused("not confirmed", code=ErrorCode.NOT_CONFIRMED)) == "not confirmed"


@pytest.mark.parametrize(
    ("kind", "remains"),
    [
        (Refused, Remains.UNCHANGED),
        (Failed, Remains.ROLLED_BACK),
        (HalfDone, Remains.CHANGED_IN_PART),
        (Differs, Remains.CHANGED_DIFFERS),
        (Bug, Remains.UNKNOWN),
    ],
)
def test_the_usual_state_of_the_database_can_be_overruled(kind: type[RowkeepError], remains: Remains) -> None:
    assert kind("it", code=ErrorCode.BUG).remains is remains
    assert kind("it", code=ErrorCode.BUG, remains=Remains.CHANGED).remains is Remains.CHANGED


def test_replace_makes_a_new_error_and_leaves_the_old_one() -> None:
    old = Interrupted("interrupted", code=ErrorCode.INTERRUPTED, signal=15, instead=("rowkeep up",))
    new = old.with_next_steps("rowkeep status").replace(remains=Remains.UNKNOWN)
    assert (type(new), new.signal, new.code, new.args) == (Interrupted, 15, ErrorCode.INTERRUPTED, ("interrupted",))
    assert new.instead == ("rowkeep up", "rowkeep status")
    assert (new.remains, old.remains, old.instead) == (Remains.UNKNOWN, Remains.UNCHANGED, ("rowkeep up",))
    busy = Busy("busy", code=ErrorCode.LOCK_TIMEOUT)
    assert busy.replace(why="because").blockers == ()


def test_replace_keeps_the_place_where_the_error_was_raised() -> None:
    def fail() -> None:
        raise Failed("it failed", code=ErrorCode.MIGRATION_FAILED)

    with pytest.raises(Failed) as caught:
        try:
            fail()
        except Failed as error:
            raise error.with_next_steps("rowkeep status") from None
    assert "fail" in [entry.name for entry in caught.traceback]
