"""PL/pgSQL bodies: their structure read here, every SQL statement and expression in them by PostgreSQL's own parser.

libpg_query's PL/pgSQL parser gives line numbers only, knows no table's types ("Not implemented"), stops at the first
fault and writes broken JSON for triggers; hence a reader of our own (docs/decisions/0021-plpgsql-by-ourselves.md).
"""
