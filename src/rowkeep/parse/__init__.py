"""Text to statements to acts: the only room that knows the parser."""

from rowkeep.parse.calls import called_body
from rowkeep.parse.fingerprint import fingerprint
from rowkeep.parse.python.fingerprint import python_fingerprint
from rowkeep.parse.section import parse

__all__ = ["called_body", "fingerprint", "parse", "python_fingerprint"]
