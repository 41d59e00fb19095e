"""A stored answer is the answer: byte for byte, in every form, after every change; or it is not used."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lint_cache.conftest import Answer, entries, lint, replay

from bench import history
from rowkeep.lint_cache.answer import pack, unpack
from rowkeep.lint_cache.inputs import Recording
from rowkeep.report.formats.by_name import FORMS

CORPUS = Path(__file__).parents[1] / "corpus"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("corpus", ["dangerous", "safe", "history"])
def test_every_form_of_every_corpus(home: Path, corpus: str, form: str) -> None:
    shutil.rmtree("migrations")
    if corpus == "history":
        Path("migrations").mkdir()
        for name, text in history.usual(40).items():
            Path("migrations", name).write_text(text)
    else:
        shutil.copytree(CORPUS / corpus, "migrations")
    paths = sorted({str(path.parent) for path in Path("migrations").rglob("*.sql")})
    fresh = lint("--output-format", form, *paths)
    assert fresh.code in (0, 1, 2)
    assert len(fresh.out) > 100
    assert replay("--output-format", form, *paths) == fresh


@pytest.mark.parametrize(
    "options",
    [
        ("--quiet",),
        ("--color", "always"),
        ("--select", "data"),
        ("--ignore", "drop-table"),
        ("--pg-version", "17"),
        ("--fail-on", "never"),
        ("--statistics",),
        ("--after", "1700000000001_drop"),
        ("--baseline", "known.txt"),
        ("migrations/1700000000002_add.sql",),
    ],
)
def test_options(home: Path, options: tuple[str, ...]) -> None:
    Path("migrations/1700000000001_drop.sql").write_text("DROP TABLE users;\n")
    Path("migrations/1700000000002_add.sql").write_text("ALTER TABLE t ADD COLUMN c int NOT NULL;\n")
    Path("known.txt").write_text("1700000000001_drop\tdrop-table\t0000\tDROP TABLE users\n")
    fresh = lint(*options)
    assert replay(*options) == fresh
    assert replay(*options, "--verbose").code is None  # another command line is another answer


def test_notes_on_stderr_and_unread_files(home: Path) -> None:
    Path("migrations/1700000000001_drop.sql").write_text("DROP TABLE users;\n")
    Path("migrations/more").mkdir()
    Path("migrations/more/1700000000002_more.sql").write_text("DROP TABLE more;\n")
    fresh = lint()
    assert (fresh.code, b"more" in fresh.err) == (2, True)
    assert replay() == fresh
    Path("migrations/more/1700000000003_more.sql").write_text("DROP TABLE more;\n")
    assert replay().code is None


@pytest.mark.parametrize(
    "options",
    [
        ("--no-cache",),
        ("--diff", "migrations"),
        ("--fix", "migrations"),
        ("--output", "out.txt"),
        ("--write-baseline",),
        ("no-such-file.sql",),
        ("--select", "no-such-rule"),
    ],
)
def test_not_stored(home: Path, options: tuple[str, ...]) -> None:
    Path("migrations/1700000000001_drop.sql").write_text("DROP TABLE users;\n")
    first = lint(*options)
    assert first.code is not None
    assert replay(*options) == Answer(None, b"", b"")
    assert entries(home) == []


def test_summary_of_github_is_written_each_time(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("migrations/1700000000001_drop.sql").write_text("DROP TABLE users;\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(home / "summary.md"))
    assert lint("--output-format", "github").code == 1
    assert replay("--output-format", "github").code is None


def test_off(home: Path, entry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROWKEEP_NO_CACHE", "1")
    assert replay().code is None
    monkeypatch.setenv("ROWKEEP_NO_CACHE", "0")
    assert lint().code == 1
    assert replay().code == 1


@pytest.mark.parametrize(
    "change",
    [
        "printf 'DROP TABLE others;' > migrations/1700000000001_drop.sql",
        "printf -- '-- Up Migration\nSELECT 1;' > migrations/1700000000002_more.sql",
        "mv migrations/1700000000001_drop.sql migrations/1700000000001_gone.sql",
        "rm migrations/1700000000001_drop.sql",
        "mv migrations other; ln -s other migrations",
        "mv migrations/1700000000001_drop.sql x; ln -s ../x migrations/1700000000001_drop.sql",
        "rm migrations/1700000000001_drop.sql; mkfifo migrations/1700000000001_drop.sql",
        "mkdir migrations/inner",
        "printf '[rules]\nignore = [\"data\"]\n' > rowkeep.toml",
        "printf '[tool.rowkeep.rules]\nignore = [\"data\"]\n' > pyproject.toml",
        "printf '[rules]\nignore = [\"data\"]\n' > ../rowkeep.toml",
        "printf 'ROWKEEP_RULES_IGNORE=data\n' > .env",
        "mkdir .git",
        "mkdir ../.git",
        "touch Cargo.toml",
    ],
)
def test_every_input_counts(entry: Path, change: str) -> None:
    assert replay().code == 1
    assert os.system(change) == 0
    assert replay().code is None
    fresh = lint()
    assert replay().code in (None, fresh.code)


@pytest.mark.parametrize("name", ["ROWKEEP_RULES_IGNORE", "DATABASE_URL", "NO_COLOR", "ANYTHING_ELSE"])
def test_every_variable_counts(entry: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert replay().code == 1
    monkeypatch.setenv(name, "data")
    assert replay().code is None


@pytest.mark.parametrize("name", ["SSH_AUTH_SOCK", "TMUX_PANE", "WINDOWID"])
def test_another_terminal_does_not_count(entry: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "another")
    assert replay().code == 1


def test_other_code_is_another_answer(home: Path, entry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installing a package changes the directory it is installed into."""
    place = home / "site-packages"
    place.mkdir()
    monkeypatch.syspath_prepend(str(place))
    lint()
    assert replay().code == 1
    (place / "a-new-version.dist-info").mkdir()
    assert replay().code is None


