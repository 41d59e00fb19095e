"""PL/pgSQL bodies. Their structure is parsed here, the SQL statements and expressions in them by PostgreSQL's parser.

libpg_query's PL/pgSQL parser gives line numbers only, does not know the types of tables ("Not implemented"), stops at
the first error and writes broken JSON for triggers, so Rowkeep has its own
(docs/decisions/0021-plpgsql-by-ourselves.md).
"""
