"""`python -m tools.generate [--check]`: write every generated page, or say which ones differ (exit 1)."""

from __future__ import annotations

import sys

from tools.generate import differences, settle


def main(arguments: list[str]) -> int:
    """Write, or with --check compare; 0 when nothing differs or everything is written."""
    check = arguments == ["--check"]
    if arguments and not check:
        print("usage: python -m tools.generate [--check]", file=sys.stderr)
        return 2
    found = differences()
    for difference in found:
        print(f"{difference.word}: {difference.path}")
        if not check:
            settle(difference)
    if check and found:
        print("run `make docs` (python -m tools.generate)", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
