"""Text to statements to acts: the only room that knows the parser."""

from rowkeep.parse.calls import called_body
from rowkeep.parse.python.fingerprint import python_checksum
from rowkeep.parse.section import parse_section
from rowkeep.parse.text.fingerprint import token_checksum

__all__ = ["called_body", "parse_section", "python_checksum", "token_checksum"]
