"""Which changes of a column's type keep every value. A change that is not here may cut or round some."""

from __future__ import annotations

_INTEGERS = ("smallint", "integer", "bigint")
_TEXTS = ("text", "character varying", "citext")

KEPT: frozenset[tuple[str, str]] = frozenset(
    {
        *((old, new) for old in _INTEGERS for new in (*_INTEGERS, "numeric")),
        ("smallint", "double precision"),
        ("integer", "double precision"),
        ("real", "double precision"),
        ("date", "timestamp without time zone"),
        ("date", "timestamp with time zone"),
        ("timestamp without time zone", "timestamp with time zone"),
        ("timestamp with time zone", "timestamp without time zone"),
        ("json", "jsonb"),
        ("jsonb", "json"),
        ("cidr", "inet"),
        ("time without time zone", "time with time zone"),
        ("time without time zone", "interval"),
        ("character", "text"),
        ("character", "character varying"),
        *((old, new) for old in _TEXTS for new in _TEXTS),
    }
)
"""Pairs of types, without length. An integer that does not fit is an error of the server, and no loss."""

READ_FROM_TEXT = frozenset(
    {
        *_INTEGERS,
        "numeric",
        "boolean",
        "uuid",
        "date",
        "timestamp without time zone",
        "timestamp with time zone",
        "json",
        "jsonb",
        "inet",
        "cidr",
        "bytea",
    }
)
"""Types that text can be cast to: what is no such value is an error of the server."""

ANY_TO = frozenset({"text", "character varying"})
"""Types that hold the text of any value."""


def keeps_values(old: str, new: str, *, old_limit: int, new_limit: int, enum: bool, explicit: bool) -> bool:
    """Whether every value survives this change of type, or the server refuses it.

    old, new: names of types without length. old_limit, new_limit: their `atttypmod`, -1 for none. enum: the new type
    is an enum, and the old one is one or holds text. explicit: the cast is written in USING, and then text that is too
    long is cut without an error.
    """
    narrower = new_limit != -1 and (old_limit == -1 or new_limit < old_limit)
    if old == new:
        return not narrower or (old in _TEXTS and not explicit)
    if new_limit != -1 and (explicit or new not in _TEXTS):
        # numeric(6,2) rounds, varchar(3) cuts; from a text of at most as many characters nothing is cut.
        return old in (*_TEXTS, "character") and new in _TEXTS and not narrower
    if (old, new) in KEPT or new in ANY_TO:
        return True
    return enum or (old in (*_TEXTS, "character") and new in READ_FROM_TEXT)
