"""The settings that every session of ours runs under, whatever role, database and server have set.

Names in our SQL resolve in pg_catalog alone: whoever may create in `public` could plant an operator there that a
superuser's session would call. Limits that would end our sessions are set aside. What a migration sets ends with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field

from rowkeep.domain.frozen import dataclass

SEARCH_PATH = "pg_catalog, pg_temp"
"""Temporary objects last: a type or table of the session is found by its schema only."""

BASE: Mapping[str, str] = {
    "search_path": SEARCH_PATH,
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "quote_all_identifiers": "off",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "row_security": "on",
    "array_nulls": "on",
    "default_transaction_isolation": "read committed",
    "default_transaction_read_only": "off",
    "default_transaction_deferrable": "off",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "client_min_messages": "notice",
}
"""Every major from 14 on has these, and every role may set them."""

FROM_17: Mapping[str, str] = {"transaction_timeout": "0"}

FORMS = (
    "DateStyle",
    "IntervalStyle",
    "bytea_output",
    "extra_float_digits",
    "row_security",
    "quote_all_identifiers",
    "array_nulls",
)
"""What the text of a migration finds as role and database have it."""

QUIET = ("search_path", "client_encoding", "client_min_messages")
"""Every database may have its own, and no session of ours ends by it."""

READ = ("TimeZone", "role", "session_replication_role", "application_name")
"""Only read when a session begins. The time zone is left as it is: `run_on` of the history is local time."""


PREFIX = "rowkeep_"
"""What our prepared statements are called."""


@dataclass(slots=True)
class OwnSettings:
    """ours: what our SQL runs under. before: what role, database and server gave, and what of `READ` the session has.

    foreign: the session runs under other settings than ours: a pooler lends it, or the text of a migration that no
    transaction holds is at work. Ours then hold for one transaction at a time.
    """

    ours: dict[str, str]
    before: dict[str, str] = field(default_factory=dict)
    foreign: bool = False
    pooled: bool = False

    @property
    def again(self) -> dict[str, str]:
        """What must be set again after RESET ALL."""
        return {name: value for name, value in self.ours.items() if self.pooled or self.before.get(name) != value}

    @property
    def forms(self) -> dict[str, str]:
        """The forms of values that role and database have set: the text of a migration finds them."""
        return {name: self.before[name] for name in FORMS if self.before.get(name, self.ours[name]) != self.ours[name]}

    @property
    def aside(self) -> dict[str, str]:
        """What role, database or server have set and our sessions do without, by name."""
        found = {}
        for name, neutral in {**BASE, **FROM_17}.items():
            value = self.before.get(name, neutral)
            if value != neutral and name not in QUIET and not (name == "DateStyle" and value.startswith("ISO")):
                found[name] = value
        return found


def array(values: Iterable[str]) -> str:
    """A list of texts as PostgreSQL reads an array."""
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"
