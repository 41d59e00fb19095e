"""The command `rowkeep`. `--version` answers before anything is imported: it must feel instant."""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> None:
    """Run the command line; leave with the exit code of `docs/exit-codes.md`."""
    leave(run_arguments(sys.argv[1:]))


def run_arguments(arguments: list[str]) -> int:
    """Run the command line and return its exit code."""
    if arguments in (["--version"], ["-V"]):
        from rowkeep.version import VERSION

        sys.stdout.write(f"rowkeep {VERSION}\n")
        return 0
    try:
        if hasattr(sys.stdout, "reconfigure"):
            # A terminal that cannot show a character must not stop a migration.
            sys.stdout.reconfigure(errors="replace")
        code = None
        if arguments[:1] == ["lint"]:
            from rowkeep.lint_cache.answer import replay

            code = replay(arguments)
        if code is None:
            from rowkeep.module_finder import install_finder

            install_finder()
            gc.disable()  # `run` enables it: what an import makes stays
            from rowkeep.cli import run

            code = run(arguments)
    except KeyboardInterrupt:
        # Before the command line was set up.
        code = 130
    return code


def leave(code: int) -> NoReturn:
    """End the process as the interpreter does, but without freeing its objects one by one.

    That would take a fifth of the time of a `lint` of one file. A second thread is left to the interpreter, and so is
    output that cannot be written.
    """
    threading = sys.modules.get("threading")
    if code != 130:
        if threading is not None and threading.active_count() > 1:
            sys.exit(code)
        if "atexit" in sys.modules:
            sys.modules["atexit"]._run_exitfuncs()
    # CPython ends a process by SIGINT itself, whatever is asked of sys.exit, when a KeyboardInterrupt happened to come
    # in the middle of an exec() (as dataclasses do); the code is to be the same every time.
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # contextlib.suppress would cost --version 3 ms
        if code != 130:
            sys.exit(code)
    os._exit(code)


if __name__ == "__main__":
    main()
