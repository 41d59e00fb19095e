"""A rule, its page, what it reads and what it finds."""
