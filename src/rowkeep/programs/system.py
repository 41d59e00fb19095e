"""Detects the system family by its package manager."""

from __future__ import annotations

import os
import shutil
import sys
from functools import cache
from pathlib import Path

LIKE = {
    "debian": "debian",
    "ubuntu": "debian",
    "rhel": "rhel",
    "fedora": "fedora",
    "centos": "rhel",
    "amzn": "fedora",
    "alpine": "alpine",
    "arch": "arch",
    "suse": "suse",
    "opensuse": "suse",
    "gentoo": "gentoo",
    "nixos": "nix",
}


@cache
def system_family(release: Path = Path("/etc/os-release")) -> str:
    """The family of the system, as `knowledge/installs.toml` names it (`debian`, `homebrew` …), or `other`."""
    if sys.platform == "darwin":
        return "macports" if shutil.which("port") and not shutil.which("brew") else "homebrew"
    try:
        lines = release.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "other"
    fields = dict(line.split("=", 1) for line in lines if "=" in line)
    words = f"{fields.get('ID', '')} {fields.get('ID_LIKE', '')}".replace('"', "").split()
    return next((LIKE[word] for word in words if word in LIKE), "other")


def is_privileged() -> bool:
    """Whether commands need no `sudo` in front."""
    return os.geteuid() == 0
