"""Parses SQL and Python migrations into statements and operations. The only package that knows the parser."""

from rowkeep.parse.function_calls import operations_of_call
from rowkeep.parse.python.checksum import python_checksum
from rowkeep.parse.section import parse_section
from rowkeep.parse.text.checksum import token_checksum

__all__ = ["operations_of_call", "parse_section", "python_checksum", "token_checksum"]
