"""Finds the source of a structure that a word names: `migrations`, `backup`, a file, an address."""

from __future__ import annotations

import re

from rowkeep.config import Settings
from rowkeep.config.address import check_address
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.schema.structure_source import (
    BackupSource,
    DatabaseSource,
    LedgerSource,
    MigrationsSource,
    SchemaFileSource,
    StructureSource,
)
from rowkeep.errors import Misused

WORDS = "rehearsal, schema, FILE.sql, migrations, backup, backup:ID, or the URL of a database"


def choose_source(word: str, settings: Settings, applied: frozenset[str]) -> StructureSource:
    """The source. applied: the migrations that the database has. Raises Misused for a word that names none."""
    name, _, rest = word.partition(":")
    if word == "rehearsal":
        return LedgerSource()
    if word == "migrations":
        return MigrationsSource(applied)
    if name == "backup":
        return BackupSource(rest or "latest")
    if word == "schema":
        if not settings.schema_file:
            raise Misused(
                "no schema file is configured",
                code=ErrorCode.STRUCTURE_SOURCE_MISSING,
                instead=('schema-file = "schema.sql"   (in rowkeep.toml)', "rowkeep verify --against FILE.sql"),
            )
        return SchemaFileSource(settings.schema_file)
    if re.match(r"\w+(\+\w+)?://", word) or re.match(r"\s*(host|hostaddr|port|dbname|service|user)\s*=", word):
        return DatabaseSource(word, check_address(word, "--against").without_secrets)
    if word.lower().endswith(".sql"):
        return SchemaFileSource(word)
    raise Misused("--against names no source of a structure", code=ErrorCode.INVALID_USAGE, why=f"it can be {WORDS}")
