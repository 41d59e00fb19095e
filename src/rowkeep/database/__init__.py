"""Talks to PostgreSQL: connection, catalog, our records, executor. The only package that knows the driver, psycopg."""

from rowkeep.database.driver_version import import_driver

import_driver()
