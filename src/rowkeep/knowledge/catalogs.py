"""PostgreSQL's own relations."""

from __future__ import annotations

from rowkeep.domain.act import Name

SYSTEM = frozenset({"pg_catalog", "information_schema", "pg_toast"})


def is_catalog(name: Name) -> bool:
    """Whether the relation is PostgreSQL's own: names that begin with `pg_` are kept for it (manual, 5.10.5)."""
    return name.schema in SYSTEM or (name.schema is None and name.name.startswith("pg_"))
