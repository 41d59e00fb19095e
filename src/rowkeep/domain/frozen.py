"""`@dataclass(frozen=True, slots=True)` of the standard library, made in a fifth of the time.

Every dataclass of Rowkeep is declared by it; tests/domain/test_frozen.py checks that. `lint` imports some 170 classes
before it reads a line, and one run uses a third of them. So the decorator only gives a class its slots. A method is
made when it is first used, and the `Field` objects are made by the standard library when somebody asks for
`dataclasses.fields()` (docs/decisions/0700-what-a-start-costs.md, 0702).

To a type checker these are the standard `dataclass`, `field` and `replace`; `fields`, `replace`, `asdict` of
`dataclasses` work with such a class. That module imports `inspect`, a tenth of the time of a small `lint`, so it
is imported when somebody asks for what only it knows. `InitVar` and `kw_only` are not supported. A subclass of such
a class must use this decorator too: Python refuses the other one.
"""

from __future__ import annotations

import sys
from functools import cache
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

__all__ = ["MISSING", "dataclass", "declared_attributes", "field", "is_value", "replace"]

MISSING: Any = object()
"""Stands for a default that there is not."""


class DeferredField:
    """What `field()` of the standard library was told, without that library."""

    __slots__ = ("compare", "default", "default_factory", "init", "metadata", "original", "repr")

    def __init__(
        self,
        *,
        default: Any = MISSING,
        default_factory: Any = MISSING,
        init: bool = True,
        repr: bool = True,
        compare: bool = True,
        metadata: Any = None,
        original: Any = None,
    ) -> None:
        if default is not MISSING and default_factory is not MISSING:
            raise ValueError("cannot specify both default and default_factory")
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.compare = compare
        self.metadata = {} if metadata is None else metadata
        self.original = original

    def standard_field(self) -> Any:
        """The field as `dataclasses` knows it."""
        if self.original is not None:
            return self.original
        import dataclasses

        defaults = {"default": self.default, "default_factory": self.default_factory}
        return dataclasses.field(
            init=self.init,
            repr=self.repr,
            compare=self.compare,
            metadata=self.metadata,
            **{name: value for name, value in defaults.items() if value is not MISSING},
        )


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from dataclasses import dataclass, field, replace
else:
    field = DeferredField

    def dataclass(*, frozen: bool = False, slots: bool = False, order: bool = False) -> Callable[[type], type]:
        """The decorator, with the options that Rowkeep uses."""
        if not slots:
            return lambda cls: _without_slots(cls, frozen=frozen, order=order)
        return lambda cls: _with_slots(cls, frozen=frozen, order=order)

    def replace(value: Any, /, **changes: Any) -> Any:
        """The value again, with these changes: `dataclasses.replace`."""
        cls = value.__class__
        attributes = getattr(cls, ATTRIBUTES, None)
        if attributes is None:
            import dataclasses

            return dataclasses.replace(value, **changes)
        for name, (_, default) in attributes.items():
            if type(default) is DeferredField and not default.init:
                if name in changes:
                    raise ValueError(
                        f"field {name} is declared with init=False, it cannot be specified with replace()"
                    )
            elif name not in changes:
                changes[name] = getattr(value, name)
        return cls(**changes)


ATTRIBUTES = "__value_attributes__"
"""The attribute of a class that holds its `Attributes`."""

Attributes = dict[str, tuple[Any, Any]]
"""By name, the annotation and the default (a value, a `DeferredField` or `MISSING`) in a class and its bases."""


def is_value(thing: object) -> bool:
    """Whether the thing is an instance of a class with slots of this decorator."""
    return hasattr(type(thing), ATTRIBUTES)


def declared_attributes(cls: type) -> Attributes:
    """What the class and its bases declare."""
    attributes: Attributes = getattr(cls, ATTRIBUTES)
    return attributes


def _without_slots(cls: type, *, frozen: bool, order: bool) -> type:
    import dataclasses

    for name, value in list(vars(cls).items()):
        if type(value) is DeferredField:
            setattr(cls, name, value.standard_field())
    return dataclasses.dataclass(frozen=frozen, order=order)(cls)


def _defer_field(default: Any) -> Any:
    """A default of a class: a `Field` of the standard library as ours, anything else as it is."""
    module: Any = sys.modules.get("dataclasses")
    if module is None or type(default) is not module.Field:
        return default
    defaults = {"default": default.default, "default_factory": default.default_factory}
    return DeferredField(
        init=default.init,
        repr=default.repr,
        compare=default.compare,
        metadata=default.metadata,
        original=default,
        **{name: value for name, value in defaults.items() if value is not module.MISSING},
    )


