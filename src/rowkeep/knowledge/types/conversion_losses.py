"""What a conversion from one type to another loses, in words that follow "the values": `loses …`.

Sources: the manual, 8.1-8.5, 8.9 and 8.10. tests/knowledge/test_losses.py converts values there and back on servers.
"""

from __future__ import annotations

from rowkeep.domain.count import plural_form
from rowkeep.domain.operation import TypeName
from rowkeep.knowledge.types.type_conversions import BROKEN, TEXTS, WHOLE, stored_type

_FRACTION = "the fractions"
_DIGITS = "the digits beyond about {}"
_CENTS = "what is smaller than a cent"
_NAME = 63
"""Bytes of a name."""
_LOSSES: dict[tuple[str, str], str] = {
    **{(old, new): _FRACTION for old in BROKEN - {"money"} for new in WHOLE},
    **{("money", new): "the cents" for new in WHOLE},
    **{(old, "float4"): _DIGITS.format(6) for old in ("int4", "int8", "numeric", "float8")},
    **{(old, "float8"): _DIGITS.format(15) for old in ("int8", "numeric")},
    ("numeric", "money"): _CENTS,
    **{(old, "date"): "the time of day" for old in ("timestamp", "timestamptz")},
    **{(old, new): "the date" for old in ("timestamp", "timestamptz") for new in ("time", "timetz")},
    ("timetz", "time"): "the time zone",
    ("interval", "time"): "the days",
    ("inet", "cidr"): "the bits right of the netmask",
    **{(old, "name"): "what is beyond 63 bytes" for old in ("text", "varchar", "bpchar", "citext")},
    **{(old, "char"): "all but the first byte" for old in TEXTS},
    **{(old, "bool"): "everything but zero or not zero" for old in WHOLE},
    **{(old, "point"): "everything but the center" for old in ("box", "circle", "lseg", "polygon")},
}
_BY_ITSELF = {
    "date": "the time of day",
    "time": "the date or the time zone",
    "cidr": "the bits right of the netmask",
    "int4": _FRACTION,
    "int2": _FRACTION,
    "float4": _DIGITS.format(6),
    "money": _CENTS,
    "name": "what is beyond 63 bytes",
}
"""By new type: what is lost when PostgreSQL converts implicitly from the types that it can convert."""
_CERTAIN = frozenset({"date", "time", "cidr"})
"""New types to which only the same type converts implicitly without loss."""
_CUTTING = """
    left right substr substring overlay split_part regexp_replace regexp_substr regexp_match trunc round ceil ceiling
    floor sign mod width_bucket date_trunc date_bin date md5 sha224 sha256 sha384 sha512 hashtext length char_length
    octet_length bit_length
"""
CUTTING = frozenset(_CUTTING.split())
"""Functions whose argument cannot be computed from the result."""
CHANGING = frozenset(("btrim", "ltrim", "rtrim", "replace", "translate", "lower", "upper", "initcap", "abs"))
"""Functions for which that depends on the argument."""
_PRECISE = frozenset({"time", "timetz", "timestamp", "timestamptz"})
_MOST = 6


def conversion_loss(old: TypeName, new: TypeName, *, explicitly: bool) -> str:
    """What the values lose in a conversion from `old` to `new`, '' for nothing.

    explicitly: by a cast in the statement, which truncates values that are too long; otherwise PostgreSQL refuses them
    (22001).
    """
    old, new = stored_type(old), stored_type(new)
    if old.is_array or new.is_array or _holds_all(old, new):
        return ""
    if new.name == "char" and old.name not in ("char", "bool"):
        return "all but the first byte"
    return _LOSSES.get((old.name, new.name), "") or _lost_to_length(old, new, explicitly=explicitly)


def _holds_all(old: TypeName, new: TypeName) -> bool:
    """Whether the limit of the old type guarantees that nothing is lost."""
    if not old.modifiers:
        return old.name == "money" and new.name == "numeric" and (not new.modifiers or _scale(new) >= 2)
    if old.name == "numeric":
        held = {"float4": old.modifiers[0] <= 6, "float8": old.modifiers[0] <= 15, "money": _scale(old) <= 2}
        return held.get(new.name, new.name in WHOLE and _scale(old) <= 0)
    return old.name in ("varchar", "bpchar") and new.name == "name" and old.modifiers[0] <= _NAME


def _scale(kind: TypeName) -> int:
    return kind.modifiers[1] if len(kind.modifiers) > 1 else 0


def _lost_to_length(old: TypeName, new: TypeName, *, explicitly: bool) -> str:
    if not new.modifiers:
        return ""
    most = new.modifiers[0]
    if new.name == "numeric" and old.name in BROKEN:
        all_held = old.name == "numeric" and old.modifiers and _scale(old) <= _scale(new)
        return "" if all_held else f"the digits after decimal place {_scale(new)}"
    if _precision(new) < _precision(old) <= _MOST:
        return f"the fraction of a second after digit {_precision(new)}"
    texts = new.name in ("varchar", "bpchar") and old.name in TEXTS
    bits = new.name in ("varbit", "bit") and old.name in ("varbit", "bit")
    if explicitly and (texts or bits):
        limits = (_NAME,) if old.name == "name" else old.modifiers
        too_long = not limits or limits[0] > most
        return f"what is beyond {most} {'characters' if texts else 'bits'}" if too_long else ""
    return ""


def _precision(kind: TypeName) -> int:
    """Decimal places of a second; _MOST for a type without a limit, more for a type without seconds."""
    if kind.name in _PRECISE:
        return kind.modifiers[0] if kind.modifiers else _MOST
    if kind.name == "interval":
        return kind.modifiers[1] if len(kind.modifiers) > 1 else _MOST
    return _MOST + 1


def loss_from_unknown_type(new: TypeName, *, explicitly: bool) -> tuple[str, bool]:
    """What values of an unknown type may lose, and whether that is certain (if the type differs).

    An explicit cast is often from text, which loses nothing.
    """
    new = stored_type(new)
    if new.is_array:
        return "", False
    if explicitly:
        if new.name in ("varchar", "bpchar") and new.modifiers:
            return f"what is beyond {new.modifiers[0]} {plural_form(new.modifiers[0], 'character')}", False
        return ("the time of day", False) if new.name == "date" else ("", False)
    if new.name in _BY_ITSELF:
        return _BY_ITSELF[new.name], new.name in _CERTAIN
    if new.name == "numeric" and new.modifiers:
        return f"the digits after decimal place {_scale(new)}", False
    if _precision(new) < _MOST:
        return f"the fraction of a second after digit {_precision(new)}", False
    return "", False
