"""The functions that servers have are the functions that we know, as steady as the servers say."""

import psycopg
import pytest

from rowkeep.knowledge.functions import Volatility, function_volatility

LETTERS = {"v": Volatility.VOLATILE, "s": Volatility.STABLE, "i": Volatility.IMMUTABLE}
# Triggers' and types' own functions are called by nobody.
ALL = """
    SELECT proname, pg_catalog.max(CASE provolatile WHEN 'i' THEN 1 WHEN 's' THEN 2 ELSE 3 END)
      FROM pg_catalog.pg_proc
     WHERE pronamespace = 'pg_catalog'::pg_catalog.regnamespace
       AND proname !~ '^(RI_|pg_ndistinct|pg_mcv|pg_node_tree|pg_ddl)'
       AND NOT (proname = 'timezone' AND provolatile = 'v')
     GROUP BY proname
"""


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_every_function_is_known(database: str) -> None:
    with psycopg.connect(database) as connection:
        found = connection.execute(ALL).fetchall()
    weights = {Volatility.IMMUTABLE: 1, Volatility.STABLE: 2, Volatility.VOLATILE: 3}
    assert len(found) > 2000
    missing = sorted(name for name, _ in found if function_volatility(name) is None)
    assert not missing, f"add to knowledge/functions.toml: {missing}"
    # A function that is steadier on an older server is taken as on the other one.
    softer = sorted(name for name, worst in found if weights[function_volatility(name) or Volatility.VOLATILE] < worst)
    assert not softer, f"less steady than knowledge/functions.toml says: {softer}"


def test_what_nobody_ships_is_unknown() -> None:
    assert function_volatility("now") is Volatility.STABLE
    assert function_volatility("gen_random_uuid") is Volatility.VOLATILE
    assert function_volatility("upper") is Volatility.IMMUTABLE
    assert function_volatility("tidy_up_orders") is None