def _with_slots(cls: type, *, frozen: bool, order: bool) -> type:
    """The class again, with slots, and with what stands for the methods of a value.

    A method that the class defines itself stays.
    """
    attributes: Attributes = {}
    inherited: set[str] = set()
    for base in reversed(cls.__mro__[1:]):
        attributes.update(base.__dict__.get(ATTRIBUTES, ()))
        inherited.update(base.__dict__.get("__slots__", ()))
    own = cls.__dict__
    for name, annotation in cls.__annotations__.items():
        if not str(annotation).startswith(("ClassVar", "typing.ClassVar")):
            attributes[name] = (annotation, _defer_field(own.get(name, MISSING)))
    members: dict[str, Any] = {"__replace__": _replace}
    if frozen:
        members["__setattr__"], members["__delattr__"] = _refuse_to_set, _refuse_to_delete
    members["__init__"] = _LateInit()
    for name in (*_ALWAYS, *(_FROZEN if frozen else ()), *(_ORDER if order else ())):
        members[name] = _LateMethod()
    members.update(own)
    if frozen and members["__hash__"] is None:  # Python's own, because the class defines `__eq__`
        members["__hash__"] = _LateMethod()
    for name in ("__dict__", "__weakref__", *attributes):
        members.pop(name, None)
    members["__slots__"] = tuple(name for name in attributes if name not in inherited)
    members["__match_args__"] = tuple(_select(attributes, "init"))
    members["__dataclass_fields__"], members["__dataclass_params__"] = _LateFields(), _LateFields()
    members[ATTRIBUTES] = attributes
    result: type = type(cls)(cls.__name__, cls.__bases__, members)
    result.__qualname__ = cls.__qualname__
    return result


def _select(attributes: Attributes, flag: str) -> list[str]:
    """The fields that take part in `init`, `repr` or `compare`."""
    return [
        name
        for name, (_, default) in attributes.items()
        if type(default) is not DeferredField or getattr(default, flag)
    ]


class _Late:
    """An attribute of a class."""

    __slots__ = ("name", "owner")

    def __set_name__(self, owner: type, name: str) -> None:
        self.owner = owner
        self.name = name


class _LateMethod(_Late):
    """Stands for a method until somebody calls it or looks at it, and is then replaced by it."""

    __slots__ = ()

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        method = _MAKERS[self.name](self.owner)
        method.__qualname__ = f"{self.owner.__qualname__}.{self.name}"
        setattr(self.owner, self.name, method)
        return method.__get__(instance, owner)


class _LateInit(_Late):
    """Stands for `__init__`. It makes the first few instances itself, because most classes of a run have no more."""

    __slots__ = ("calls",)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is not None and self.calls < FEW:
            self.calls += 1
            return lambda *values, **named: _initialize(instance, self.owner, values, named)
        method = _make_init(self.owner)
        method.__qualname__ = f"{self.owner.__qualname__}.__init__"
        setattr(self.owner, "__init__", method)  # noqa: B010  # mypy refuses the assignment
        return method.__get__(instance, owner)

    def __set_name__(self, owner: type, name: str) -> None:
        super().__set_name__(owner, name)
        self.calls = 0


FEW = 3
"""To compile an `__init__` takes as long as to make 80 instances without it."""


def _initialize(instance: Any, cls: type, values: tuple[Any, ...], named: dict[str, Any]) -> None:
    """What the compiled `__init__` of the class does; that one is called for wrong arguments, which it explains."""
    fields: tuple[str, ...] = cls.__dict__["__match_args__"]
    arguments = dict(zip(fields, values, strict=False)) | named
    if len(arguments) != len(values) + len(named) or not arguments.keys() <= set(fields):
        _make_init(cls)(instance, *values, **named)
        return
    set_attribute = object.__setattr__
    for name, (_, default) in declared_attributes(cls).items():
        if name in arguments:
            value = arguments[name]
        elif type(default) is not DeferredField:
            value = default
        elif default.default_factory is not MISSING:
            value = default.default_factory()
        elif default.init or default.default is not MISSING:
            value = default.default
        else:
            continue  # `__post_init__` sets it
        if value is MISSING:
            _make_init(cls)(instance, *values, **named)
            return
        set_attribute(instance, name, value)
    if hasattr(cls, "__post_init__"):
        instance.__post_init__()


class _LateFields(_Late):
    """Stands for `__dataclass_fields__` and `__dataclass_params__` until the standard library asks for them."""

    __slots__ = ()

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        import dataclasses

        cls = self.owner
        defaults = {
            name: default.standard_field() if type(default) is DeferredField else default
            for name, (_, default) in declared_attributes(cls).items()
            if default is not MISSING
        }
        body: dict[str, Any] = {"__annotations__": cls.__annotations__}
        if "__orig_bases__" in vars(cls):
            body["__orig_bases__"] = vars(cls)["__orig_bases__"]
        body |= {name: defaults[name] for name in cls.__annotations__ if name in defaults}
        twin = type(cls)(cls.__name__, cls.__bases__, {"__module__": cls.__module__, "__doc__": "", **body})
        dataclasses.dataclass(init=False, repr=False, eq=False)(twin)
        for name in ("__dataclass_fields__", "__dataclass_params__"):
            setattr(cls, name, getattr(twin, name))
        return getattr(cls, self.name)


