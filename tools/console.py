"""Docs that run: the ```console blocks of a page are typed, in order, into one shell in an empty project.

    ```console            each line that begins with `$ ` is a command, typed as it stands; `> ` continues it
    $ rowkeep lint        the lines below a command are what it prints, stdout and stderr as they come
    ...                   `...` stands for any text; a command without lines below it may print anything
    ```

A command must end with exit code 0; in a block marked ```console exit=1 the last one must end with 1. A block of
another language marked `file=PATH` (```sql file=migrations/1_a.sql) is written to that file at its place in the page.
What cannot be run everywhere (an installation) is shown as an indented block or ```sh, and is not run.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^```(?P<info>\w.*?)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
EXIT = re.compile(r"\bexit=(\d+)")
FILE = re.compile(r"\bfile=(\S+)")
SHELL = ("bash", "--noprofile", "--norc")
END = "end-of-command"


@dataclass(frozen=True, slots=True)
class Command:
    """What is typed at `line` of the page, what it must print (None: anything), and the exit code it must have."""

    line: int
    typed: str
    printed: str | None
    exit_code: int


@dataclass(frozen=True, slots=True)
class File:
    """A file that the page writes into the project."""

    line: int
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """A command that did not do what the page says."""

    command: Command
    exit_code: int
    printed: str

    def __str__(self) -> str:
        return (
            f"line {self.command.line}: $ {self.command.typed}\n"
            f"exit code {self.exit_code}, the page says {self.command.exit_code}; it printed:\n{self.printed}"
        )


def read(page: str) -> tuple[Command | File, ...]:
    """The commands and files of a page, in order."""
    found: list[Command | File] = []
    for block in FENCE.finditer(page):
        language, _, marks = block["info"].partition(" ")
        line = page.count("\n", 0, block.start("body")) + 1
        if named := FILE.search(marks):
            found.append(File(line, named[1], block["body"]))
        elif language == "console":
            code = EXIT.search(marks)
            found.extend(_commands(block["body"], line, int(code[1]) if code else 0))
    return tuple(found)


def _commands(body: str, line: int, exit_code: int) -> Iterator[Command]:
    pieces = re.split(r"^\$ ", body, flags=re.MULTILINE)
    line += pieces[0].count("\n")
    for number, piece in enumerate(pieces[1:], start=2):
        typed, *printed = piece.splitlines()
        while printed and printed[0].startswith("> "):
            typed += "\n" + printed.pop(0)[2:]
        shown = "\n".join(printed).strip("\n")
        yield Command(line, typed, shown or None, exit_code if number == len(pieces) else 0)
        line += piece.count("\n")


def matches(wanted: str, printed: str) -> bool:
    """Whether `printed` is what the page shows; `...` is any text, blanks at the ends of lines do not count."""
    pattern = ".*?".join(re.escape(part) for part in _trimmed(wanted).split("..."))
    return re.fullmatch(pattern, _trimmed(printed), re.DOTALL) is not None


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def run(page: str, project: Path, environ: Mapping[str, str], seconds: float) -> tuple[int, Wrong | None]:
    """Type the page into a shell in `project`; how many commands ran, and the first that went wrong.

    The page as a whole may take `seconds`; subprocess.TimeoutExpired after that.
    """
    steps = read(page)
    script = "".join(_typed(step) for step in steps)
    done = subprocess.run(
        [*SHELL, "-c", script],
        cwd=project,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
    )
    commands = [step for step in steps if isinstance(step, Command)]
    pieces = re.split(rf"{END} (\d+)\n", done.stdout)
    ran = 0
    for command, printed, code in zip(commands, pieces[::2], pieces[1::2], strict=False):
        ran += 1
        wrong = Wrong(command, int(code), printed)
        if int(code) != command.exit_code or not (command.printed is None or matches(command.printed, printed)):
            return ran, wrong
    if ran < len(commands):
        return ran, Wrong(commands[ran], done.returncode, pieces[-1])
    return ran, None


def _typed(step: Command | File) -> str:
    if isinstance(step, File):
        return f"mkdir -p \"$(dirname '{step.path}')\" && cat > '{step.path}' <<'{END}'\n{step.text}{END}\n"
    return f'{step.typed}\necho "{END} $?"\n'
