"""The command `rowkeep`. `--version` answers before anything is imported: it must feel instant."""

import os
import sys


def main() -> None:
    """Run the command line; leave with the exit code of `docs/exit-codes.md`."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from rowkeep.version import VERSION

        sys.stdout.write(f"rowkeep {VERSION}\n")
        return
    try:
        if hasattr(sys.stdout, "reconfigure"):
            # A terminal that cannot show a character must not stop a migration.
            sys.stdout.reconfigure(errors="replace")
        code = None
        if sys.argv[1:2] == ["lint"]:
            from rowkeep.lint_cache.answer import replay

            code = replay(sys.argv[1:])
        if code is None:
            from rowkeep.cli import run

            code = run(sys.argv[1:])
    except KeyboardInterrupt:
        # Before the command line was set up.
        code = 130
    if code == 130:
        # CPython ends a process by SIGINT itself, whatever is asked of sys.exit, when the KeyboardInterrupt happened
        # to come in the middle of an exec() (as dataclasses do at import); the code is to be the same every time.
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except OSError:  # contextlib.suppress would cost --version 3 ms
            pass
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    main()
