"""A healthy database, machine and project as facts, to be made ill one piece at a time."""

from __future__ import annotations

from datetime import datetime

import pytest

from rowkeep.domain.deploy.program import Programs, Version
from rowkeep.domain.doctor_facts import (
    ConnectionFacts,
    DatabaseFacts,
    DoctorFacts,
    MachineFacts,
    PathFacts,
    RoleRights,
    ServerFacts,
)
from rowkeep.domain.history.ledger import HistoryTable
from rowkeep.domain.history.state import State
from rowkeep.domain.migration import Directory

SETTINGS = {
    "archive_mode": "on", "autovacuum": "on", "data_checksums": "on",
    "fsync": "on", "full_page_writes": "on", "idle_in_transaction_session_timeout": "0", "lock_timeout": "0",
    "max_connections": "100", "max_locks_per_transaction": "64", "max_prepared_transactions": "0",
    "session_replication_role": "origin", "statement_timeout": "0", "synchronous_commit": "on",
    "track_activities": "on", "track_counts": "on", "transaction_timeout": "0", "wal_level": "replica",
    "zero_damaged_pages": "off",
}  # fmt: skip


@pytest.fixture
def healthy() -> DoctorFacts:
    """Everything as it should be."""
    now = datetime(2026, 10, 1, 12, 0, 0)
    programs = Programs(Version(17, 11), "/opt/pg17/bin", frozenset({"pg_dump", "initdb"}), "Debian")
    return DoctorFacts(
        machine=MachineFacts(
            today="2026-10-01",
            now="2026-10-01T12:00:00+00:00",
            backups=PathFacts("backups", 0o700, True, 10**12, 1),
            temporary=PathFacts("/tmp", 0o1777, True, 10**12, 2),
            passfile=PathFacts("/home/u/.pgpass", 0o600, True, None, 1),
            env_file=PathFacts(".env", 0o600, True, None, 1),
            extensions=frozenset({"plpgsql", "hstore"}),
            locale=True,
            git_ignores={"backups": True, ".env": True},
        ),
        programs=(programs,),
        client=programs,
        host=programs,
        database=DatabaseFacts(
            server=ServerFacts(
                170011, "17.11", "shop", "migrant", False, False, False, 10**9, "UTF8", "de_DE.UTF-8", "de_DE.UTF-8",
                "libc", "", "2.36", "Etc/UTC", False, 40,
            ),
            connection=ConnectionFacts("db.example.org", 5432, True, "verify-full", 812, (812, 812), 0.002, 0.01),
            rights=RoleRights(True, True, True, True, True, (), (), (), 0, True, True, True),
            settings=SETTINGS,
            extensions=(("hstore", "1.8"), ("plpgsql", "1.0")),
            collation_now="2.36",
            may_set=True,
            state=State(170011, "shop", "migrant", False, False, False, now, "Etc/UTC", HistoryTable(), False),
        ),
        directory=Directory("migrations", "node-pg-migrate", ()),
    )  # fmt: skip
