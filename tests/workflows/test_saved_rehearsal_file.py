"""The file of a saved rehearsal: what was written is read again, and nothing else is."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from rowkeep.domain.deploy.application import (
    ApplicationCheck,
    ApplicationStatement,
    ChangeKind,
    StatementChange,
    UncheckedStatement,
)
from rowkeep.domain.deploy.backup import Backup
from rowkeep.domain.deploy.loss import ChangedRows, ComparedView, Loss, LossKind, Overwritten, ValueExample
from rowkeep.domain.deploy.prediction import TableSize
from rowkeep.domain.deploy.rehearsal import Rehearsal, StatementTiming, Unrehearsed
from rowkeep.domain.deploy.review import Review, ReviewedStep
from rowkeep.domain.deploy.roundtrip import ProvenDown, Roundtrip, RoundtripStep
from rowkeep.domain.deploy.saved_rehearsal import RehearsalBasis, SavedOutcome, SavedRehearsal, StatementSource
from rowkeep.domain.enumeration import Enum
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import replace
from rowkeep.domain.history.environment import Identity
from rowkeep.domain.lint.lock import LockMode, LockTiming
from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import Request, TransactionMode
from rowkeep.domain.schema.structure import CatalogItem, Difference, DifferenceKind
from rowkeep.domain.source import Place
from rowkeep.errors import Misused, Refused
from rowkeep.structure import make_structure
from rowkeep.workflows.rehearsal.saved_rehearsal import (
    FORMAT,
    format_saved_rehearsal,
    parse_saved_rehearsal,
    read_saved_rehearsal,
    require_fitting,
    save_outcome,
)

SHAPE = "37ea23b88b7e"
"""The types of all that is saved. Where it changes, raise FORMAT, so that an older file is refused with the reason."""

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
PLACE = Place("migrations/1_a.sql", 2, 1)
ITEMS = [CatalogItem("table", "public.a", "x"), CatalogItem("column", "public.a.id", "int\nnot null")]
STATEMENT = ApplicationStatement("SELECT 'secret'", "app", None, 7, 1.5, 12)
PROOF = ProvenDown("1_a", "u", "d")
TRIP = RoundtripStep("1_a", PROOF, (Difference(DifferenceKind.MISSING, "table", "public.b", "x", None),), (), (), ())
REHEARSAL = Rehearsal(
    Backup("b", "", "shop", "18.1", "", "2026-11-30T09:00:00Z", 0.0, 12, "abc", (), verified="counts"),
    18,
    1.0,
    2.5,
    10,
    make_structure(18, ITEMS),
    make_structure(18, [ITEMS[0], CatalogItem("column", "public.a.id", "bigint")]),
    (Loss(LossKind.ROWS, "public.a", 3, "text", "", PLACE),),
    (ChangedRows("public.a", 1, 2),),
    (StatementTiming("1_a", PLACE, "ALTER TABLE a", 0.25),),
    Roundtrip((TRIP,), 1.5),
    (Unrehearsed("2_b", "a foreign server"),),
    compared=(
        Overwritten(
            "public.a",
            "id",
            1,
            names=frozenset({"public.a", "public.b"}),
            examples=(ValueExample("1", "secret", "x"),),
        ),
    ),
    views=(ComparedView("public.v", True, 1, None),),
    application=ApplicationCheck(
        "file",
        3,
        (StatementChange(STATEMENT, ChangeKind.FAILS, "gone", True, "1_a", PLACE),),
        (UncheckedStatement(STATEMENT, "no 'secret'"),),
    ),
    locks=(LockTiming("1_a", "public.a", LockMode.ACCESS_EXCLUSIVE, 0.1, None, 1, PLACE),),
    sizes=(TableSize("public.a", 8192, 10, True),),
)
BASIS = RehearsalBasis(
    Review(
        Request(name="1_a", out_of_order=frozenset({"1_a"})),
        Identity("shop", 5, "77"),
        18,
        ("public",),
        "public.pgmigrations",
        ((1, "0_z"),),
        (ReviewedStep("1_a", Direction.UP, TransactionMode.TOGETHER, "token"),),
    ),
    (PROOF,),
    "migrator",
    (("schemas", "public"),),
    StatementSource.FILE,
    make_structure(18, [*ITEMS, CatalogItem("role", "app", "login")]),
)
SAVED = SavedRehearsal(
    SavedOutcome.PASSED, "2026-11-30T10:00:00+00:00", "", BASIS, REHEARSAL, ("public.a: about 1 s",)
)


def shape(kind: Any, seen: set[Any]) -> Any:
    """The types that a value of `kind` consists of."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return sorted(str(member.value) for member in kind)
    if dataclasses.is_dataclass(kind):
        if kind in seen:
            return kind.__name__  # type: ignore[union-attr]
        seen.add(kind)
        hints = typing.get_type_hints(kind)
        return {field.name: shape(hints[field.name], seen) for field in dataclasses.fields(kind) if field.init}
    origin = typing.get_origin(kind)
    parts = [shape(part, seen) for part in typing.get_args(kind)]
    return [
        "optional" if origin in (typing.Union, types.UnionType) else getattr(origin or kind, "__name__", "…"),
        *parts,
    ]


