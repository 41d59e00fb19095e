"""Parses SQL and Python migrations into statements and operations. The only package that knows the parser."""

from rowkeep.parse.section import parse_section
from rowkeep.parse.text.checksum import token_checksum

__all__ = ["parse_section", "token_checksum"]