TEXTS = [
    "CREATE TABLE a (id bigint PRIMARY KEY, b text);\n",
    "CREATE TABLE IF NOT EXISTS a (id int);\n",
    "DROP TABLE a;\n",
    "ALTER TABLE a ADD COLUMN c int NOT NULL;\n",
    "-- rowkeep: allow drop-table because it is empty\nDROP TABLE a;\n",
    "CREATE INDEX ON a (b);\n",
    "\\ir other.sql\n",
    "DO $$ BEGIN EXECUTE 'DROP TABLE a'; END $$;\n",
    "ALTER TABLE a ALTER b TYPE int;\n\n-- Down Migration\nDROP TABLE a;\n",
    "not SQL\n",
    "",
]
CONFIGURATIONS = ["", '[rules]\nignore = ["lock"]\n', '[rules]\nselect = ["data"]\nfail-on = "never"\n', "wrong ="]
NAMES = [f"170000000000{number}_{number}.sql" for number in range(5)] + ["other.sql", "Cargo.toml"]
EDITS = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(NAMES), st.sampled_from(TEXTS)),
    st.tuples(st.just("move"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("remove"), st.sampled_from(NAMES), st.just("")),
    st.tuples(st.just("configure"), st.just(""), st.sampled_from(CONFIGURATIONS)),
)


@settings(max_examples=40)
@given(edits=st.lists(EDITS, min_size=1, max_size=8), form=st.sampled_from(FORMS))
def test_after_any_edits_as_without_a_cache(edits: list[tuple[str, str, str]], form: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        home = Path(os.environ["TMPDIR"]) / f"edits-{os.getpid()}"
        shutil.rmtree(home, ignore_errors=True)
        for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, str(home / name))
        (home / "project/migrations").mkdir(parents=True)
        patch.chdir(home / "project")
        Path("migrations", NAMES[0]).write_text(TEXTS[0])
        options = ("--output-format", form)
        answers = []
        for what, name, other in edits:
            edit(what, Path("migrations", name), other)
            stored = replay(*options)
            fresh = lint(*options, "--no-cache")
            assert stored.code is None or stored == fresh
            assert lint(*options) == fresh
            answers.append((fresh, replay(*options)))
        # What fails is not stored, everything else is.
        assert all(stored == fresh or (stored.code is None and fresh.code == 2) for fresh, stored in answers)
        shutil.rmtree(home)


def edit(what: str, path: Path, other: str) -> None:
    """Change the project."""
    if what == "write":
        path.write_text(other)
    elif what == "move" and path.exists():
        path.rename(path.with_name(other))
    elif what == "remove":
        path.unlink(missing_ok=True)
    elif what == "configure":
        Path("rowkeep.toml").write_text(other)


@given(
    lines=st.lists(st.tuples(st.booleans(), st.text())),
    questions=st.lists(st.tuples(st.sampled_from(["file", "real"]), st.text(st.characters(codec="utf-8")))),
)
def test_packed_and_unpacked(lines: list[tuple[bool, str]], questions: list[tuple[str, str]]) -> None:
    recording = Recording()
    recording.questions = questions
    assert unpack(pack(1, lines, recording)) == (1, lines, recording.digest, questions)


@given(st.binary(max_size=60))
def test_garbage_is_no_answer(body: bytes) -> None:
    try:
        code, _, _, _ = unpack(body)
    except ValueError:
        return
    assert isinstance(code, int)


@given(st.integers(0, 2**32))
def test_a_damaged_body_is_refused_or_whole(seed: int) -> None:
    """The code of an entry refuses damage long before; `unpack` must not fail in another way than by ValueError."""
    recording = Recording()
    recording.add("file", "a.sql", b"text")
    body = bytearray(pack(0, [(False, "nothing found")], recording))
    chance = random.Random(seed)
    body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    try:
        unpack(bytes(body))
    except ValueError:
        return


def test_a_stored_answer_imports_nothing_slow(home: Path) -> None:
    """Click alone takes as long as squawk takes for a hundred files."""
    Path("migrations/1700000000001_drop.sql").write_text("DROP TABLE users;\n")
    environment = {name: text for name, text in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    command = [sys.executable, "-X", "importtime", "-m", "rowkeep", "lint"]
    fresh, stored = (subprocess.run(command, env=environment, capture_output=True, text=True) for _ in range(2))
    assert (stored.returncode, stored.stdout) == (fresh.returncode, fresh.stdout)
    bare = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import runpy"], env=environment, capture_output=True, text=True
    )
    more = imported(stored.stderr) - imported(bare.stderr)
    ours = {name for name in more if name.partition(".")[0] == "rowkeep"}
    assert ours == {
        *("rowkeep", "rowkeep.version", "rowkeep.lint_cache", "rowkeep.lint_cache.answer"),
        *("rowkeep.lint_cache.entries", "rowkeep.lint_cache.inputs"),
    }
    assert more - ours <= {"__future__", "_blake2", "_contextvars", "gc"}
    assert "rowkeep.cli" in imported(fresh.stderr)


def imported(report: str) -> set[str]:
    """The modules that Python says it has imported."""
    return {line.rpartition("|")[2].strip() for line in report.splitlines() if line.startswith("import time:")}
