"""`Enum` and `StrEnum` of the standard library, made in a tenth of the time.

Every enumeration of Rowkeep is declared by them; tests/domain/test_enumeration.py checks that, and compares both. The
20 enumerations that a small `lint` imports took an eighth of its time. Members are found, compared, printed, copied
and pickled as those of the standard library. A member is hashed by its identity and its value is a plain attribute,
where the standard library calls a function in Python for each.

To a type checker these are the standard classes. Not supported is what Rowkeep does not use: `auto`, flags, members
made by `_missing_`, and enumerations that inherit from others.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

__all__ = ["Enum", "StrEnum"]

if TYPE_CHECKING:
    from collections.abc import Iterator
    from enum import Enum, StrEnum
else:

    class EnumMeta(type):
        """The class of enumerations: it makes the members, and finds them."""

        def __new__(mcls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> EnumMeta:
            if any(getattr(base, "__members__", None) for base in bases):
                raise TypeError(f"{name} cannot extend an enumeration with members")
            values = {
                key: value for key, value in body.items() if key[:2] != "__" and not hasattr(type(value), "__get__")
            }
            for key in values:
                del body[key]
            cls = super().__new__(mcls, name, bases, body)
            members: dict[str, Any] = {}
            by_value: dict[Any, Any] = {}
            make = cls.__new__
            for key, value in values.items():
                member = by_value.get(value)
                if member is None:
                    member = make(cls) if make is object.__new__ else make(cls, *_arguments(value))
                    attributes = member.__dict__
                    attributes["name"], attributes["value"] = key, attributes.pop("_value_", value)
                    member = by_value.setdefault(member.value, member)
                members[key] = member
                type.__setattr__(cls, key, member)
            type.__setattr__(cls, "__members__", MappingProxyType(members))
            type.__setattr__(cls, "_by_value", by_value)
            return cls

        def __call__(cls, value: Any) -> Any:
            """The member with this value, or the member itself. Raises ValueError where there is none."""
            if type(value) is cls:
                return value
            try:
                return cls._by_value[value]
            except (KeyError, TypeError):
                raise ValueError(f"{value!r} is not a valid {cls.__qualname__}") from None

        def __getitem__(cls, name: str) -> Any:
            return cls.__members__[name]

        def __iter__(cls) -> Iterator[Any]:
            return iter(cls._by_value.values())

        def __len__(cls) -> int:
            return len(cls._by_value)

        def __bool__(cls) -> bool:
            return True

        def __contains__(cls, value: Any) -> bool:
            return type(value) is cls or value in cls._by_value

        def __setattr__(cls, name: str, value: Any) -> None:
            if name in cls.__members__:
                raise AttributeError(f"cannot reassign member {name!r}")
            super().__setattr__(name, value)

        def __delattr__(cls, name: str) -> None:
            if name in cls.__members__:
                raise AttributeError(f"cannot delete member {name!r}")
            super().__delattr__(name)

        def __repr__(cls) -> str:
            return f"<enum {cls.__name__!r}>"

    class Enum(metaclass=EnumMeta):
        """What every member has: `name` and `value`."""

        def __setattr__(self, name: str, value: Any) -> None:
            if name in ("name", "value"):
                raise AttributeError(f"<enum {type(self).__name__!r}> cannot set attribute {name!r}")
            super().__setattr__(name, value)

        def __repr__(self) -> str:
            return f"<{type(self).__name__}.{self.name}: {self.value!r}>"

        def __str__(self) -> str:
            return f"{type(self).__name__}.{self.name}"

        def __format__(self, form: str) -> str:
            return str.__format__(str(self), form)

        def __copy__(self) -> Enum:
            return self

        def __deepcopy__(self, memo: object) -> Enum:
            return self

        def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
            return type(self), (self.value,)

    class StrEnum(str, Enum):
        """An enumeration whose members are texts."""

        __str__ = str.__str__
        __format__ = str.__format__
        __repr__ = Enum.__repr__


def _arguments(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)
