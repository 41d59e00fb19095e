"""Trust for `sslrootcert=system`: psycopg's own OpenSSL looks for certificates where no system keeps them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

KNOWN = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/opt/homebrew/etc/ca-certificates/cert.pem",
)
"""Where Debian, Fedora, older RHEL, SUSE, Alpine and macOS, and Homebrew keep the system's certificates."""


def trust_system_certificates(parameters: Mapping[str, object]) -> str | None:
    """Point OpenSSL at the system's certificates, if `sslrootcert=system` is asked for and nobody has done so.

    parameters: of the connection, by libpq's names. Returns the file that is used from now on, or None. The binary
    wheel of psycopg brings an OpenSSL whose own directory (/usr/lib/psycopg-openssl) does not exist: without this
    every certificate is refused. SSL_CERT_FILE and SSL_CERT_DIR of the user win.
    """
    wanted = parameters.get("sslrootcert") or os.environ.get("PGSSLROOTCERT")
    if wanted != "system" or os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR"):
        return None
    import ssl  # 15 ms that only this case needs

    paths = ssl.get_default_verify_paths()
    for candidate in (paths.cafile, paths.openssl_cafile, *KNOWN):
        if candidate and Path(candidate).is_file():
            os.environ["SSL_CERT_FILE"] = candidate
            return candidate
    return None
