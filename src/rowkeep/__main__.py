"""The command `rowkeep`. `--version` answers before anything is imported: it must feel instant."""

import sys


def main() -> None:
    """Run the command line; leave with the exit code of `docs/exit-codes.md`."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from rowkeep.version import VERSION

        sys.stdout.write(f"rowkeep {VERSION}\n")
        return
    from rowkeep.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
