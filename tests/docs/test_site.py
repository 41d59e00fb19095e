"""The website of the docs: every page is in the navigation, and the copy of a page is what mkdocs reads like GitHub.

`make site` builds it with mkdocs and fails on a broken link or anchor; mkdocs is not installed for the tests.
"""

from collections.abc import Iterator

import pytest
from tools.generate import ROOT
from tools.site import LOADED, adapt_page, navigation


def pages(entry: object) -> Iterator[str]:
    """The paths below an entry of the navigation."""
    if isinstance(entry, str):
        yield entry
    elif isinstance(entry, dict):
        yield from pages(list(entry.values()))
    elif isinstance(entry, list):
        for inner in entry:
            yield from pages(inner)


def test_every_page_is_in_the_navigation_once() -> None:
    listed = [*pages(navigation())]
    assert len(set(listed)) == len(listed)
    tree = {path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *ROOT.joinpath("docs").rglob("*.md"))}
    assert set(listed) == tree | {"docs/decisions/README.md", "changelog.d/README.md"}, (
        "name new pages in GUIDE, REFERENCE or PROJECT of tools/site.py"
    )


def test_a_page_is_adapted() -> None:
    page = (
        "Text:\n- one\n- two\n  more\n\n[why](decisions/), [web](https://example.org/x/)\n"
        "```console exit=1\n$ rowkeep\n- [a](b/)\n```\n```sql file=migrations/1_a.sql\nSELECT 1;\n```\n"
    )
    assert adapt_page(page) == (
        "Text:\n\n- one\n- two\n  more\n\n[why](decisions/README.md), [web](https://example.org/x/)\n"
        '```console\n$ rowkeep\n- [a](b/)\n```\n```sql title="migrations/1_a.sql"\nSELECT 1;\n```\n'
    )


@pytest.mark.parametrize(
    ("tag", "loads"),
    [
        ('<link rel="stylesheet" href="https://fonts.example.org/css">', True),
        ('<script src="//cdn.example.org/a.js"></script>', True),
        ('<link rel="stylesheet" href="assets/main.css">', False),
        ('<a href="https://www.postgresql.org/docs/">', False),
    ],
)
def test_what_another_host_would_serve_is_found(tag: str, loads: bool) -> None:
    assert bool(LOADED.search(tag)) is loads
