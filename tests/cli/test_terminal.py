"""What others wrote cannot speak to the terminal or to the CI: file names, identifiers, reasons, server messages."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from rowkeep.cli.output import safe
from rowkeep.report.text.visible import indent, join_lines, make_visible, mask_passwords, one_line

ESC, BEL, CSI, RLO, LRI, ZWSP, LS, NEL = "\x1b", "\x07", "\x9b", "\u202e", "\u2066", "\u200b", "\u2028", "\x85"
EVIL = f"{ESC}[2J{ESC}]0;owned{BEL}{CSI}31m{RLO}{LRI}{ZWSP}{LS}{NEL}\r"
COMMAND = "\n::set-output name=a::b\n  ::error::forged\n##[set-output name=a]b ##vso[task.setvariable]x"

FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
FORGED = re.compile(r"^\s*::[a-z-]+[^\n]*::|##\[|##vso\[", re.MULTILINE)
FORMS = ("full", "concise", "json", "json-lines", "sarif", "github", "gitlab", "junit", "squawk-json")
TEXT_OF = {"json", "json-lines", "sarif", "gitlab", "squawk-json"}


def clean(text: str, *, annotations: bool = False) -> None:
    assert FORBIDDEN.search(text) is None, repr(FORBIDDEN.search(text))
    if annotations:
        # Ours are of these three kinds, and each names a file that is one of the project's.
        text = "\n".join(line for line in text.split("\n") if not re.match(r"::(error|warning|notice) file=", line))
    assert FORGED.search(text) is None, repr(FORGED.search(text))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    directory = tmp_path / "migrations"
    directory.mkdir()
    name = f"1700000000000_a{ESC}]0;x{BEL}{RLO}{COMMAND.replace('/', '')}.sql"
    (directory / name).write_text(
        f'-- rowkeep: allow drop-table because {ESC}[8m{RLO} ::error::no\nDROP TABLE "t{EVIL}{COMMAND}";\n'
        f'DROP TABLE "u{EVIL}{COMMAND}";\nALTER TABLE "v{EVIL}{COMMAND}" ADD COLUMN "c{EVIL}" int NOT NULL;\n',
        newline="",
    )
    (directory / f"1700000000001_b{CSI}.sql").write_text(f"SELECT '{EVIL}' FROM {EVIL} WHERE;\n", newline="")
    # A name that is not UTF-8: Python holds its bytes as halves of characters.
    (directory / os.fsdecode(b"1700000000002_\xff\xfe.sql")).write_text("DROP TABLE w;\n")
    return tmp_path


@pytest.mark.parametrize("color", ["never", "always"])
@pytest.mark.parametrize("form", FORMS)
def test_lint_in_every_form(form, color, run, project) -> None:  # type: ignore[no-untyped-def]
    ran = run("lint", "--output-format", form, "--color", color, cwd=project)
    assert ran.code == 1
    out = re.sub("\x1b\\[(?:1;31|1;33|1;36|0)m", "", ran.out) if color == "always" else ran.out
    clean(out, annotations=form == "github")
    clean(ran.err)
    if color == "always" and form in ("full", "concise"):
        # Colours are ours alone: as many as findings, each ended.
        assert ran.out.count("\x1b[0m") == ran.out.count("\x1b[") / 2
    assert "xff" in ran.out or "\\udcff" in ran.out or "%FF%FE" in ran.out
    if form in TEXT_OF:
        for document in ran.out.splitlines() if form == "json-lines" else [ran.out]:
            json.loads(document)


def test_lint_into_a_file_and_the_summary_of_a_step(run, project) -> None:  # type: ignore[no-untyped-def]
    summary = project / "summary.md"
    for form in FORMS:
        run(
            "lint",
            "--output-format",
            form,
            "--output",
            "out.txt",
            cwd=project,
            env={"GITHUB_STEP_SUMMARY": str(summary)},
        )
        clean((project / "out.txt").read_bytes().decode(), annotations=form == "github")
    clean(summary.read_bytes().decode())


@pytest.mark.parametrize("arguments", [("lint", "--diff"), ("lint", "--statistics"), ("import",), ("config",)])
def test_other_commands_that_read_files(arguments, run, project) -> None:  # type: ignore[no-untyped-def]
    ran = run(*arguments, cwd=project)
    clean(ran.out)
    clean(ran.err)


def test_arguments_and_settings(run, tmp_path) -> None:  # type: ignore[no-untyped-def]
    for arguments in (
        ("lint", f"x{EVIL}{COMMAND}"),
        (f"x{EVIL}{COMMAND}",),
        ("rule", f"x{EVIL}{COMMAND}"),
        ("status", f"--x{EVIL}{COMMAND}"),
        ("status", "-c", f"x{EVIL}{COMMAND}"),
        ("config", "-m", f"x{EVIL}{COMMAND}"),
        ("lint", "--output-format", "json", f"x{EVIL}{COMMAND}"),
    ):
        ran = run(*arguments, cwd=tmp_path)
        clean(ran.out)
        clean(ran.err)
    (tmp_path / "rowkeep.toml").write_text(f'"x\\u001b[2J\\n::error::y{RLO}" = 1\n')
    ran = run("lint", cwd=tmp_path)
    assert ran.code == 2
    clean(ran.err)


@pytest.mark.server
@pytest.mark.majors(14, 18)
def test_what_a_server_says(database, run, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """Messages, notices, names of tables and of migrations in history, in every output."""
    (tmp_path / "migrations").mkdir()
    env = {"DATABASE_URL": database}
    words = f"{EVIL}{COMMAND}".replace("'", "''")
    first = "1700000000000_a.sql"
    (tmp_path / "migrations" / first).write_text(
        f"CREATE TABLE \"t{words}\" (id int PRIMARY KEY);\nDO $$ BEGIN RAISE WARNING '{words}'; END $$;\n", newline=""
    )
    runs = [
        run("plan", cwd=tmp_path, env=env),
        run("up", "-v", cwd=tmp_path, env=env),
        run("status", cwd=tmp_path, env=env),
        run("history", cwd=tmp_path, env=env),
        run("status", "--output-format", "json", cwd=tmp_path, env=env),
    ]
    (tmp_path / "migrations/1700000000001_b.sql").write_text(
        f"DO $$ BEGIN RAISE EXCEPTION '{words}' USING DETAIL = '{words}', HINT = '{words}'; END $$;\n", newline=""
    )
    runs += [
        run("up", cwd=tmp_path, env=env),
        run("up", "--output-format", "json", cwd=tmp_path, env=env),
        run("history", cwd=tmp_path, env=env),
        run("deploy", "--yes", "--report", "report.html", cwd=tmp_path, env=env),
    ]
    assert runs[1].code == 0, runs[1]
    assert runs[5].code == 5, runs[5]
    for ran in runs:
        clean(ran.out)
        clean(ran.err)
    clean((tmp_path / "report.html").read_bytes().decode())


def test_nothing_prints_beside_the_one_place() -> None:
    """Only `cli/output.py` hands text to click, and `cli/progress.py` to rich, by way of `safe`."""
    root = Path(__file__).parents[2] / "src/rowkeep"
    printing = re.compile(r"\bclick\.(?:echo|secho|prompt|confirm)\(|(?<![\w.])print\(|sys\.std(?:out|err)\.write\(")
    found = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if printing.search(path.read_text(encoding="utf-8")) and "demo/shop" not in str(path)
    }
    # `--version` and the help of no command are texts of our own.
    assert found == {"cli/output.py", "__main__.py", "cli/root_group.py"}
    shown = (root / "cli/progress.py").read_text(encoding="utf-8")
    assert len(re.findall(r"console\.print\(", shown)) == 2


def test_what_is_spelled_out() -> None:
    assert make_visible(f"a{ESC}b\tc\nd\r\ne") == "a\\x1bb\tc\nd\ne"
    assert one_line("a\nb") == "a\\nb"
    assert make_visible("\U000e0041\udcff") == "\\U000e0041\\udcff"
    assert make_visible("Zürich 東京 👍 עברית") == "Zürich 東京 👍 עברית"
    assert indent("a\n::b", "  ") == "a\n  ::b"
    assert join_lines(["a\nb", "c"]) == "a\\nb\nc"
    assert safe("  ::error::x") == "  \\x3a:error::x"
    assert safe("x::text") == "x::text"
    assert safe("::error file=a::x", annotations=True) == "::error file=a::x"
    assert safe("a ##[group]") == "a #\\x23[group]"


@pytest.mark.parametrize(
    "unit", ["password=", "PASSWORD '", "a:/b:", "::a", "##[", "a.", "PASSWORD $x$ ", "\x1b", "@"]
)
def test_the_cost_grows_with_the_length(unit: str) -> None:
    """Twice the text is at most some times the work, whatever it repeats."""
    from time import process_time

    def cost(count: int) -> float:
        text = f"{unit * count}@"
        began = process_time()
        safe(text)
        mask_passwords(text)
        return process_time() - began

    assert cost(16_000) < 40 * max(cost(2_000), 0.002)