def _make_method(
    name: str, fields: Iterable[str], lines: tuple[str, ...], *, takes: str, known: dict[str, Any]
) -> FunctionType:
    """A method in which `_0`, `_1` … stand for the names of fields. known: the other names that its lines use."""
    code = _compile(name, takes, lines)
    names = {f"_{number}": field for number, field in enumerate(fields)}
    code = code.replace(
        co_names=tuple([names.get(word, word) for word in code.co_names]),
        co_varnames=tuple([names.get(word, word) for word in code.co_varnames]),
    )
    return FunctionType(code, known, name)


@cache
def _compile(name: str, takes: str, lines: tuple[str, ...]) -> CodeType:
    """The code of a method. To compile it takes longer than all else, and most classes have the shape of another."""
    scope: dict[str, Any] = {}
    exec("\n ".join((f"def {name}({takes}):", *lines)), scope)
    code: CodeType = scope[name].__code__
    return code


def _make_init(cls: type) -> Any:
    """That of a frozen class sets each slot directly, because `__setattr__` refuses."""
    frozen = getattr(cls, "__setattr__") is _refuse_to_set  # noqa: B009  # mypy knows only that of `object`
    known: dict[str, Any] = {"default": _DEFAULT}
    takes, lines, defaults = ["self"], [], []
    annotations: dict[str, Any] = {}
    attributes = declared_attributes(cls)
    for number, (name, (annotation, default)) in enumerate(attributes.items()):
        factory: Any = MISSING
        init = True
        if type(default) is DeferredField:
            factory, init, default = default.default_factory, default.init, default.default
        value = f"_{number}"
        if factory is not MISSING:
            known[f"new{number}"] = factory
            value = f"new{number}() if {value} is default else {value}" if init else f"new{number}()"
            default = _DEFAULT
        elif not init:
            if default is MISSING:
                continue  # neither an argument nor a default: `__post_init__` sets it
            known[f"default{number}"] = default
            value = f"default{number}"
        if init:
            takes.append(f"_{number}")
            annotations[name] = annotation
            if default is not MISSING:
                defaults.append(default)
            elif defaults:
                raise TypeError(f"non-default argument {name!r} follows default argument")
        if frozen:
            known[f"set{number}"] = getattr(cls, name).__set__
            lines.append(f"set{number}(self, {value})")
        else:
            lines.append(f"self._{number} = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    method = _make_method("__init__", attributes, tuple(lines or ["pass"]), takes=", ".join(takes), known=known)
    method.__defaults__ = tuple(defaults)
    method.__annotations__ = annotations | {"return": None}
    return method


class _Default:
    """Stands where an argument with a `default_factory` is not given; signatures show it as dataclasses do."""

    def __repr__(self) -> str:
        return "<factory>"


_DEFAULT = _Default()


def _make_comparison(name: str, operator: str) -> Callable[[type], Any]:
    def make(cls: type) -> Any:
        fields = _select(declared_attributes(cls), "compare")
        lines = (
            "if other.__class__ is self.__class__:",
            f"    return {_values(fields, 'self')} {operator} {_values(fields, 'other')}",
            "return NotImplemented",
        )
        return _make_method(name, fields, lines, takes="self, other", known=_CONSTANTS)

    return make


def _make_hash(cls: type) -> Any:
    fields = _select(declared_attributes(cls), "compare")
    return _make_method(
        "__hash__", fields, (f"return hash({_values(fields, 'self')})",), takes="self", known=_CONSTANTS
    )


_CONSTANTS = {"NotImplemented": NotImplemented, "hash": hash}


def _values(fields: Sequence[str], word: str) -> str:
    """The tuple of the values that are compared, as an expression."""
    return f"({''.join(f'{word}._{number}, ' for number in range(len(fields)))})"


def _make_repr(cls: type) -> Any:
    names = _select(declared_attributes(cls), "repr")

    def represent(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return represent


def _make_get_state(cls: type) -> Any:
    names = tuple(declared_attributes(cls))

    def get_state(self: Any) -> list[Any]:
        return [getattr(self, name) for name in names]

    return get_state


def _make_set_state(cls: type) -> Any:
    names = tuple(declared_attributes(cls))

    def set_state(self: Any, state: list[Any]) -> None:
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    return set_state


def _replace(self: Any, /, **changes: Any) -> Any:
    """`copy.replace` of Python 3.13."""
    return replace(self, **changes)


def _refuse_to_set(self: object, name: str, value: object) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot delete field {name!r}")


_ALWAYS = ("__eq__", "__repr__")
_FROZEN = ("__hash__", "__getstate__", "__setstate__")
_ORDER = ("__lt__", "__le__", "__gt__", "__ge__")
_MAKERS: dict[str, Callable[[type], Any]] = {
    "__eq__": _make_comparison("__eq__", "=="),
    "__lt__": _make_comparison("__lt__", "<"),
    "__le__": _make_comparison("__le__", "<="),
    "__gt__": _make_comparison("__gt__", ">"),
    "__ge__": _make_comparison("__ge__", ">="),
    "__hash__": _make_hash,
    "__repr__": _make_repr,
    "__getstate__": _make_get_state,
    "__setstate__": _make_set_state,
}
