"""Environment variables of libpq, and the secret parts of a connection string.

libpq reads the variables, the service file and the password file itself (manual, 34.15 to 34.17); Rowkeep only shows
them.
"""

from __future__ import annotations

import re

from rowkeep.domain.late_regex import compile_later

VARIABLES = frozenset(
    {
        "PGHOST",
        "PGHOSTADDR",
        "PGPORT",
        "PGDATABASE",
        "PGUSER",
        "PGPASSWORD",
        "PGPASSFILE",
        "PGREQUIREAUTH",
        "PGCHANNELBINDING",
        "PGSERVICE",
        "PGSERVICEFILE",
        "PGOPTIONS",
        "PGAPPNAME",
        "PGSSLMODE",
        "PGSSLNEGOTIATION",
        "PGREQUIRESSL",
        "PGSSLCOMPRESSION",
        "PGSSLCERT",
        "PGSSLKEY",
        "PGSSLCERTMODE",
        "PGSSLROOTCERT",
        "PGSSLCRL",
        "PGSSLCRLDIR",
        "PGSSLSNI",
        "PGREQUIREPEER",
        "PGSSLMINPROTOCOLVERSION",
        "PGSSLMAXPROTOCOLVERSION",
        "PGMINPROTOCOLVERSION",
        "PGMAXPROTOCOLVERSION",
        "PGGSSENCMODE",
        "PGKRBSRVNAME",
        "PGGSSLIB",
        "PGGSSDELEGATION",
        "PGCONNECT_TIMEOUT",
        "PGCLIENTENCODING",
        "PGTARGETSESSIONATTRS",
        "PGLOADBALANCEHOSTS",
        "PGDATESTYLE",
        "PGTZ",
        "PGGEQO",
        "PGSYSCONFDIR",
        "PGLOCALEDIR",
    }
)
"""Every variable that libpq 14 to 18 reads (manual, 34.15)."""

SECRET_VARIABLES = frozenset({"PGPASSWORD"})
HIDDEN = "***"

_URL = compile_later(r"postgres(?:ql)?://", re.IGNORECASE)
_SECRET_KEY = compile_later(r"password|secret|scram_(?:client|server)_key", re.IGNORECASE)
_PAIR = compile_later(
    r"(?P<key>[A-Za-z_]+)(?P<equals>\s*=\s*)(?P<value>'(?:[^'\\]|\\.)*'?|(?:\\.|[^\s\\])*)", re.DOTALL
)


def mask_secrets(conninfo: str) -> str:
    """A URL or a connection string without its secrets, otherwise unchanged."""
    scheme = _URL.match(conninfo)
    if scheme is None:
        return _PAIR.sub(_mask_pair, conninfo)
    # A password may contain any character, even an unescaped @ or /: everything up to the last @ is the user part.
    user, at, rest = conninfo[scheme.end() :].rpartition("@")
    name, colon, _ = user.partition(":")
    place, question, query = rest.partition("?")
    shown = question + "&".join(map(_mask_parameter, query.split("&"))) if question else ""
    return f"{scheme.group()}{name}{colon}{HIDDEN if colon else ''}{at}{place}{shown}"


def _mask_pair(match: re.Match[str]) -> str:
    if not _SECRET_KEY.search(match["key"]):
        return match.group()
    return f"{match['key']}{match['equals']}{HIDDEN}"


def _mask_parameter(parameter: str) -> str:
    from urllib.parse import unquote

    key, equals, _ = parameter.partition("=")
    return f"{key}{equals}{HIDDEN}" if _SECRET_KEY.search(unquote(key)) else parameter
