"""Whether a migration has a down part that does something."""

from __future__ import annotations

from rowkeep.domain.migration import Language, Migration
from rowkeep.plan.survey import section_checksum


def has_down_statements(migration: Migration) -> bool:
    """Whether `down` would run something. A template leaves the down part empty, or with comments only."""
    if migration.down is None:
        return False
    if migration.language is not Language.SQL:
        return True
    text = migration.down.text
    return bool(text.strip()) and section_checksum(text).token != section_checksum("").token
