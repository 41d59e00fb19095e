"""Roles of PostgreSQL and of hosting providers."""

from __future__ import annotations

_HOSTED = frozenset({"rds_superuser", "cloudsqlsuperuser", "azure_pg_admin"})


def is_own_role(name: str) -> bool:
    """Whether it is such a role. Names that begin with `pg_` are reserved (manual, 22.5)."""
    return name.startswith("pg_") or name in _HOSTED
