"""The value classes behave as those of the standard library."""

import copy
import dataclasses
import importlib
import inspect
import pickle
import pkgutil
import re
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, field, fields, replace
from pathlib import Path
from typing import Any

import pytest

import rowkeep
from rowkeep.domain import frozen

SOURCE = Path(frozen.__file__).parents[1]

Decorator = Callable[..., Callable[[type], type]]


def classes(decorator: Any) -> tuple[Any, Any]:
    """A class and one that inherits from it, by either decorator."""

    @decorator(frozen=True, slots=True)
    class Plain:
        """Words."""

        a: int
        b: str = "x"
        hidden: int = field(default=0, repr=False, compare=False)

        @property
        def double(self) -> int:
            return self.a * 2

    @decorator(frozen=True, slots=True)
    class Heir(Plain):
        items: list[int] = field(default_factory=list, compare=False)
        size: int = field(init=False, default=0)

        def __post_init__(self) -> None:
            object.__setattr__(self, "size", len(self.items))

    return Plain, Heir


OURS, THEIRS = classes(frozen.dataclass), classes(dataclasses.dataclass)


@pytest.mark.parametrize("which", [0, 1], ids=["plain", "heir"])
def test_it_is_the_standard_class(which: int) -> None:
    ours, theirs = OURS[which], THEIRS[which]
    assert [(each.name, each.default, each.init) for each in fields(ours)] == [
        (each.name, each.default, each.init) for each in fields(theirs)
    ]
    assert ours.__match_args__ == theirs.__match_args__
    assert ours.__slots__ == theirs.__slots__
    assert ours.__doc__ == theirs.__doc__ or which
    assert ours.__qualname__ == theirs.__qualname__
    assert str(inspect.signature(ours)) == str(inspect.signature(theirs))
    fresh = classes(frozen.dataclass)[which]  # its `__init__` is not compiled yet
    for kind in (theirs, fresh, ours):
        for arguments in ((1,), (1, "y"), (1, "y", 3)):
            one, other = kind(*arguments), theirs(*arguments)
            assert repr(one) == repr(other)
            assert asdict(one) == asdict(other)
            assert repr(replace(one, a=9)) == repr(replace(other, a=9))
            assert (one == kind(1)) == (other == theirs(1))
            assert one != other or kind is theirs
            assert hash(one) == hash(kind(*arguments))
            assert one.double == 2
            assert not hasattr(one, "__dict__")


def test_it_is_frozen() -> None:
    one = OURS[0](1)
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'a'"):
        one.a = 2
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'c'"):
        one.c = 2
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'a'"):
        del one.a
    assert one.a == 1


def test_each_has_its_own_list() -> None:
    one, other = OURS[1](1), OURS[1](1)
    one.items.append(3)
    assert other.items == []
    assert OURS[1](1, items=[1, 2]).size == 2


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    ("values", "named", "message"),
    [
        ((), {}, "missing 1 required positional argument: 'a'"),
        ((1, "x", 0, [], 5), {}, "takes from 2 to 5 positional arguments but 6 were given"),
        ((1,), {"z": 2}, "unexpected keyword argument 'z'"),
        ((1,), {"size": 2}, "unexpected keyword argument 'size'"),
        ((1,), {"a": 2}, "multiple values for argument 'a'"),
    ],
    ids=["too few", "too many", "unknown", "no argument", "twice"],
)
def test_wrong_arguments_are_refused(
    values: tuple[Any, ...], named: dict[str, Any], message: str, compiled: bool
) -> None:
    heir = classes(frozen.dataclass)[1]
    if compiled:
        inspect.signature(heir)
    for cls in (heir, THEIRS[1]):
        with pytest.raises(TypeError, match=message):
            cls(*values, **named)


def test_a_default_stands_before_no_argument_without_one() -> None:
    @frozen.dataclass(frozen=True, slots=True)
    class Wrong:
        a: int = 1
        b: str  # type: ignore[misc]  # the mistake

    with pytest.raises(TypeError, match="non-default argument 'b' follows default argument"):
        inspect.signature(Wrong)


def mutable_and_ordered(decorator: Any) -> tuple[Any, Any]:
    """A class that can be changed, and one whose values have an order, by either decorator."""

    @decorator(slots=True)
    class Counter:
        name: str
        count: int = 0
        seen: list[int] = field(default_factory=list, repr=False)

    @decorator(frozen=True, slots=True, order=True)
    class Version:
        major: int
        minor: int = 0
        note: str = field(default="", compare=False)

    return Counter, Version


def test_a_mutable_class_is_the_standard_class() -> None:
    ours, theirs = (mutable_and_ordered(decorator)[0] for decorator in (frozen.dataclass, dataclasses.dataclass))
    assert str(inspect.signature(ours)) == str(inspect.signature(theirs))
    assert ours.__slots__ == theirs.__slots__
    value, standard = ours("a"), theirs("a")
    for each in (value, standard):
        each.count += 2
        each.seen.append(1)
    assert repr(value) == repr(standard)
    assert asdict(value) == asdict(standard) == {"name": "a", "count": 2, "seen": [1]}
    assert value == ours("a", 2, [1]) != ours("a")
    assert ours.__hash__ is None
    assert copy.copy(value) == value
    with pytest.raises(AttributeError):
        value.other = 1
    with pytest.raises(TypeError, match="unhashable"):
        hash(value)


