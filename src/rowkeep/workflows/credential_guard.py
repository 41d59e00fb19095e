"""Keeps credentials of the environment from a database that the checkout names, unless the checkout is trusted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rowkeep.config import Settings
from rowkeep.config.address import check_address
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused
from rowkeep.files.project.trust import VARIABLE

CREDENTIALS = ("PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGSERVICEFILE", "PGSSLKEY", "PGSSLCERT")
"""Variables of libpq that contain or lead to credentials."""

OWN = ("service", "passfile", "sslkey", "sslcert")
"""Keywords of an address that lead to credentials on this machine."""

NO_PASSWORD_FILE = "/dev/null/none"
"""A password file that cannot exist, so that libpq reads none."""


def must_hide_password_file(settings: Settings, environ: Mapping[str, str]) -> bool:
    """Whether the connection must not use the user's password file, because the checkout names the database.

    Raises Misused if a database named by the checkout would get a password, service or key of the environment.
    """
    named = "database" if "database" in settings.by_checkout else "libpq"
    if named not in settings.by_checkout:
        return False
    parts = check_address(settings.database, settings.origins.get("database")).parts if settings.database else {}
    server = next((name for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE") if name in settings.libpq), "")
    where = settings.origins.get(server or "database")
    own = [name for name in OWN if name in parts]
    theirs = [name for name in CREDENTIALS if environ.get(name) and name not in settings.libpq]
    if "password" in parts or "PGPASSWORD" in settings.libpq:
        # Its own password wins over one of the environment; a service or a key would still be used.
        theirs = [name for name in theirs if name not in ("PGPASSWORD", "PGPASSFILE")]
    if own or theirs:
        what = ", ".join([*(f"{name}= of the address" for name in own), *theirs])
        raise Misused(
            "the checkout names the database, and your credentials would be sent to it",
            code=ErrorCode.UNTRUSTED_DATABASE,
            where=where,
            why=f"{what}: a checkout can name any server, for example its author's",
            instead=(
                f"export {settings.database_url_var}=URL   (or --database URL: you name the database)",
                f"export {VARIABLE}=1   (if you trust this checkout)",
            ),
        )
    return "hostaddr" in parts or _has_wildcard_password()


def _has_wildcard_password() -> bool:
    """Whether the user's password file has entries for every host."""
    try:
        lines = Path("~/.pgpass").expanduser().read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    return any(line.startswith("*:") for line in lines)
