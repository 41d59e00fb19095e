"""Swapping a restored database with the live one."""

from __future__ import annotations

import json

from rowkeep.domain.frozen import dataclass, field

LONGEST = 63
"""Bytes of a database's name (NAMEDATALEN - 1)."""

MARK = "rowkeep: taken out of use by restore --swap"
"""How the comment of a database begins that a swap took out of use; the comment it had before follows below."""


@dataclass(frozen=True, slots=True)
class SwappableDatabase:
    """What a swap needs to know of a database.

    owned: whether our role may rename it. prepared: number of its prepared transactions. subscriptions: those that are
    enabled. slots: logical replication slots. grants, settings: as the catalog holds them; a setting may be a secret.
    """

    name: str
    oid: int
    owner: str
    owned: bool
    template: bool
    comment: str | None
    connection_limit: int
    grants: str | None
    settings: str | None = field(repr=False)
    prepared: int
    subscriptions: str | None
    slots: str | None


@dataclass(frozen=True, slots=True)
class Swap:
    """Two databases that changed places.

    database: the name that the application uses; incoming: the former name of the database that has it now; kept: the
    name that the replaced database has now. ended: how many sessions were ended. remarks: what to know about it.
    """

    database: str
    incoming: str
    kept: str
    ended: int
    remarks: tuple[str, ...] = ()


def name_prefix(database: str) -> str:
    """How the names of databases begin that were replaced by a swap. Cut, so that a moment fits behind it."""
    return database.encode()[: LONGEST - len("_before_20260101_000000")].decode(errors="ignore") + "_before_"


def kept_comment(database: str, moment: str, original: str | None) -> str:
    """The comment for a database that a swap took out of use. moment: UTC, for people."""
    first = f"{MARK} as {_one_line(database)} at {moment} UTC"
    return f"{first}\n{original}" if original else first


def original_comment(comment: str | None) -> str | None:
    """The comment that a database had before a swap took it out of use."""
    if comment is None or not comment.startswith(MARK):
        return comment
    return comment.partition("\n")[2] or None


def replaced_by_swap(database: str, comment: str | None) -> bool:
    """Whether this comment says that a swap replaced the database that had this name."""
    return comment is not None and comment.partition("\n")[0].startswith(f"{MARK} as {_one_line(database)} at ")


def _one_line(name: str) -> str:
    """A name in quotes, on one line whatever it contains."""
    return json.dumps(name, ensure_ascii=False)