def test_another_shape_is_another_format() -> None:
    text = json.dumps(shape(SavedRehearsal, set()), sort_keys=True)
    assert (FORMAT, sha256(text.encode()).hexdigest()[:12]) == (1, SHAPE)


def test_what_was_written_is_read_again() -> None:
    text = format_saved_rehearsal(SAVED)
    read = parse_saved_rehearsal(text, "r.json")
    assert read.digest == json.loads(text)["digest"]
    assert read.basis == BASIS
    assert read.rehearsal is not None and read.rehearsal.application is not None
    without = replace(REHEARSAL, application=None, compared=(replace(REHEARSAL.compared[0], examples=()),))
    assert replace(read.rehearsal, application=None) == without
    assert read.prediction == SAVED.prediction
    (change,) = read.rehearsal.application.changes
    assert (change.statement.name, change.message) == (STATEMENT.name, "gone"), "it is still accepted by this name"
    assert "secret" not in text, "a statement may hold values"
    assert "/" not in text.replace("migrations/1_a.sql", ""), "no path of the machine that rehearsed"
    assert format_saved_rehearsal(read) == text.replace(text, format_saved_rehearsal(read))
    assert parse_saved_rehearsal(format_saved_rehearsal(read), "r.json").digest == read.digest


def signed(document: dict[str, Any]) -> str:
    """The document with the right digest: the digest protects from accidents, and not from anybody who can compute."""
    document = {name: value for name, value in document.items() if name != "digest"}
    plain = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return json.dumps({**document, "digest": sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()})


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from paths(inner, (*path, name))
    if isinstance(value, list):
        for at, inner in enumerate(value):
            yield from paths(inner, (*path, at))


def test_wrong_types_anywhere_are_a_clear_error_and_never_a_crash() -> None:
    document = json.loads(format_saved_rehearsal(SAVED))
    refused = accepted = 0
    for path in list(paths(document)):
        for wrong in (None, 1e308, "\x1b[2J", {"a": {}}):
            place = document
            for step in path[:-1]:
                place = place[step]
            before, place[path[-1]] = place[path[-1]], wrong
            text = signed(document)
            place[path[-1]] = before
            try:
                parse_saved_rehearsal(text, "r.json")
                accepted += 1
            except Misused as error:
                refused += 1
                assert error.code is ErrorCode.REHEARSAL_FILE_INVALID
                assert error.why
                assert len(error.why) < 300
    assert refused > 5 * accepted > 0, "some values are as good as those that were there: another number, no place"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Expecting value"),
        ("[]", "it has no rowkeep_rehearsal"),
        ("7", "it has no rowkeep_rehearsal"),
        ('{"rowkeep_plan": 1}', "it has no rowkeep_rehearsal"),
        ('{"rowkeep_rehearsal": 99, "rowkeep": "9.1"}', "it is of Rowkeep 9.1, in another format"),
        ('{"rowkeep_rehearsal": 1, "outcome": "passed"}', "its digest does not match"),
        ("[" * 100_000, "nested too deeply"),
        ('{"rowkeep_rehearsal": 1, "a": ' + "[" * 50_000 + "]" * 50_000 + "}", "nested too deeply"),
        (signed({"rowkeep_rehearsal": 1, "outcome": "passed"}), "why must be a text"),
        (signed({"rowkeep_rehearsal": 1, "outcome": ["passed"]}), "outcome must be one of passed"),
    ],
    ids=["empty", "list", "number", "another file", "newer", "edited", "deep", "deep inside", "cut", "enum"],
)
def test_another_text_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(Misused) as caught:
        parse_saved_rehearsal(text, "r.json")
    assert why in (caught.value.why or "")
    assert caught.value.where == "r.json"


def test_only_a_regular_file_of_limited_size_is_read(tmp_path: Path) -> None:
    import os

    fifo, large, binary = tmp_path / "fifo", tmp_path / "large", tmp_path / "binary"
    os.mkfifo(fifo)
    large.touch()
    os.truncate(large, 65_000_000)
    binary.write_bytes(b"\xff\xfe{}")
    for path in (fifo, large, binary, tmp_path, tmp_path / "absent"):
        with pytest.raises(Misused) as caught:
            read_saved_rehearsal(str(path))
        assert caught.value.code is ErrorCode.FILE_NOT_READABLE


