"""A statement of every kind to its acts; one file per family of statements."""
