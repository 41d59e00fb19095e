"""libpq's environment variables as parts of a connection string: for a library that leaves the environment alone."""

from __future__ import annotations

from collections.abc import Mapping

from psycopg import conninfo as libpq
from psycopg import pq

from rowkeep.config.address import check_address


def add_variables(conninfo: str, variables: Mapping[str, str]) -> str:
    """`conninfo` with what `variables` (PGHOST …) say, where it does not say so itself.

    Variables that are no part of a connection string (PGTZ, PGSERVICEFILE …) are left out. Raises Misused for a
    connection string that cannot be read.
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
