"""The list of slow tests names tests that exist: one that was renamed would be run by `make test-fast`."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_slow_test_exists() -> None:
    names = (ROOT / "tests" / "slow_tests.txt").read_text(encoding="utf-8").splitlines()
    assert names == sorted(set(names))
    texts: dict[str, str] = {}
    gone = []
    for name in names:
        path, *_, function = name.split("::")
        text = texts.setdefault(path, (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).exists() else "")
        if f"def {function}(" not in text:
            gone.append(name)
    assert not gone, "remove them from tests/slow_tests.txt, or give their new names"
