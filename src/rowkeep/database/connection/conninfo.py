"""Connection strings made from others: with the values of libpq's variables, or to another database of the server."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from psycopg import conninfo as libpq
from psycopg import pq

from rowkeep.config.address import check_address


def add_variables(conninfo: str, variables: Mapping[str, str]) -> str:
    """`conninfo` with what `variables` (PGHOST …) say, where it does not say so itself.

    For a library, which leaves the environment of the process alone. Variables that are no part of a connection string
    (PGTZ, PGSERVICEFILE …) are left out. Raises Misused for a connection string that cannot be read.
    """
    parts = dict(check_address(conninfo).parts)
    names_host = bool({"host", "hostaddr"} & parts.keys())
    for option in pq.Conninfo.get_defaults():
        variable = option.envvar.decode() if option.envvar else ""
        keyword = option.keyword.decode()
        # An address that names a host says where to connect to: no part of another one.
        elsewhere = names_host and keyword in ("host", "hostaddr", "port")
        if variable in variables and keyword not in parts and not elsewhere:
            parts[keyword] = variables[variable]
    return libpq.make_conninfo("", **parts)


def url_of_database(conninfo: str, name: str) -> str:
    """The URL of the database `name` on the server of `conninfo`, as drivers and ORMs take it.

    A unix socket stands in the query: `postgresql://postgres@/name?host=%2Ftmp&port=5432`.
    """
    parts = dict(check_address(conninfo).parts)
    parts.pop("dbname", None)
    user, password = parts.pop("user", ""), parts.pop("password", None)
    place = ""
    # More than one host, or a socket, cannot stand before the path.
    if (host := parts.get("host", "")) and not host.startswith("/") and "," not in host:
        del parts["host"]
        place = f"[{host}]" if ":" in host else host
        if port := parts.pop("port", ""):
            place += f":{port}"
    who = quote(user, safe="") + (f":{quote(password, safe='')}" if password is not None else "")
    query = f"?{urlencode(parts, quote_via=quote)}" if parts else ""
    return f"postgresql://{f'{who}@' if who else ''}{place}/{quote(name, safe='')}{query}"
