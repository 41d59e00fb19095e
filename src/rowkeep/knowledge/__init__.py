"""Facts about PostgreSQL as data: locks, types, functions, releases, safe forms. Knows no server."""
