"""Commands that install PostgreSQL's programs or their libraries, by family of operating systems."""

from __future__ import annotations

from functools import cache
from typing import Any

from rowkeep.knowledge.toml_tables import load_table


def install_postgresql_command(family: str, major: int, server: bool, privileged: bool) -> tuple[str, ...]:
    """The command that installs PostgreSQL `major` on this family of systems; empty for an unknown one."""
    known = _data().get(family)
    if known is None:
        return ()
    return (known["server" if server else "client"].format(major=major, sudo=_sudo(privileged)),)


def install_libraries_command(family: str, names: tuple[str, ...], privileged: bool) -> tuple[str, ...]:
    """The command that installs the packages of these shared libraries (`libxml2.so.2` …)."""
    data = _data()
    known = data.get(family, {}).get("libraries")
    brings = data["packages"].get(family, {})
    packages = tuple(dict.fromkeys(brings[stem] for name in names if (stem := name.partition(".so")[0]) in brings))
    if known is None or not packages:
        return (f"install the packages that bring {', '.join(names)}",)
    return (known.format(packages=" ".join(packages), sudo=_sudo(privileged)),)


def _sudo(privileged: bool) -> str:
    return "" if privileged else "sudo "


@cache
def _data() -> dict[str, Any]:
    return load_table("installs.toml")
