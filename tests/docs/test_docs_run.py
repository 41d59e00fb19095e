"""Docs run: every ```console block of the README and of docs/ does what the page says, on a real server."""

import os
import sys
from pathlib import Path

import pytest
from tests.patience import PATIENCE_S
from tools.console import Command, File, matches, read, run
from tools.generate import ROOT

from rowkeep.programs.cache import cache_directory
from rowkeep.scratch import Server

PAGES = sorted([ROOT / "README.md", *ROOT.joinpath("docs").rglob("*.md")])
RUNNING = [
    page.relative_to(ROOT).as_posix()
    for page in PAGES
    if any(isinstance(block, Command) for block in read(page.read_text()))
]
"""A page with files only is not run here: tests/library/test_page.py runs the examples of docs/library.md."""

ENVIRON = {"PATH": os.environ["PATH"]}


@pytest.mark.server
@pytest.mark.majors(18)
@pytest.mark.parametrize("page", RUNNING)
def test_the_page_does_what_it_says(page: str, server: Server, database: str, tmp_path: Path) -> None:
    project, home = tmp_path / "project", tmp_path / "home"
    project.mkdir()
    home.mkdir()
    environ = {
        # The command first; PostgreSQL's programs last, so that a page can call psql.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"], server.programs.directory]),
        "HOME": str(home),
        "XDG_CACHE_HOME": str(cache_directory().parent),
        "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
        "LANG": "C.UTF-8",
        "DATABASE_URL": database,
    }
    ran, wrong = run((ROOT / page).read_text(), project, environ, 2 * PATIENCE_S)
    assert ran > 0
    assert wrong is None, f"{page}: {wrong}"


def test_blocks_are_read() -> None:
    page = "\n".join(
        [
            "Text",
            "```console",
            "$ one",
            "```",
            "```sql file=migrations/1_a.sql",
            "SELECT 1;",
            "```",
            "```sh",
            "$ never",
            "```",
            "```console exit=1",
            "$ two \\",
            "> more",
            "first ...",
            "",
            "last",
            "$ three",
            "```",
            "",
        ]
    )
    assert read(page) == (
        Command(3, "one", None, 0),
        File(6, "migrations/1_a.sql", "SELECT 1;\n"),
        Command(12, "two \\\nmore", "first ...\n\nlast", 0),
        Command(17, "three", None, 1),
    )


@pytest.mark.parametrize(
    ("wanted", "printed", "same"),
    [
        ("a", "a\n", True),
        ("a ... c", "a b c\n", True),
        ("a\n...\nz", "a\nb\nc\nz\n", True),
        ("...", "", True),
        ("a", "a\nb\n", False),
        ("a.c", "abc", False),
    ],
)
def test_what_is_printed_is_compared(wanted: str, printed: str, same: bool) -> None:
    assert matches(wanted, printed) is same


class TestAPage:
    """A page is typed into one shell: directory, variables and files stay from block to block."""

    def test_that_is_right(self, tmp_path: Path) -> None:
        page = (
            "```console\n$ export WORD=hello\n$ mkdir deep && cd deep\n```\n"
            "```txt file=there.txt\nsome text\n```\n"
            "```console\n$ cat there.txt; echo $WORD\nsome ...\nhello\n```\n"
            "```console exit=3\n$ echo no >&2; (exit 3)\nno\n```\n"
        )
        assert run(page, tmp_path, ENVIRON, 20) == (4, None)

    def test_that_fails(self, tmp_path: Path) -> None:
        ran, wrong = run("```console\n$ true\n$ false\n$ true\n```\n", tmp_path, ENVIRON, 20)
        assert (ran, wrong and wrong.command.line, wrong and wrong.exit_code) == (2, 3, 1)

    def test_that_prints_something_else(self, tmp_path: Path) -> None:
        _, wrong = run("```console\n$ echo yes\nno\n```\n", tmp_path, ENVIRON, 20)
        assert wrong is not None
        assert "it printed:\nyes\n" in str(wrong)

    def test_that_leaves_the_shell(self, tmp_path: Path) -> None:
        ran, wrong = run("```console\n$ exit 4\n$ true\n```\n", tmp_path, ENVIRON, 20)
        assert (ran, wrong and wrong.exit_code) == (0, 4)
