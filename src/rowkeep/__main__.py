"""The command `rowkeep`. `--version` answers before anything is imported: it must feel instant."""

import sys


def main() -> None:
    """Run the command line; leave with the exit code of `docs/exit-codes.md`."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from rowkeep.version import VERSION

        sys.stdout.write(f"rowkeep {VERSION}\n")
        return
    try:
        from rowkeep.cli import run

        if hasattr(sys.stdout, "reconfigure"):
            # A terminal that cannot show a character must not stop a migration.
            sys.stdout.reconfigure(errors="replace")
        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        # Before the door stood open.
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
