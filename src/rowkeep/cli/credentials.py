"""Keeps the user's credentials from a database that the checkout names, for the whole process of a command."""

from __future__ import annotations

import os
from collections.abc import Mapping

from rowkeep.config import Settings
from rowkeep.workflows.credential_guard import NO_PASSWORD_FILE, must_hide_password_file


def guard(settings: Settings, environ: Mapping[str, str] = os.environ) -> None:
    """Raise Misused if a database named by the checkout would get a password, service or key of the environment.

    Otherwise keep a password file with entries for every host from the connection.
    """
    if must_hide_password_file(settings, environ):
        os.environ["PGPASSFILE"] = NO_PASSWORD_FILE
