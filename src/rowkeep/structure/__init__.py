"""Builds a structure from catalog rows and compares structures. Knows no server and no file."""

from rowkeep.structure.changes import compare_changes
from rowkeep.structure.compare import compare_structures
from rowkeep.structure.dumpable import as_if_filled, dumpable_part
from rowkeep.structure.json_file import format_structure, parse_structure
from rowkeep.structure.make import make_structure

__all__ = [
    "as_if_filled",
    "compare_changes",
    "compare_structures",
    "dumpable_part",
    "format_structure",
    "make_structure",
    "parse_structure",
]
