"""Run metadata for the ledger: who runs Rowkeep, on which machine, from which commit."""

from __future__ import annotations

import getpass
import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path

from rowkeep.config import Settings
from rowkeep.domain.history.ledger import RunMetadata

GIT_SECONDS = 3.0

SAFELY = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "safe.bareRepository=explicit")
"""Options of git that keep it from running programs that a fake repository in the checkout names."""

CI = (
    ("GITHUB_RUN_ID", ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")),
    ("CI_JOB_URL", ("CI_JOB_URL",)),
    ("BUILD_URL", ("BUILD_URL",)),
    ("BUILDKITE_BUILD_URL", ("BUILDKITE_BUILD_URL",)),
    ("CIRCLE_BUILD_URL", ("CIRCLE_BUILD_URL",)),
)
"""The variable that identifies a CI system, and those that together name its run."""


def collect_run_metadata(command: str, settings: Settings, environ: Mapping[str, str]) -> RunMetadata:
    """The metadata of this run. Unknown values are None, never guessed."""
    directory = Path(settings.migrations_dir)
    root = _work_tree(directory.absolute())
    details: dict[str, object] = {}
    if settings.environment:
        details["environment"] = settings.environment
    if run := _ci_run(environ):
        details["ci_run"] = run
    return RunMetadata(
        command,
        _user(),
        platform.node() or None,
        read_commit(root) if root else None,
        _dirty(directory) if root else None,
        details,
    )


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None


def _ci_run(environ: Mapping[str, str]) -> str | None:
    for sign, parts in CI:
        if environ.get(sign):
            return "/".join(environ.get(part, "") for part in parts)
    return None


def _work_tree(start: Path) -> Path | None:
    """The `.git` above `start`: a directory, or the file of a linked work tree."""
    return next((path / ".git" for path in (start, *start.parents) if (path / ".git").exists()), None)


def read_commit(git: Path) -> str | None:
    """The commit that is checked out, read without git: HEAD, then the branch, loose or packed."""
    try:
        if git.is_file():
            git = (git.parent / git.read_text().removeprefix("gitdir:").strip()).resolve()
        head = (git / "HEAD").read_text().strip()
        if not head.startswith("ref: "):
            return head or None
        branch = head.removeprefix("ref: ")
        common = git / "commondir"
        shared = (git / common.read_text().strip()).resolve() if common.is_file() else git
        for home in (git, shared):
            if (home / branch).is_file():
                return (home / branch).read_text().strip()
        for line in (shared / "packed-refs").read_text().splitlines():
            if line.endswith(f" {branch}"):
                return line.split(" ", 1)[0]
    except (OSError, UnicodeDecodeError):
        return None
    return None


def _dirty(directory: Path) -> bool | None:
    """Whether the migrations differ from the commit, according to git, which alone knows its filters."""
    try:
        status = subprocess.run(
            ["git", *SAFELY, "status", "--porcelain", "--", "."],
            cwd=directory,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            capture_output=True,
            timeout=GIT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return bool(status.stdout.strip())
