"""Two structures side by side, without a server."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowkeep import structure
from rowkeep.domain.schema.structure import CatalogItem, Difference, DifferenceKind, Structure
from rowkeep.errors import Misused

texts = st.text(st.characters(exclude_characters="\x1e\x1f"), max_size=20)
items = st.builds(CatalogItem, kind=st.sampled_from(["table", "column", "index"]), identity=texts, definition=texts)
structures = st.lists(items, unique_by=lambda item: (item.kind, item.identity), max_size=12).map(
    lambda listed: structure.make_structure(17, listed)
)


def of(*triples: tuple[str, str, str], major: int = 17) -> Structure:
    return structure.make_structure(major, (CatalogItem(*triple) for triple in triples))


@given(structures)
def test_a_structure_equals_itself(one: Structure) -> None:
    assert structure.compare_structures(one, one) == ()


@given(structures, structures)
def test_differences_turn_one_into_the_other(expected: Structure, found: Structure) -> None:
    named = {(item.kind, item.identity): item.definition for item in expected.items}
    for difference in structure.compare_structures(expected, found):
        if difference.found is None:
            del named[difference.kind, difference.identity]
        else:
            named[difference.kind, difference.identity] = difference.found
    assert named == {(item.kind, item.identity): item.definition for item in found.items}


@given(structures, structures)
def test_the_digest_says_whether_they_are_the_same(one: Structure, other: Structure) -> None:
    assert (one.digest == other.digest) == (one.items == other.items)


@given(structures)
def test_written_and_read_again(one: Structure) -> None:
    assert structure.parse_structure(structure.format_structure(one), "expected.json") == one


@pytest.mark.parametrize(
    "text",
    [
        *("", "{}", "[]", '{"rowkeep_structure": 1, "major": 17, "items": [[1]]}'),
        *("[" * 200_000, '{"rowkeep_structure": 1, "major": 1e999, "items": []}'),
    ],
    ids=range(6),
)
def test_another_file_is_misuse(text: str) -> None:
    with pytest.raises(Misused) as caught:
        structure.parse_structure(text, "expected.json")
    assert caught.value.where == "expected.json"


def test_each_way_to_differ() -> None:
    expected = of(("table", "public.a", "owner x"), ("column", "public.a.id", "integer"))
    found = of(("column", "public.a.id", "bigint"), ("index", "public.i", "CREATE INDEX i"))
    assert structure.compare_structures(expected, found) == (
        Difference(DifferenceKind.DIFFERENT, "column", "public.a.id", "integer", "bigint"),
        Difference(DifferenceKind.UNEXPECTED, "index", "public.i", None, "CREATE INDEX i"),
        Difference(DifferenceKind.MISSING, "table", "public.a", "owner x", None),
    )


def test_another_major_explains_its_own_words_only() -> None:
    old = of(
        ("view definition", "app.v", "SELECT t.id FROM t"),
        ("schema", "public", "owner postgres"),
        ("extension", "hstore", "version 1.7\nschema public"),
        ("table grant", "app.t", "bot: SELECT"),
        ("column", "app.t.id", "integer"),
        major=14,
    )
    new = of(
        ("view definition", "app.v", "SELECT id FROM t"),
        ("schema", "public", "owner pg_database_owner"),
        ("extension", "hstore", "version 1.8\nschema public"),
        ("table grant", "app.t", "bot: SELECT, MAINTAIN"),
        ("column", "app.t.id", "bigint"),
        major=18,
    )
    assert [difference.kind for difference in structure.compare_structures(old, new)] == ["column"]


def test_a_dump_leaves_things_behind() -> None:
    whole = of(
        ("role", "bot", "login"),
        ("setting", "this database", "work_mem = 1GB"),
        ("index", "app.good", "CREATE INDEX good"),
        ("index", "app.bad", "CREATE INDEX bad\ninvalid"),
        ("extension", "hstore", "version 1.7\nschema public"),
    )
    assert structure.dumpable_part(whole).items == (
        CatalogItem("extension", "hstore", "schema public"),
        CatalogItem("index", "app.good", "CREATE INDEX good"),
    )


def test_a_change_that_both_made_is_no_difference() -> None:
    # The roles of a throw-away server never equal production's; the migration's grant on top of them is the same.
    rehearsed = (of(("role", "bot", "login")), of(("role", "bot", "login\nmember of app")))
    applied = (of(("role", "bot", "login\nbypassrls")), of(("role", "bot", "login\nbypassrls\nmember of app")))
    assert structure.compare_changes(rehearsed, applied) == ()


def test_what_was_so_before_is_no_difference() -> None:
    lagging = ("index", "app.bad", "CREATE INDEX bad\ninvalid")
    new = ("column", "app.t.note", "text")
    assert structure.compare_changes((of(), of(new)), (of(lagging), of(lagging, new))) == ()


def test_a_change_that_only_one_made_is_a_difference() -> None:
    nothing, new = of(), of(("column", "app.t.note", "text"))
    [difference] = structure.compare_changes((nothing, new), (nothing, nothing))
    assert difference == Difference(DifferenceKind.MISSING, "column", "app.t.note", "text", None)
    [difference] = structure.compare_changes((nothing, nothing), (nothing, new))
    assert difference.change is DifferenceKind.UNEXPECTED


@given(structures, structures, structures)
def test_ending_alike_is_never_a_difference(rehearsed: Structure, applied: Structure, end: Structure) -> None:
    assert structure.compare_changes((rehearsed, end), (applied, end)) == ()
