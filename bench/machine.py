"""Where the numbers come from: the machine, how busy it is, and the versions at work."""

from __future__ import annotations

import os
import platform

from rowkeep.version import VERSION


def machine() -> dict[str, str]:
    """Facts to print above the tables and to keep beside the numbers."""
    return {
        "rowkeep": VERSION,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": str(os.cpu_count()),
        "load": " ".join(f"{value:.1f}" for value in os.getloadavg()),
    }
