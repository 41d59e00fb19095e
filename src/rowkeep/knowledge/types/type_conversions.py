"""ALTER COLUMN … TYPE: whether PostgreSQL keeps the stored bytes.

Source: pg_cast, and the support functions of length coercions (varchar_support, numeric_support, timestamp_support,
interval_support, varbit_support). tests/knowledge/test_conversions.py asks servers for every pair.
"""

from __future__ import annotations

from rowkeep.domain.frozen import replace
from rowkeep.domain.operation import TypeName

_OIDS = (
    "oid regclass regcollation regconfig regdictionary regnamespace regoper regoperator regproc regprocedure regrole"
)
_BINARY = {
    "bit": "varbit",
    "varbit": "bit",
    "cidr": "inet",
    "text": "varchar bpchar citext",
    "varchar": "text bpchar citext",
    "citext": "text varchar bpchar",
    "xml": "text varchar bpchar",
    "int4": _OIDS + " regtype",
    "oid": f"int4 {_OIDS} regtype",
    **dict.fromkeys((*_OIDS.split()[1:], "regtype"), "int4 oid"),
}
"""By type: the types with the same stored bytes (pg_cast.castmethod is `b`)."""

_SERIALS = {"serial": "int4", "serial4": "int4", "bigserial": "int8", "serial8": "int8", "smallserial": "int2"}
_SERIALS["serial2"] = "int2"
_WORDS = {"int2": "smallint", "int4": "integer", "int8": "bigint"}
_PRECISE = frozenset({"time", "timetz", "timestamp", "timestamptz"})
_LENGTHS = frozenset({"varchar", "bpchar", "numeric", "varbit", "bit", "interval"}) | _PRECISE
_MOST = 6
"""Decimal places of a second without a precision."""
_SECOND = 1 << 12
"""The bit of SECOND in the fields of an interval type."""

WHOLE = frozenset({"int2", "int4", "int8"})
BROKEN = frozenset({"numeric", "float4", "float8", "money"})
TEXTS = frozenset({"text", "varchar", "bpchar", "citext", "name"})


def stored_type(kind: TypeName) -> TypeName:
    """The stored type of a column of type `kind`: integer for serial."""
    name = _SERIALS.get(kind.name)
    return replace(kind, name=name, written=_WORDS[name]) if name is not None else kind


def keeps_bytes(old: TypeName, new: TypeName, *, utc: bool = False) -> bool:
    """Whether a column of type `old` becomes `new` without a rewrite (domains are not considered).

    utc: the session's time zone is UTC, in which timestamp and timestamptz are the same bytes.
    """
    old, new = stored_type(old), stored_type(new)
    if old.is_array or new.is_array:
        same = old.is_array and new.is_array and _same_type(old, new)
        return same and (not new.modifiers or old.modifiers == new.modifiers)
    if _same_type(old, new):
        return _is_wider(old.name, old.modifiers, new.modifiers)
    if {old.name, new.name} == {"timestamp", "timestamptz"}:
        return utc and _is_wider(new.name, (), new.modifiers)
    return new.name in _BINARY.get(old.name, "").split() and not new.modifiers


def may_keep_bytes(new: TypeName) -> bool:
    """Whether some other type, or the same with another length, becomes `new` without a rewrite."""
    if new.name in _LENGTHS:
        # A change of length of char(n) and bit(n) always rewrites.
        return new.name not in ("bpchar", "bit") or not new.modifiers
    return new.name != "int4" and any(new.name in others.split() for others in _BINARY.values())


def _same_type(old: TypeName, new: TypeName) -> bool:
    schemas = old.schema is None or new.schema is None or old.schema == new.schema
    return old.name == new.name and schemas


def _is_wider(name: str, old: tuple[int, ...], new: tuple[int, ...]) -> bool:
    if old == new or not new:
        return True
    if name in ("varchar", "varbit"):
        return bool(old) and old[0] <= new[0]
    if name == "numeric":
        return bool(old) and _scale(old) == _scale(new) and old[0] <= new[0]
    if name in _PRECISE:
        return new[0] >= _MOST or (bool(old) and old[0] <= new[0])
    if name == "interval":
        return bool(new[0] & _SECOND) and (len(new) < 2 or new[1] >= _MOST or (len(old) > 1 and old[1] <= new[1]))
    return False


def _scale(modifiers: tuple[int, ...]) -> int:
    return modifiers[1] if len(modifiers) > 1 else 0