def test_an_ordered_class_is_the_standard_class() -> None:
    ours, theirs = (mutable_and_ordered(decorator)[1] for decorator in (frozen.dataclass, dataclasses.dataclass))
    for one, other in (((14, 1), (14, 2)), ((14, 2), (15,)), ((14, 1, "a"), (14, 1, "b")), ((16,), (15, 9))):
        for name in ("__lt__", "__le__", "__gt__", "__ge__", "__eq__"):
            assert getattr(ours(*one), name)(ours(*other)) is getattr(theirs(*one), name)(theirs(*other)), (name, one)
    assert ours(14).__lt__(14) is NotImplemented
    assert sorted([ours(15), ours(14, 3), ours(14)]) == [ours(14), ours(14, 3), ours(15)]
    with pytest.raises(FrozenInstanceError):
        ours(1).major = 2


def test_nothing_is_made_before_it_is_needed() -> None:
    fresh, heir = classes(frozen.dataclass)
    assert not inspect.isfunction(vars(fresh)["__init__"])
    assert not isinstance(vars(fresh)["__dataclass_fields__"], dict)
    value = heir(1, items=[2])
    for _ in range(frozen.FEW):
        assert not inspect.isfunction(vars(heir)["__init__"])
        assert value != heir(1, "y")
    assert inspect.isfunction(vars(heir)["__init__"])
    assert not inspect.isfunction(vars(fresh)["__init__"])
    assert (value == heir(1, items=[3]), value == heir(2, items=[2])) == (True, False)
    assert hash(value) == hash(heir(1, items=[3]))
    assert repr(value) == repr(heir(1, items=[2]))
    assert not isinstance(vars(heir)["__dataclass_fields__"], dict)
    assert replace(value, a=2).a == 2
    assert isinstance(vars(heir)["__dataclass_fields__"], dict)
    assert dataclasses.is_dataclass(fresh)
    assert fields(fresh)[0] is fields(heir)[0]


def test_a_plain_subclass_uses_the_init_of_its_base() -> None:
    fresh, _ = classes(frozen.dataclass)

    class Loud(fresh):  # type: ignore[misc, valid-type]
        def __init__(self, number: int) -> None:
            fresh.__init__(self, number, b="loud")

    class Quiet(fresh):  # type: ignore[misc, valid-type]
        pass

    assert (Loud(3).a, Loud(3).b) == (3, "loud")
    assert (type(Quiet(4)), Quiet(4).b, fresh(5).b) == (Quiet, "x", "x")
    assert str(inspect.signature(Loud)) == "(number: int) -> None"
    assert [item.name for item in fields(Quiet)] == ["a", "b", "hidden"]


def test_every_class_has_the_fields_that_the_standard_library_finds() -> None:
    """Here, too, the standard library refuses what it refuses at import: a list as a default, an order of fields."""
    found = 0
    for module in pkgutil.walk_packages(rowkeep.__path__, "rowkeep."):
        if module.name.endswith("__main__"):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and value.__module__ == module.name and dataclasses.is_dataclass(value):
                names = [item.name for item in fields(value)]
                assert list(getattr(value, frozen.ATTRIBUTES)) == names, value
                assert value.__match_args__ == tuple(item.name for item in fields(value) if item.init)
                assert not any(item.kw_only for item in fields(value)), value
                assert "__init__" in vars(value)
                inspect.signature(value)
                found += 1
    assert found > 300


def test_one_that_compares_nothing_equals_its_like() -> None:
    @frozen.dataclass(frozen=True, slots=True)
    class Empty:
        pass

    assert Empty() == Empty()
    assert len({Empty(), Empty()}) == 1
    assert Empty() != OURS[0](1)


def test_what_a_class_defines_goes_before() -> None:
    @frozen.dataclass(frozen=True, slots=True)
    class Name:
        name: str

        def __str__(self) -> str:
            return self.name

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Name) and self.name.lower() == other.name.lower()

        def __hash__(self) -> int:
            return hash(self.name.lower())

    assert Name("A") == Name("a")
    assert len({Name("A"), Name("a")}) == 1

    @frozen.dataclass(frozen=True, slots=True)
    class Equal:
        name: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Equal)

    assert Equal("a") == Equal("b")
    assert hash(Equal("a")) == hash(("a",))


def test_the_other_decorator_is_refused_for_an_heir() -> None:
    with pytest.raises(TypeError, match="cannot inherit frozen dataclass from a non-frozen one"):
        dataclasses.dataclass(frozen=True, slots=True)(type("Heir", (OURS[0],), {"__annotations__": {}}))


def test_a_value_can_be_copied_and_sent() -> None:
    from rowkeep.domain.operation import Name, TypeName
    from rowkeep.domain.source import Source

    for value in (Name("a", "b", "b.a"), TypeName("int4", None, (1,), False, "int"), Source("p", "a\nb")):
        assert copy.copy(value) == value
        assert pickle.loads(pickle.dumps(value)) == value
    assert pickle.loads(pickle.dumps(Source("p", "a\nb"))).place(2).line == 2


def test_every_dataclass_is_declared_by_it() -> None:
    """One way to declare a dataclass (docs/decisions/0656): `field`, `replace` … are those of the standard library."""
    others = [
        path.relative_to(SOURCE).as_posix()
        for path in sorted(SOURCE.rglob("*.py"))
        if path != Path(frozen.__file__)
        and re.search(r"from dataclasses import[^\n]*\bdataclass\b|dataclasses\.dataclass", path.read_text())
    ]
    assert others == []
    assert sum("rowkeep.domain.frozen import dataclass" in path.read_text() for path in SOURCE.rglob("*.py")) > 100
