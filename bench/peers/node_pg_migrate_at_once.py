"""node-pg-migrate 9 as it is without flags: all that is pending in one transaction."""

from __future__ import annotations

from bench.peers.node_pg_migrate import NodePgMigrate


class AtOnce(NodePgMigrate):
    """node-pg-migrate up"""

    name = "node_pg_migrate_at_once"
    remark = "node-pg-migrate 9.0.0, one transaction for all (its default)"
    flags: tuple[str, ...] = ()


PEER = AtOnce()
