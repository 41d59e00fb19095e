"""What the judge remembers of domains, functions and enum values."""

from __future__ import annotations

from rowkeep.analysis.schema.track_schema import track_operation
from rowkeep.domain.lint.context import Context
from rowkeep.domain.migration import Direction
from rowkeep.domain.operation import TypeName
from rowkeep.domain.schema.schema_state import KnownDomain, SchemaState
from rowkeep.files import read_text
from rowkeep.parse import parse_section


def told(text: str) -> Context:
    """The memory after the acts of `text`."""
    migration = read_text("1_step.sql", text, "node-pg-migrate")
    assert migration is not None
    context = Context(migration, Direction.UP, SchemaState(), 14, transaction=7)
    for statement in parse_section(migration.up).statements:
        for operation in statement.operations:
            track_operation(operation, context)
    return context


def domain(context: Context, name: str, schema: str | None = None) -> KnownDomain:
    found = context.domain(TypeName(name, schema))
    assert found is not None
    return found


def test_a_domain_of_a_domain_takes_its_constraints_and_default() -> None:
    context = told("CREATE DOMAIN low AS integer DEFAULT 5 CHECK (VALUE > 0); CREATE DOMAIN high AS low;")
    assert domain(context, "high").is_constrained
    assert domain(context, "high").type.name == "low"
    assert domain(context, "high").default == domain(context, "low").default is not None


def test_a_domain_is_altered() -> None:
    base = "CREATE DOMAIN d AS text;"
    assert not domain(told(base), "d").is_constrained
    assert domain(told(base + "ALTER DOMAIN d ADD CHECK (VALUE <> '') NOT VALID;"), "d").is_constrained
    assert domain(told(base + "ALTER DOMAIN d SET NOT NULL;"), "d").is_not_null
    assert domain(told(base + "ALTER DOMAIN d ADD NOT NULL;"), "d").is_not_null
    assert not domain(told(base + "ALTER DOMAIN d SET NOT NULL; ALTER DOMAIN d DROP NOT NULL;"), "d").is_not_null
    default = domain(told(base + "ALTER DOMAIN d SET DEFAULT random()::text;"), "d").default
    assert default is not None
    assert [str(call.name) for call in default.calls] == ["random"]
    gone = told(base + "ALTER DOMAIN d SET DEFAULT 'x'; ALTER DOMAIN d DROP DEFAULT;")
    assert domain(gone, "d").default is None


def test_the_search_path_finds_a_domain() -> None:
    context = told("CREATE DOMAIN shop.d AS text; CREATE DOMAIN e AS text; SET search_path = shop, public;")
    assert domain(context, "d").key == ("shop", "d")
    assert domain(context, "e", "public").key == ("public", "e")
    assert context.domain(TypeName("e", "shop")) is None
    assert context.domain(TypeName("d", is_array=True)) is None


def test_a_memory_is_copied_whole() -> None:
    context = told("CREATE DOMAIN d AS text; CREATE TYPE t AS ENUM ('a'); ALTER TYPE t ADD VALUE 'b';")
    copy = context.known.copy()
    assert copy == context.known
    copy.domains.clear()
    assert context.known.domains
    assert context.known.enum_values[("public", "t")] == {"a": 0, "b": 7}


def test_defaults_and_not_null_are_remembered() -> None:
    context = told("CREATE TABLE t (a text DEFAULT 'x', b text); ALTER TABLE t ALTER a SET DEFAULT 'y';")
    column = context.known.tables["public", "t"].columns["a"]
    assert column.default is not None
    assert column.default.constant == "y"
    valid = "ALTER TABLE t ADD CONSTRAINT n NOT NULL b NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT n;"
    assert told("CREATE TABLE t (b text);" + valid).known.tables["public", "t"].columns["b"].is_not_null


def test_the_columns_of_an_index_that_is_computed() -> None:
    context = told("CREATE TABLE t (a text, b text, c text); CREATE INDEX i ON t (lower(a), c) WHERE b <> '';")
    assert context.known.indexes["public", "i"].computed == ("a", "b")
    assert context.known.indexes["public", "i"].columns == (None, "c")
