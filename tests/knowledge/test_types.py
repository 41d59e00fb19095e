"""Every type that servers bring is known, and none that they do not."""

import psycopg
import pytest

from rowkeep.domain.operation import TypeName
from rowkeep.knowledge.types.known_types import is_known_type

# What nobody has in a column: system columns' types, and what indexes and statistics keep inside.
INSIDE = {"aclitem", "gtsvector", "pg_brin_bloom_summary", "pg_brin_minmax_multi_summary", "pg_dependencies"}
INSIDE |= {"pg_mcv_list", "pg_ndistinct", "pg_node_tree"}


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_the_server_brings_no_other_type(database: str) -> None:
    question = """
        SELECT typname FROM pg_catalog.pg_type
         WHERE typnamespace = 'pg_catalog'::pg_catalog.regnamespace AND typtype IN ('b', 'r', 'm')
           AND typcategory <> 'A'
    """
    with psycopg.connect(database) as connection:
        found = {name for (name,) in connection.execute(question).fetchall()}
    assert len(found) > 60
    assert {name for name in found if not is_known_type(TypeName(name))} <= INSIDE


def test_what_a_project_makes_is_not_known() -> None:
    assert is_known_type(TypeName("citext", "public"))
    assert not is_known_type(TypeName("order_status"))
