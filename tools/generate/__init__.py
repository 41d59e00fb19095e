"""The pages that are generated: one module each, found by itself; `make docs` writes them, a test compares them.

A module of this package exposes

- `pages() -> dict[str, str]`: path from the root of the repository (`docs/commands.md`) -> the whole text;
- `OWNS: tuple[str, ...]` (optional): globs of paths that belong to it (`docs/rules/*.md`). What they match and
  `pages()` does not return is left over from something that is gone: it is a difference, and `make docs` removes it.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Difference:
    """A page that is not what its module makes. text: what it should be; None where it should not be."""

    path: str
    text: str | None
    word: str


def modules() -> tuple[str, ...]:
    """The names of the modules that make pages."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_")))


def differences() -> tuple[Difference, ...]:
    """Every generated page that is missing, old or left over, by path."""
    found: list[Difference] = []
    for name in modules():
        module = importlib.import_module(f"{__name__}.{name}")
        pages: dict[str, str] = module.pages()
        for path, text in pages.items():
            page = ROOT / path
            if not page.exists():
                found.append(Difference(path, text, "missing"))
            elif page.read_text(encoding="utf-8") != text:
                found.append(Difference(path, text, "old"))
        present = {str(page.relative_to(ROOT)) for glob in getattr(module, "OWNS", ()) for page in ROOT.glob(glob)}
        found.extend(Difference(path, None, "left over") for path in present - set(pages))
    return tuple(sorted(found, key=lambda difference: difference.path))


def settle(difference: Difference) -> None:
    """Make the tree right: write the page, or remove it."""
    page = ROOT / difference.path
    if difference.text is None:
        page.unlink()
        return
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(difference.text, encoding="utf-8")
