"""`@dataclass(frozen=True, slots=True)` of the standard library, made in less than half the time.

Every dataclass of Rowkeep is declared by it; tests/domain/test_frozen.py checks that. `lint` makes some 140 value
classes before it reads a line, and the standard library compiles six methods for each. Here only `__init__` is
compiled; the other methods are shared functions (docs/decisions/0500-value-classes.md). To a type checker it is the
standard decorator; `field`, `fields`, `replace`, `asdict` of `dataclasses` work as they do there. A subclass of such a
class must use this decorator too: Python refuses the other one.
"""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from dataclasses import Field, dataclass

    Fields = Sequence[Field[Any]]
else:

    def dataclass(*, frozen: bool = False, slots: bool = False, order: bool = False) -> Callable[[type], type]:
        """The decorator, with the options that Rowkeep uses."""
        if frozen and slots and not order:
            return _value
        return dataclasses.dataclass(frozen=frozen, slots=slots, order=order)


def _value(cls: type) -> type:
    """The class with fields, `__match_args__`, slots, and the methods of a frozen value."""
    plain: type = dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
    found = dataclasses.fields(plain)
    held = {name for base in cls.__mro__[1:] for name in getattr(base, "__slots__", ())}
    members: dict[str, Any] = _methods(found) | dict(plain.__dict__)
    members["__slots__"] = tuple(each.name for each in found if each.name not in held)
    for each in found:
        members.pop(each.name, None)
    for name in ("__dict__", "__weakref__"):
        members.pop(name, None)
    made: type = type(cls)(cls.__name__, cls.__bases__, members)
    made.__qualname__ = cls.__qualname__
    if "__init__" not in members:
        made.__init__ = _init(made, found)  # type: ignore[misc]  # the class is being made
    return made


def _init(made: type, found: Fields) -> Any:
    """`__init__`: it sets each slot directly, because `__setattr__` refuses."""
    known: dict[str, Any] = {"_made": _MADE}
    takes, does = ["self"], []
    for each in found:
        name = each.name
        known[f"_set_{name}"] = getattr(made, name).__set__
        value = name
        if each.default_factory is not dataclasses.MISSING:
            known[f"_new_{name}"] = each.default_factory
            value = f"_new_{name}() if {name} is _made else {name}" if each.init else f"_new_{name}()"
            takes.append(f"{name}=_made")
        elif each.default is not dataclasses.MISSING:
            known[f"_default_{name}"] = each.default
            value = name if each.init else f"_default_{name}"
            takes.append(f"{name}=_default_{name}")
        else:
            takes.append(name)
        if not each.init:
            takes.pop()
        if each.init or value != name:
            does.append(f" _set_{name}(self, {value})")
    if hasattr(made, "__post_init__"):
        does.append(" self.__post_init__()")
    exec(f"def __init__({', '.join(takes)}):\n" + "\n".join(does or [" pass"]), known)  # as dataclasses do
    init = known["__init__"]
    init.__qualname__ = f"{made.__qualname__}.__init__"
    init.__annotations__ = {each.name: each.type for each in found if each.init} | {"return": None}
    return init


class _Made:
    """Stands where an argument with a `default_factory` is not given; signatures show it as dataclasses do."""

    def __repr__(self) -> str:
        return "<factory>"


_MADE = _Made()


def _methods(found: Fields) -> dict[str, Any]:
    """The methods of a frozen value. What the class defines itself takes precedence."""
    shown = tuple(each.name for each in found if each.repr)
    names = tuple(each.name for each in found)
    counted = tuple(each.name for each in found if each.compare)
    values: Callable[[Any], Any] = attrgetter(*counted) if counted else type

    def is_equal(self: Any, other: object) -> bool:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def hash_value(self: Any) -> int:
        return hash(values(self))

    def represent(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    def get_state(self: Any) -> list[Any]:
        return [getattr(self, name) for name in names]

    def set_state(self: Any, state: list[Any]) -> None:
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    return {
        "__eq__": is_equal,
        "__hash__": hash_value,
        "__repr__": represent,
        "__getstate__": get_state,
        "__setstate__": set_state,
        "__setattr__": _refuse_to_set,
        "__delattr__": _refuse_to_delete,
    }


def _refuse_to_set(self: object, name: str, value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
