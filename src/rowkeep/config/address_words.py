"""Keywords in addresses: those of libpq with their values, and those of other tools."""

from __future__ import annotations

from collections.abc import Mapping

KEYWORDS = frozenset(
    {
        "application_name",
        "channel_binding",
        "client_encoding",
        "connect_timeout",
        "dbname",
        "fallback_application_name",
        "gssdelegation",
        "gssencmode",
        "gsslib",
        "host",
        "hostaddr",
        "keepalives",
        "keepalives_count",
        "keepalives_idle",
        "keepalives_interval",
        "krbsrvname",
        "load_balance_hosts",
        "max_protocol_version",
        "min_protocol_version",
        "options",
        "passfile",
        "password",
        "port",
        "require_auth",
        "requirepeer",
        "scram_client_key",
        "scram_server_key",
        "service",
        "ssl_max_protocol_version",
        "ssl_min_protocol_version",
        "sslcert",
        "sslcertmode",
        "sslcompression",
        "sslcrl",
        "sslcrldir",
        "sslkey",
        "sslkeylogfile",
        "sslmode",
        "sslnegotiation",
        "sslpassword",
        "sslrootcert",
        "sslsni",
        "target_session_attrs",
        "tcp_user_timeout",
        "user",
    }
)
"""libpq 14 to 18 (manual, 34.1.2), without `replication`, which is a different kind of connection."""

NUMBERS = frozenset(
    {
        "connect_timeout",
        "gssdelegation",
        "keepalives",
        "keepalives_count",
        "keepalives_idle",
        "keepalives_interval",
        "sslcompression",
        "sslsni",
        "tcp_user_timeout",
    }
)
"""Keywords whose value is a whole number."""

_PROTOCOLS = frozenset({"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"})
_AUTH = frozenset({"password", "md5", "gss", "sspi", "scram-sha-256", "oauth", "creds", "none"})

VALUES: Mapping[str, frozenset[str]] = {
    "sslmode": frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}),
    "gssencmode": frozenset({"disable", "prefer", "require"}),
    "channel_binding": frozenset({"disable", "prefer", "require"}),
    "load_balance_hosts": frozenset({"disable", "random"}),
    "sslcertmode": frozenset({"disable", "allow", "require"}),
    "sslnegotiation": frozenset({"postgres", "direct"}),
    "ssl_min_protocol_version": _PROTOCOLS,
    "ssl_max_protocol_version": _PROTOCOLS,
    "min_protocol_version": frozenset({"3.0", "3.2", "latest"}),
    "max_protocol_version": frozenset({"3.0", "3.2", "latest"}),
    "target_session_attrs": frozenset({"any", "read-write", "read-only", "primary", "standby", "prefer-standby"}),
    "require_auth": _AUTH | {f"!{method}" for method in _AUTH},
}
"""Keywords with a list of values; libpq's message would contain a wrong one."""

SSLMODES: Mapping[str, str] = {
    "no-verify": "require",
    **{mode: mode for mode in VALUES["sslmode"]},
}
"""`sslmode=`, also of node-postgres: `no-verify` encrypts without checking the certificate."""

SSL: Mapping[str, str] = {
    **dict.fromkeys(("true", "1", "on", "yes", "t"), "require"),
    **dict.fromkeys(("false", "0", "off", "no", "f"), "disable"),
    **SSLMODES,
}
"""`ssl=` of node-postgres, JDBC and asyncpg."""

RENAMED: Mapping[str, str] = {
    "database": "dbname",
    "db": "dbname",
    "username": "user",
    "currentSchema": "schema",
    "search_path": "schema",
}
"""Other tools' names for the same."""

DROPPED = frozenset(
    {
        # Prisma
        "connection_limit",
        "pool_timeout",
        "pgbouncer",
        "socket_timeout",
        "statement_cache_size",
        "single_use_connections",
        # node-postgres
        "uselibpqcompat",
        "max",
        "min",
        "idleTimeoutMillis",
        "connectionTimeoutMillis",
        "statement_timeout",
        "query_timeout",
        "lock_timeout",
        "idle_in_transaction_session_timeout",
        "encoding",
        "keepAlive",
        # SQLAlchemy, asyncpg, Django
        "prepared_statement_cache_size",
        "prepared_statement_name_func",
        "async_fallback",
        "pool_size",
        "max_overflow",
        "charset",
        "command_timeout",
        "conn_max_age",
        # hosts
        "supa",
        "workaround",
    }
)
"""Settings of pools and drivers, which are ignored."""
