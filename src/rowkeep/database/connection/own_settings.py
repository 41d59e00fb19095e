"""The settings of every session of ours, whatever role, database and server have set.

Names in our SQL resolve in pg_catalog only: a role that may create in `public` could plant an operator there that a
superuser's session would call. Limits that would end our sessions are overridden. What a migration sets ends with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rowkeep.domain.frozen import dataclass, field

SEARCH_PATH = "pg_catalog, pg_temp"
"""Temporary objects come last: a temporary type or table is found only with its schema."""

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

VALUE_FORMS = (
    "DateStyle",
    "IntervalStyle",
    "bytea_output",
    "extra_float_digits",
    "row_security",
    "quote_all_identifiers",
    "array_nulls",
)
"""Settings that the statements of a migration get as role and database have them."""

UNREPORTED = ("search_path", "client_encoding", "client_min_messages")
"""Every database may have its own; overriding them is not worth a remark."""

READ_ONLY = ("TimeZone", "role", "session_replication_role", "application_name")
"""Only read when a session begins. The time zone is left as it is: `run_on` of the history is local time."""


PREFIX = "rowkeep_"
"""The beginning of the names of our prepared statements."""


@dataclass(slots=True)
class OwnSettings:
    """ours: the settings of our SQL. before: the values that role, database and server gave, and those of `READ_ONLY`.

    foreign: the session has other settings than ours: a pooler lends it, or statements of a migration run outside a
    transaction. Ours are then set for one transaction at a time.
    """

    ours: dict[str, str]
    before: dict[str, str] = field(default_factory=dict)
    foreign: bool = False
    pooled: bool = False

    @property
    def again(self) -> dict[str, str]:
        """The settings that must be set again after RESET ALL."""
        return {name: value for name, value in self.ours.items() if self.pooled or self.before.get(name) != value}

    @property
    def forms(self) -> dict[str, str]:
        """The value forms that role and database have set, for the statements of a migration."""
        values = {name: self.before.get(name, self.ours[name]) for name in VALUE_FORMS}
        return {name: value for name, value in values.items() if value != self.ours[name]}

    @property
    def overridden(self) -> dict[str, str]:
        """The settings of role, database or server that our sessions override, by name."""
        settings = {}
        for name, neutral in {**BASE, **FROM_17}.items():
            value = self.before.get(name, neutral)
            if value != neutral and name not in UNREPORTED and not (name == "DateStyle" and value.startswith("ISO")):
                settings[name] = value
        return settings


def array(values: Iterable[str]) -> str:
    """A list of texts as PostgreSQL reads an array."""
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"
