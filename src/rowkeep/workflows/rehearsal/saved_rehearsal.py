"""A rehearsal in a file: written, read, and compared with production, the files and the settings as they are now."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from rowkeep.config import Settings
from rowkeep.database.connection.session import Session
from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.backup import Backup
from rowkeep.domain.deploy.prediction import Prediction
from rowkeep.domain.deploy.rehearsal import Rehearsal
from rowkeep.domain.deploy.review import Review
from rowkeep.domain.deploy.saved_rehearsal import RehearsalBasis, SavedOutcome, SavedRehearsal, StatementSource
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit
from rowkeep.domain.frozen import replace
from rowkeep.domain.plan import Plan
from rowkeep.domain.schema.structure import CatalogItem, Structure
from rowkeep.errors import Misused, Refused, RowkeepError
from rowkeep.files.filesystem.regular import read_regular
from rowkeep.files.filesystem.write import write_output
from rowkeep.plan.review import find_changes
from rowkeep.report.deploy.prediction import format_prediction
from rowkeep.report.differences import format_differences
from rowkeep.report.events import format_seconds
from rowkeep.structure import compare_structures, make_structure
from rowkeep.version import VERSION
from rowkeep.workflows.rehearsal.application_check import NO_STATEMENTS
from rowkeep.workflows.rehearsal.roundtrip import find_provable_down
from rowkeep.workflows.rehearsal.typed_json import WrongType, from_json, to_json
from rowkeep.workflows.stage import run_stage

FORMAT = 1
"""Raised whenever a type of what is saved changes (tests/plan/test_saved_rehearsal.py)."""

LARGEST = 64_000_000
"""Bytes. A database of 20,000 tables with ten columns each needs about 40 MB."""

CLOCKS = timedelta(minutes=5)
"""How far two machines' clocks may be apart."""

MOST_LINES = 40
"""Of differences in structure that a refusal shows."""

AGAIN = "rowkeep rehearse --save FILE   (rehearse again)"
BY_ITSELF = "rowkeep deploy   (rehearses by itself)"
OWN = frozenset({"backup", "before", "after"})
"""Fields of a rehearsal that the document writes in a way of its own."""


def format_saved_rehearsal(saved: SavedRehearsal) -> str:
    """The document, with its own digest at the end. Raises Misused if it is too large to be read again."""
    document = _document(saved)
    text = json.dumps({**document, "digest": _digest(document)}, ensure_ascii=False, indent=1) + "\n"
    if len(text.encode("utf-8", "replace")) > LARGEST:
        raise Misused(
            "the rehearsal is too large to be saved",
            code=ErrorCode.REHEARSAL_FILE_INVALID,
            why=f"its file would have more than {LARGEST // 1_000_000} MB",
            instead=(BY_ITSELF,),
        )
    return text


def parse_saved_rehearsal(text: str, where: str) -> SavedRehearsal:
    """The rehearsal in a document that `format_saved_rehearsal` wrote. Raises Misused for any other text."""
    try:
        document = json.loads(text)
        if not isinstance(document, dict) or "rowkeep_rehearsal" not in document:
            raise WrongType("it has no rowkeep_rehearsal")
        if document["rowkeep_rehearsal"] != FORMAT:
            version = str(document.get("rowkeep"))[:20]
            raise WrongType(f"it is of Rowkeep {version}, in another format than that of Rowkeep {VERSION}")
        digest = document.pop("digest", None)
        if digest != _digest(document):
            raise WrongType("it was edited or cut off: its digest does not match")
        return replace(_read(document), digest=digest)
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise Misused(
            "this is not a rehearsal saved by this version of Rowkeep",
            code=ErrorCode.REHEARSAL_FILE_INVALID,
            where=where,
            why=why,
            instead=(AGAIN,),
        ) from None


