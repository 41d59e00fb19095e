"""A database that the checkout names gets no credentials of the environment, unless the environment says so."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from rowkeep.config import Settings
from rowkeep.config.address import check_address
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused
from rowkeep.files.project.trust import VARIABLE

CREDENTIALS = ("PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGSERVICEFILE", "PGSSLKEY", "PGSSLCERT")
"""Variables of libpq that hold or lead to what proves who somebody is."""

OWN = ("service", "passfile", "sslkey", "sslcert")
"""Keywords of an address that lead to such things on this machine."""

NOWHERE = "/dev/null/none"
"""A password file that there cannot be: libpq then looks at no other."""


def guard(settings: Settings, environ: Mapping[str, str] = os.environ) -> None:
    """Raise Misused where what the checkout named would get a password, a service or a key of the environment.

    Without one, a password file whose entries hold for every host is kept from the connection.
    """
    named = "database" if "database" in settings.by_checkout else "libpq"
    if named not in settings.by_checkout:
        return
    parts = check_address(settings.database, settings.origins.get("database")).parts if settings.database else {}
    server = next((name for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE") if name in settings.libpq), "")
    where = settings.origins.get(server or "database")
    own = [name for name in OWN if name in parts]
    theirs = [name for name in CREDENTIALS if environ.get(name) and name not in settings.libpq]
    if "password" in parts or "PGPASSWORD" in settings.libpq:
        # Its own password goes before one of the environment; a service or a key would still be used.
        theirs = [name for name in theirs if name not in ("PGPASSWORD", "PGPASSFILE")]
    if own or theirs:
        what = ", ".join([*(f"{name}= of the address" for name in own), *theirs])
        raise Misused(
            "the checkout names the database, and credentials of yours would be sent to it",
            code=ErrorCode.UNTRUSTED_DATABASE,
            where=where,
            why=f"{what}: a checkout may name any server, also one of its author's",
            instead=(
                f"export {settings.database_url_var}=URL   (or --database URL: you name the database)",
                f"export {VARIABLE}=1   (if you trust this checkout)",
            ),
        )
    if "hostaddr" in parts or _for_every_host():
        os.environ["PGPASSFILE"] = NOWHERE


def _for_every_host() -> bool:
    """Whether the user's password file has entries that hold for any host."""
    try:
        lines = Path("~/.pgpass").expanduser().read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    return any(line.startswith("*:") for line in lines)
