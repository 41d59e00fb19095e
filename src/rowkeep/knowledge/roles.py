"""Roles that come with PostgreSQL, or with those who host it."""

from __future__ import annotations

_HOSTED = frozenset({"rds_superuser", "cloudsqlsuperuser", "azure_pg_admin"})


def is_own_role(name: str) -> bool:
    """Whether nobody's migration has made the role: names that begin with `pg_` are kept (manual, 22.5)."""
    return name.startswith("pg_") or name in _HOSTED
