"""Timeouts and keepalives, so that a silent network is noticed. A user's own values win."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from psycopg.pq.abc import PGconn

DEFAULTS: Mapping[str, str] = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
"""Seconds; tcp_user_timeout in milliseconds. Silence on either side is noticed after about half a minute."""


def defaults(parts: Mapping[str, object]) -> dict[str, str]:
    """The `DEFAULTS` that neither the address nor its service nor the environment sets.

    parts: of the address, by libpq's keywords.
    """
    configured = {*parts, *service(parts)}
    if os.environ.get("PGCONNECT_TIMEOUT"):
        configured.add("connect_timeout")
    return {key: value for key, value in DEFAULTS.items() if key not in configured}


def service(parts: Mapping[str, object]) -> dict[str, str]:
    """The parameters of the connection service that is named, as libpq finds it (manual, 34.17)."""
    name = parts.get("service") or os.environ.get("PGSERVICE")
    if not name:
        return {}
    from configparser import ConfigParser, Error  # few connections have a service

    own = os.environ.get("PGSERVICEFILE") or Path("~/.pg_service.conf").expanduser()
    for place in (Path(own), Path(os.environ.get("PGSYSCONFDIR", "/etc/postgresql-common")) / "pg_service.conf"):
        parser = ConfigParser(interpolation=None, strict=False, delimiters=("=",), comment_prefixes=("#",))
        try:
            parser.read_string(place.read_text(errors="replace"))
        except (OSError, Error):
            continue
        if parser.has_section(str(name)):
            return dict(parser.items(str(name)))
    return {}


def of_server(pgconn: PGconn) -> dict[str, str]:
    """The same as settings for the server's side of a connection; nothing for a Unix socket.

    Without them the server keeps a session, and its locks, for a quarter of an hour after the network fell silent.
    """
    options = {option.keyword.decode(): option.val.decode() for option in pgconn.info if option.val}
    if pgconn.host.startswith((b"/", b"@")) or not pgconn.host or options.get("keepalives") == "0":
        return {}
    timeout = options.get("tcp_user_timeout", "0")
    return {
        "tcp_keepalives_idle": options.get("keepalives_idle", "0"),
        "tcp_keepalives_interval": options.get("keepalives_interval", "0"),
        "tcp_keepalives_count": options.get("keepalives_count", "0"),
        "tcp_user_timeout": f"{timeout}ms" if timeout.isdigit() else "0",
    }


def silence_s(pgconn: PGconn) -> float:
    """How long the server may be silent, and unreachable for another session, before it counts as gone."""
    options = {option.keyword: option.val for option in pgconn.info}
    timeout = options.get(b"tcp_user_timeout") or b"0"
    return int(timeout) / 1000 if timeout.isdigit() and int(timeout) else 20.0
