"""Talks to PostgreSQL: connection, catalog, our records, executor. The only package that knows the driver, psycopg."""
