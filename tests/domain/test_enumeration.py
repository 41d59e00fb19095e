"""The enumerations behave as those of the standard library."""

import copy
import enum
import importlib
import pickle
import pkgutil
import re
import types
from pathlib import Path
from typing import Any

import pytest

import rowkeep
from rowkeep.domain import enumeration
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.lint.finding import Severity

SOURCE = Path(enumeration.__file__).parents[1]


def enumerations(base: Any, text: Any) -> tuple[Any, Any]:
    """An enumeration with an alias and methods, and one of texts with its own `__new__`."""

    class Color(base):
        """Words."""

        RED = "red"
        """One."""
        BLUE = 2
        NAVY = 2

        @property
        def first(self) -> str:
            return str(self.name[0])

        def shout(self) -> str:
            return f"{self.first}!"

    class Code(text):
        note: str

        def __new__(cls, value: str, note: str) -> Any:
            code = str.__new__(cls, value)
            code._value_ = value
            code.note = note
            return code

        LOST = ("lost", "it is gone")
        KEPT = ("kept", "it is here")

    return Color, Code


OURS = enumerations(enumeration.Enum, enumeration.StrEnum)
THEIRS = enumerations(enum.Enum, enum.StrEnum)


def read(kind: Any) -> list[object]:
    """What can be seen of an enumeration."""
    members = list(kind)
    return [
        repr(kind),
        len(kind),
        bool(kind),
        [(member.name, member.value, repr(member), str(member), f"{member:>12}", bool(member)) for member in members],
        [(name, member.name) for name, member in kind.__members__.items()],
        [kind(member.value) is member and kind(member) is member for member in members],
        [kind[name] is member and getattr(kind, name) is member for name, member in kind.__members__.items()],
        [member in kind for member in members],
        len({*members, *members}),
        kind.__doc__,
    ]


@pytest.mark.parametrize("which", [0, 1], ids=["enum", "texts"])
def test_it_is_the_standard_enumeration(which: int) -> None:
    assert read(OURS[which]) == read(THEIRS[which])


def test_members_have_what_the_class_defines() -> None:
    for color, code in (OURS, THEIRS):
        assert color.NAVY is color.BLUE
        assert [color.RED.first, color.BLUE.shout()] == ["R", "B!"]
        assert (code.LOST, code.LOST.note, code.LOST.upper()) == ("lost", "it is gone", "LOST")
        assert color.RED != "red"


@pytest.mark.parametrize("color", [OURS[0], THEIRS[0]], ids=["ours", "standard"])
def test_wrong_use_is_refused(color: Any) -> None:
    with pytest.raises(ValueError, match=r"'green' is not a valid .*Color"):
        color("green")
    with pytest.raises(ValueError, match=r"\[\] is not a valid .*Color"):
        color([])
    with pytest.raises(KeyError):
        color["GREEN"]
    with pytest.raises(AttributeError):
        color.RED = 5
    with pytest.raises(AttributeError):
        del color.RED
    for name in ("name", "value"):
        with pytest.raises(AttributeError):
            setattr(color.RED, name, "other")
    with pytest.raises(TypeError):
        types.new_class("More", (color,))
    assert color.RED.value == "red"


def test_a_member_stays_itself() -> None:
    for member in (Severity.ERROR, ErrorCode.INVALID_USAGE):
        assert copy.copy(member) is member
        assert copy.deepcopy([member])[0] is member
        assert pickle.loads(pickle.dumps(member)) is member


def test_every_enumeration_is_declared_by_it() -> None:
    declared = 0
    for info in pkgutil.walk_packages(rowkeep.__path__, "rowkeep."):
        if info.name.endswith("__main__"):
            continue
        for thing in vars(importlib.import_module(info.name)).values():
            if isinstance(thing, type) and thing.__module__ == info.name:
                assert not issubclass(thing, enum.Enum), thing
                declared += isinstance(thing, type(enumeration.Enum)) and len(thing) > 0
    assert declared > 45
    imports = re.compile(r"^\s*(from enum import|import enum)", re.MULTILINE)
    files = [path for path in SOURCE.rglob("*.py") if imports.search(path.read_text(encoding="utf-8"))]
    assert files == [Path(enumeration.__file__)]