def test_from_the_beginning_of_a_rehearsal_its_file_passes_no_deploy(tmp_path: Path) -> None:
    path = str(tmp_path / "r.json")
    Path(path).write_text(format_saved_rehearsal(SAVED))
    with save_outcome(path) as keep:
        assert read_saved_rehearsal(path).outcome is SavedOutcome.UNFINISHED
        keep(SAVED)
    assert read_saved_rehearsal(path).outcome is SavedOutcome.PASSED
    with pytest.raises(Refused), save_outcome(path):
        raise Refused("it lost data", code=ErrorCode.DATA_LOSS)
    failed = read_saved_rehearsal(path)
    assert (failed.outcome, failed.why) == (SavedOutcome.FAILED, "it lost data")
    with pytest.raises(Refused, match="did not pass") as caught:
        require_fitting(failed, BASIS, NOW, 86_400, roundtrip=False)
    assert caught.value.why == "it lost data"
    with save_outcome(path) as keep:
        keep(None)
    with pytest.raises(Refused, match="did not pass"):
        require_fitting(read_saved_rehearsal(path), BASIS, NOW, 86_400, roundtrip=False)
    with pytest.raises(Misused), save_outcome(str(tmp_path / "no" / "r.json")):
        raise AssertionError("the file cannot be written: nothing is rehearsed for nothing")


REVIEW = BASIS.review
STEP = REVIEW.steps[0]
MISFITS: dict[str, tuple[RehearsalBasis, str]] = {
    "text": (
        replace(BASIS, review=replace(REVIEW, steps=(replace(STEP, token="t"),))),
        "edited since the rehearsal was saved: 1_a",
    ),
    "more": (
        replace(BASIS, review=replace(REVIEW, steps=(STEP, replace(STEP, migration="2_b")))),
        "to run now, and not in the rehearsal: 2_b",
    ),
    "fewer": (replace(BASIS, review=replace(REVIEW, steps=())), "in the rehearsal, and not to run now: 1_a"),
    "mode": (
        replace(BASIS, review=replace(REVIEW, steps=(replace(STEP, mode=TransactionMode.ALONE),))),
        "edited since",
    ),
    "history": (replace(BASIS, review=replace(REVIEW, rows=())), "no longer in history: 0_z"),
    "major": (replace(BASIS, review=replace(REVIEW, major=17)), "the server is PostgreSQL 17; it was 18"),
    "database": (
        replace(BASIS, review=replace(REVIEW, identity=Identity("shop", 6, "77"))),
        "the database is another one",
    ),
    "schemas": (replace(BASIS, review=replace(REVIEW, schemas=("app",))), "the schemas are app; they were public"),
    "down": (replace(BASIS, downs=(replace(PROOF, down="e"),)), "down parts are others: 1_a"),
    "no down": (replace(BASIS, downs=()), "down parts are others"),
    "role": (replace(BASIS, role="admin"), "the role that migrates is admin; it was migrator"),
    "setting": (replace(BASIS, configuration=(("schemas", "app"),)), "schemas is app; it was public"),
    "structure": (replace(BASIS, production=make_structure(18, ITEMS)), "the structure of production is another one"),
}


@pytest.mark.parametrize("name", MISFITS)
def test_what_does_not_fit_any_more_is_named(name: str) -> None:
    now, why = MISFITS[name]
    with pytest.raises(Refused) as caught:
        require_fitting(SAVED, now, NOW, 86_400, roundtrip=True)
    assert caught.value.code is ErrorCode.REHEARSAL_OUTDATED
    assert why in (caught.value.why or "")
    assert "rowkeep rehearse --save FILE" in caught.value.instead[0]


def test_age_is_that_of_the_data() -> None:
    """The data was read at 9:00."""
    assert require_fitting(SAVED, BASIS, NOW, 3 * 3600, roundtrip=True) == REHEARSAL
    with pytest.raises(Refused) as caught:
        require_fitting(SAVED, BASIS, NOW + timedelta(seconds=1), 3 * 3600, roundtrip=True)
    assert caught.value.why == "its data is 3 h 0 min old; at most 3 h 0 min are allowed (--max-age)"
    early = datetime(2026, 11, 30, 8, 56, tzinfo=UTC)
    assert require_fitting(SAVED, BASIS, early, 3600, roundtrip=True) == REHEARSAL, "clocks may differ a little"
    with pytest.raises(Refused, match="does not fit") as caught:
        require_fitting(SAVED, BASIS, early - timedelta(minutes=2), 3600, roundtrip=True)
    assert "from the future" in (caught.value.why or "")


def test_what_was_not_rehearsed_is_wanted_or_waived() -> None:
    bare = replace(
        SAVED, rehearsal=replace(REHEARSAL, roundtrip=None), basis=replace(BASIS, statements=StatementSource.NONE)
    )
    with pytest.raises(Refused) as caught:
        require_fitting(bare, BASIS, NOW, 86_400, roundtrip=True)
    assert "the way back was not rehearsed" in (caught.value.why or "")
    assert "the statements of the application were not checked" in (caught.value.why or "")
    waived = replace(BASIS, statements=StatementSource.NONE)
    assert bare.rehearsal is not None
    assert require_fitting(bare, waived, NOW, 86_400, roundtrip=False) == bare.rehearsal
