"""Makes `sslrootcert=system` work: psycopg's own OpenSSL looks for certificates where no system keeps them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

KNOWN = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/opt/homebrew/etc/ca-certificates/cert.pem",
)
"""Where Debian, Fedora, older RHEL, SUSE, Alpine and macOS, and Homebrew keep the system's certificates."""


def with_system_certificates(parameters: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of a connection, with the system's file of certificates in place of `sslrootcert=system`.

    parameters: by libpq's names. The binary wheel of psycopg brings an OpenSSL whose own directory
    (/usr/lib/psycopg-openssl) does not exist, so `system` alone refuses every certificate. As with `system`, sslmode
    is verify-full; with a weaker one libpq reports the mistake itself. SSL_CERT_FILE and SSL_CERT_DIR win.
    """
    mode = parameters.get("sslmode") or os.environ.get("PGSSLMODE") or "verify-full"
    file = find_system_certificates(parameters) if mode == "verify-full" else None
    return {**parameters, "sslrootcert": file, "sslmode": mode} if file else dict(parameters)


def find_system_certificates(parameters: Mapping[str, str]) -> str | None:
    """The system's file of certificates, if `sslrootcert=system` is set and nobody has named a file or directory."""
    root = parameters.get("sslrootcert") or os.environ.get("PGSSLROOTCERT")
    if root != "system" or os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR"):
        return None
    import ssl  # 15 ms that only this case needs

    paths = ssl.get_default_verify_paths()
    candidates = (paths.cafile, paths.openssl_cafile, *KNOWN)
    return next((candidate for candidate in candidates if candidate and Path(candidate).is_file()), None)
