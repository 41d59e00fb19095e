"""Catalog rows to a structure; two structures to their differences. Pure: knows no server and no file."""

from rowkeep.structure.carried import as_if_filled, carried
from rowkeep.structure.changes import compare_changes
from rowkeep.structure.compare import compare
from rowkeep.structure.make import make
from rowkeep.structure.written import read_text, write_text

__all__ = ["as_if_filled", "carried", "compare", "compare_changes", "make", "read_text", "write_text"]
