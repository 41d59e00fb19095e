"""The commit that is checked out, read without git, is the one that git tells."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from rowkeep.config import Settings
from rowkeep.files.run_metadata import collect_run_metadata


def git(directory: Path, *words: str) -> str:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main")
    told = subprocess.run(["git", *who, *words], cwd=directory, check=True, capture_output=True, text=True)
    return told.stdout.strip()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    (tree / "migrations").mkdir(parents=True)
    (tree / "migrations" / "1_a.sql").write_text("SELECT 1;\n")
    git(tree, "init", "--quiet")
    git(tree, "add", ".")
    git(tree, "commit", "--quiet", "--message", "one")
    return tree


def told(tree: Path) -> tuple[str | None, bool | None]:
    known = collect_run_metadata("up", Settings(migrations_dir=str(tree / "migrations")), {})
    return known.commit, known.dirty


def test_branches_loose_and_packed_and_no_branch(tree: Path) -> None:
    head = git(tree, "rev-parse", "HEAD")
    assert told(tree) == (head, False)
    git(tree, "pack-refs", "--all")
    assert told(tree) == (head, False)
    git(tree, "checkout", "--quiet", "--detach")
    assert told(tree) == (head, False)


def test_a_linked_work_tree(tree: Path) -> None:
    linked = tree.parent / "linked"
    git(tree, "worktree", "add", "--quiet", "-b", "other", str(linked))
    git(linked, "commit", "--quiet", "--allow-empty", "--message", "two")
    assert told(linked) == (git(linked, "rev-parse", "HEAD"), False)


def test_local_changes_of_migrations_only(tree: Path) -> None:
    (tree / "README").write_text("new\n")
    assert told(tree)[1] is False
    (tree / "migrations" / "2_b.sql").write_text("SELECT 2;\n")
    assert told(tree)[1] is True


def test_without_git(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    assert told(tmp_path) == (None, None)


def test_the_run_of_ci(tmp_path: Path) -> None:
    environ = {"GITHUB_RUN_ID": "7", "GITHUB_SERVER_URL": "https://example.org", "GITHUB_REPOSITORY": "a/b"}
    known = collect_run_metadata("up", Settings(migrations_dir=str(tmp_path), environment="production"), environ)
    assert known.details == {"environment": "production", "ci_run": "https://example.org/a/b/7"}
    assert known.os_user
    assert known.host
