"""The layout of Sqitch: `sqitch.plan` beside `deploy/`, `revert/` and `verify/`, whose files it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from rowkeep.domain.count import count_text
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.migration import Directory, Language, Migration, Remark
from rowkeep.domain.source import Source, Span
from rowkeep.files.content.sections import empty_remark, file_remark, whole_section
from rowkeep.files.content.tokenizer import TextKind, split_pieces
from rowkeep.files.filename import file_stem, is_sql
from rowkeep.files.filesystem.listing import DirectoryEntry, DirectoryListing, entry_at, read_listing
from rowkeep.files.nested import files_below

NAME = "sqitch"
PLAN = "sqitch.plan"
FOLDERS = ("deploy", "revert", "verify")

_CHANGE = compile_later(r"^\+?(?P<name>[^\s@%#+\-\[][^\s\[]*)(?=\s|$)")
_TAG = compile_later(r"^\s*(?P<tag>@\S+)")
_FRAME = compile_later(r"\b(?P<word>BEGIN|COMMIT)\s*;", re.IGNORECASE)


def fits(listing: DirectoryListing) -> bool:
    """Whether Sqitch's plan lies here, or above this folder of its scripts."""
    return PLAN in listing.files or (PurePosixPath(listing.path).name in FOLDERS and PLAN in listing.beside)


def read(given: DirectoryListing) -> Directory:
    """The changes in the plan's order, each with its revert script; what the plan does not name is not run."""
    root = given if PLAN in given.files else read_listing(_above(given.path), given.ignore)
    plan = root.files[PLAN]
    scripts = {file_stem(path): path for path in files_below(root) if is_sql(path)}
    migrations: list[Migration] = []
    remarks: list[Remark] = []
    named: set[str] = set()
    for change, file, at in _changes(plan.source.text):
        deploy = scripts.get(f"deploy/{file}")
        if deploy is None:
            message = f"the plan names “{change}”: there is no deploy/{file}.sql"
            remarks.append(Remark("file-missing", plan.source, Span(at, at + len(change)), message, fatal=True))
            continue
        named.add(file)
        revert = scripts.get(f"revert/{file}")
        below_it = None if revert is None else entry_at(root.path, revert)
        migrations.append(_migration(file, entry_at(root.path, deploy), below_it))
    for name, path in scripts.items():
        folder, _, rest = name.partition("/")
        if rest not in named and folder in FOLDERS[:2]:
            message = f"the plan does not name {path}: Sqitch never runs it; skipped"
            remarks.append(file_remark(entry_at(root.path, path), "not-in-plan", message))
    verify = [path for name, path in scripts.items() if name.startswith("verify/")]
    if verify:
        message = f"{count_text(len(verify), 'verify script')} here, which only check that a change exists: not linted"
        where = Source("verify" if root.path == "." else f"{root.path}/verify", "")
        remarks.append(Remark("verify-script", where, Span(0, 0), message, quiet=True))
    return Directory(root.path, NAME, tuple(migrations), tuple(remarks))


def _above(path: str) -> str:
    folder = path.rpartition("/")[0]
    return folder or "."


def _changes(text: str) -> Iterator[tuple[str, str, int]]:
    """Each change of the plan, its file, and where it stands.

    A change that is reworked later stands in the plan again; the old file then has the next tag after its name.
    """
    found: list[tuple[str, int, str]] = []
    tags: list[tuple[int, str]] = []
    at = 0
    for number, line in enumerate(text.splitlines(keepends=True)):
        tag = _TAG.match(line)
        change = _CHANGE.match(line)
        if tag is not None:
            tags.append((number, tag["tag"]))
        elif change is not None:
            found.append((change["name"], number, str(at + change.start("name"))))
        at += len(line)
    last = {name: number for name, number, _ in found}
    for name, number, place in found:
        again = last[name] != number
        tag_after = next((tag for line, tag in tags if line > number), "") if again else ""
        yield name, f"{name}{tag_after}", int(place)


def _migration(name: str, deploy: DirectoryEntry, revert: DirectoryEntry | None) -> Migration:
    up, framed = _without_transaction(deploy.source)
    down = None if revert is None else _without_transaction(revert.source)
    part = whole_section(up, outside=not framed)
    below_ = None if down is None else whole_section(down[0], outside=not down[1])
    remarks = (*deploy.remarks, *(revert.remarks if revert else ()), *empty_remark(part))
    return Migration(name.replace("/", "_"), deploy.source.path, Language.SQL, NAME, part, below_, remarks)


def _without_transaction(source: Source) -> tuple[Source, bool]:
    """The text without the BEGIN and COMMIT around it (at their places stand blanks), and whether they were there.

    psql runs the script: without them each statement is a transaction of its own.
    """
    code = [piece for piece in split_pieces(source.text) if piece.kind is TextKind.CODE]
    words = [match for piece in code for match in _FRAME.finditer(source.text, piece.start, piece.end)]
    if [match["word"].upper() for match in words] != ["BEGIN", "COMMIT"]:
        return source, False
    text = source.text
    for match in words:
        text = text[: match.start()] + re.sub(r"[^\r\n]", " ", match.group()) + text[match.end() :]
    return Source(source.path, text), True
