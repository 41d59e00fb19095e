"""A sample of the rows of a database: picked in production, and loaded into a copy."""