def _digest(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _document(saved: SavedRehearsal) -> dict[str, Any]:
    document: dict[str, Any] = {
        "rowkeep_rehearsal": FORMAT,
        "rowkeep": VERSION,
        "outcome": saved.outcome.value,
        "why": saved.why,
        "finished_at": saved.finished_at,
    }
    basis, rehearsal = saved.basis, saved.rehearsal
    if basis is None or rehearsal is None:
        return document
    backup = rehearsal.backup
    facts, head = to_json(_without_values(rehearsal)), to_json(replace(basis, production=_NO_STRUCTURE))
    return document | {
        "backup": {
            "id": backup.id,
            "database": backup.database,
            "server_version": backup.server_version,
            "taken_at": backup.taken_at,
            "sha256": backup.sha256,
            "bytes": backup.bytes,
        },
        "basis": {name: value for name, value in head.items() if name != "production"},
        "prediction": list(saved.prediction),
        "rehearsal": {name: value for name, value in facts.items() if name not in OWN},
        "structure_after": [[item.kind, item.identity, item.definition] for item in rehearsal.after.items],
        "structure_before": _delta(rehearsal.after, rehearsal.before),
        "structure_of_production": _delta(rehearsal.before, basis.production),
    }


_NO_STRUCTURE = Structure(0, (), "")


def _without_values(rehearsal: Rehearsal) -> Rehearsal:
    """The rehearsal without examples of values, paths, and the texts of the application's statements.

    A text may hold values, too. The statement's name stays.
    """
    compared = tuple(replace(column, examples=()) for column in rehearsal.compared)
    empty = replace(rehearsal, before=_NO_STRUCTURE, after=_NO_STRUCTURE, compared=compared, copy=None)
    check = rehearsal.application
    if check is None:
        return empty
    changes = tuple(
        replace(change, statement=replace(change.statement, text="", saved_name=change.statement.name))
        for change in check.changes
    )
    unchecked = tuple(
        replace(one, why="", statement=replace(one.statement, text="", saved_name=one.statement.name))
        for one in check.unchecked
    )
    return replace(empty, application=replace(check, changes=changes, unchecked=unchecked))


def _delta(base: Structure, other: Structure) -> dict[str, Any]:
    """How to make `other` out of `base`: a copy and its original have almost everything in common."""
    old, new = set(base.items), set(other.items)
    return {
        "without": sorted([item.kind, item.identity] for item in old - new),
        "with": sorted([item.kind, item.identity, item.definition] for item in new - old),
    }


def _apply_delta(base: Structure, delta: Any, where: str) -> Structure:
    if not isinstance(delta, dict) or set(delta) != {"with", "without"}:
        raise WrongType(f"{where} must be an object of `with` and `without`")
    without = set(from_json(tuple[tuple[str, str], ...], delta["without"], f"{where}.without"))
    items = [item for item in base.items if (item.kind, item.identity) not in without]
    return make_structure(base.major, [*items, *_read_items(delta["with"], f"{where}.with")])


def _read_items(value: Any, where: str) -> list[CatalogItem]:
    return [CatalogItem(*item) for item in from_json(tuple[tuple[str, str, str], ...], value, where)]


def _read(document: dict[str, Any]) -> SavedRehearsal:
    outcome = from_json(SavedOutcome, document.get("outcome"), "outcome")
    why, finished_at, version = (
        from_json(str, document.get(name), name) for name in ("why", "finished_at", "rowkeep")
    )
    _parse_time(finished_at, "finished_at")
    if outcome is not SavedOutcome.PASSED:
        return SavedRehearsal(outcome, finished_at, why, rowkeep=version)
    parts: dict[str, Any] = {}
    for name in ("backup", "basis", "rehearsal", "structure_after", "structure_before", "structure_of_production"):
        if name not in document:
            raise WrongType(f"{name} is missing")
        parts[name] = document[name]
    for name in ("basis", "rehearsal"):
        if not isinstance(parts[name], dict):
            raise WrongType(f"{name} must be an object")
    backup = _read_backup(parts["backup"])
    nothing = to_json(_NO_STRUCTURE)
    basis: RehearsalBasis = from_json(RehearsalBasis, {**parts["basis"], "production": nothing}, "basis")
    facts = {**parts["rehearsal"], "before": nothing, "after": nothing, "backup": to_json(backup)}
    rehearsal: Rehearsal = from_json(Rehearsal, facts, "rehearsal")
    after = make_structure(basis.review.major, _read_items(parts["structure_after"], "structure_after"))
    before = _apply_delta(after, parts["structure_before"], "structure_before")
    production = _apply_delta(before, parts["structure_of_production"], "structure_of_production")
    return SavedRehearsal(
        outcome,
        finished_at,
        why,
        replace(basis, production=production),
        replace(rehearsal, before=before, after=after),
        from_json(tuple[str, ...], document.get("prediction"), "prediction"),
        version,
    )


def _read_backup(value: Any) -> Backup:
    if not isinstance(value, dict):
        raise WrongType("backup must be an object")
    texts = {
        name: from_json(str, value.get(name), f"backup.{name}")
        for name in ("id", "database", "server_version", "taken_at", "sha256")
    }
    _parse_time(texts["taken_at"], "backup.taken_at")
    size = from_json(int, value.get("bytes"), "backup.bytes")
    return Backup(path="", client_version="", seconds=0.0, bytes=size, counts=(), verified="counts", **texts)


def _parse_time(text: str, where: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise WrongType(f"{where} must be a time, not {text[:40]!r}") from None
    if found.tzinfo is None:
        raise WrongType(f"{where} must say its time zone, not {text[:40]!r}")
    return found


def data_time(saved: SavedRehearsal) -> datetime | None:
    """When the data was read on which it ran; None unless it passed."""
    return None if saved.rehearsal is None else _parse_time(saved.rehearsal.backup.taken_at, "backup.taken_at")


def require_fitting(
    saved: SavedRehearsal, now: RehearsalBasis, at: datetime, max_age_s: float, *, roundtrip: bool
) -> Rehearsal:
    """The rehearsal, if it passed and everything that it depends on is still so. Raises Refused with all that is not.

    now: what a rehearsal would start from now. roundtrip: whether the down parts must have been rehearsed, too.
    """
    if saved.basis is None or saved.rehearsal is None:
        why = {
            SavedOutcome.FAILED: saved.why or "it failed",
            SavedOutcome.UNFINISHED: "it did not end: it is still running, or was killed",
            SavedOutcome.NOTHING_PENDING: "no migration was pending then",
        }[saved.outcome]
        raise _refusal("the saved rehearsal did not pass", [why], (AGAIN, BY_ITSELF))
    found = [
        *_find_age(saved, at, max_age_s),
        *_find_changes(saved.basis, now),
        *_find_structure_changes(saved.basis, now),
    ]
    steps = [AGAIN, BY_ITSELF]
    if now.statements is not StatementSource.NONE and saved.basis.statements is StatementSource.NONE:
        found.append("the statements of the application were not checked (it ran with --statements none)")
        steps.append("rowkeep deploy --rehearsed FILE --statements none   (if they need not be checked)")
    if roundtrip and saved.rehearsal.roundtrip is None:
        found.append("the way back was not rehearsed (it ran with --no-roundtrip)")
        steps.append(
            "rowkeep deploy --rehearsed FILE --no-roundtrip   (then nobody knows whether `rowkeep down` works)"
        )
    if found:
        raise _refusal("the saved rehearsal does not fit any more", found, tuple(steps))
    return saved.rehearsal


def _refusal(what: str, why: list[str], steps: tuple[str, ...]) -> Refused:
    return Refused(what, code=ErrorCode.REHEARSAL_OUTDATED, why=why, instead=steps)


def _find_age(saved: SavedRehearsal, at: datetime, max_age_s: float) -> Iterator[str]:
    taken = data_time(saved)
    assert taken is not None  # it passed
    age = at - taken
    if age < -CLOCKS:
        yield f"its data is from the future ({taken.isoformat()}): the clocks of two machines differ"
    elif age.total_seconds() > max_age_s:
        yield (
            f"its data is {format_seconds(age.total_seconds())} old; at most {format_seconds(max_age_s)} are allowed "
            "(--max-age)"
        )


def _find_changes(then: RehearsalBasis, now: RehearsalBasis) -> Iterator[str]:
    yield from find_changes(then.review, now.review, "rehearsal")
    if then.downs != now.downs:
        old = set(then.downs)
        same_up = {proof.migration for proof in then.downs}
        edited = [proof.migration for proof in now.downs if proof not in old and proof.migration in same_up]
        yield f"down parts are others: {', '.join(edited) or 'one was added or removed, or others are to run'}"
    if then.role != now.role:
        yield f"the role that migrates is {now.role}; it was {then.role}"
    before = dict(then.configuration)
    for name, value in now.configuration:
        if before.get(name) != value:
            yield f"{name} is {value or 'not set'}; it was {before.get(name) or 'not set'}"


def _find_structure_changes(then: RehearsalBasis, now: RehearsalBasis) -> Iterator[str]:
    if then.review.major != now.review.major:
        return  # the texts of two majors differ
    differences = compare_structures(then.production, now.production)
    if differences:
        yield "the structure of production is another one:"
        lines = format_differences(differences).splitlines()
        yield from lines[:MOST_LINES]
        if len(lines) > MOST_LINES:
            yield f"… and {count_text(len(lines) - MOST_LINES, 'more line')}"


def make_basis(
    session: Session, settings: Settings, review: Review, plan: Plan, source: str | None, production: Structure
) -> RehearsalBasis:
    """What a rehearsal starts from. review: of `plan`; source: as `--statements` names it."""
    downs = (find_provable_down(step.migration) for step in plan.steps)
    configuration = {
        "application-role": settings.application_role,
        "create-schemas": settings.create_schemas,
        "migration-role": settings.migration_role,
        "schemas": ", ".join(settings.schemas),
        "statement-timeout-ms": settings.statement_timeout_ms,
    }
    return RehearsalBasis(
        review,
        tuple(proof for proof in downs if proof is not None),
        session.connection.info.user,
        tuple((name, "" if value is None else str(value)) for name, value in configuration.items()),
        {None: StatementSource.RECORDED, NO_STATEMENTS: StatementSource.NONE}.get(source, StatementSource.FILE),
        production,
    )


def save_passed(basis: RehearsalBasis, rehearsal: Rehearsal, prediction: Prediction) -> SavedRehearsal:
    """A rehearsal that passed, to be saved."""
    return SavedRehearsal(SavedOutcome.PASSED, _now(), "", basis, rehearsal, tuple(format_prediction(prediction)))


def write_saved_rehearsal(path: str, saved: SavedRehearsal) -> None:
    """Write the file, or leave it as it is. Raises Misused."""
    write_output(path, format_saved_rehearsal(saved), errors="surrogatepass")


def write_outcome(path: str, outcome: SavedOutcome, why: str = "") -> None:
    """Write a file that no deploy accepts. Raises Misused."""
    write_saved_rehearsal(path, SavedRehearsal(outcome, _now(), why))


def read_saved_rehearsal(path: str) -> SavedRehearsal:
    """The rehearsal in a file. Raises Misused where it cannot be read, or is not one."""
    try:
        text = read_regular(Path(path), largest=LARGEST).decode("utf-8", "surrogatepass")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise Misused(
            "the saved rehearsal cannot be read",
            code=ErrorCode.FILE_NOT_READABLE,
            where=path,
            why=getattr(error, "strerror", None) or str(error),
            instead=(AGAIN,),
        ) from None
    return parse_saved_rehearsal(text, path)


def accept_rehearsal(
    saved: SavedRehearsal, now: RehearsalBasis, settings: Settings, *, roundtrip: bool, emit: Emit
) -> Rehearsal:
    """The saved rehearsal, in place of a new one, as a stage. Raises Refused where it does not fit."""
    with run_stage(emit, "rehearsed", "Comparing with the saved rehearsal") as note:
        at = datetime.now(UTC)
        rehearsal = require_fitting(saved, now, at, settings.rehearsal_max_age_s, roundtrip=roundtrip)
        note.summary = describe_saved(saved, at)
    return rehearsal


def describe_saved(saved: SavedRehearsal, at: datetime) -> str:
    """`files, history and structure are those of the rehearsal of …, on data that is 3 h old`."""
    taken = data_time(saved)
    age = "" if taken is None else f", on data that is {format_seconds(max(0.0, (at - taken).total_seconds()))} old"
    return f"files, settings, history and structure are those of the rehearsal {saved.digest[:12]}{age}"


def describe_saved_origin(saved: SavedRehearsal) -> dict[str, object]:
    """What the ledger keeps of it."""
    backup = saved.rehearsal.backup if saved.rehearsal is not None else None
    return {
        "digest": saved.digest,
        "finished_at": saved.finished_at,
        "data_at": None if backup is None else backup.taken_at,
        "backup": None if backup is None else backup.id,
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@contextmanager
def save_outcome(path: str | None) -> Iterator[Callable[[SavedRehearsal | None], None]]:
    """Save in `path` how the block ends. From its beginning, no deploy accepts what stood there before.

    The block calls the function that it is given with the rehearsal, or with None if nothing was pending. path: None:
    save nothing. Raises Misused where the file cannot be written.
    """
    if path is None:
        yield lambda saved: None
        return
    write_outcome(path, SavedOutcome.UNFINISHED)

    def keep(saved: SavedRehearsal | None) -> None:
        if saved is None:
            write_outcome(path, SavedOutcome.NOTHING_PENDING)
        else:
            write_saved_rehearsal(path, saved)

    try:
        yield keep
    except RowkeepError as error:
        with suppress(Misused):  # it is unfinished there, and no deploy accepts that either
            write_outcome(path, SavedOutcome.FAILED, error.what)
        raise


def require_no_statements(source: str | None) -> None:
    """Raise Misused for a file of statements beside a saved rehearsal: they can only be checked on a copy."""
    if source not in (None, NO_STATEMENTS):
        raise Misused(
            "--statements FILE is for the rehearsal, and --rehearsed accepts one that is over",
            code=ErrorCode.INVALID_USAGE,
            instead=("rowkeep rehearse --save FILE --statements FILE",),
        )
