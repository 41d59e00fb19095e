"""A finding's message in one line: what PostgreSQL quotes may be the whole rest of the file, and is cut."""

from __future__ import annotations

QUOTED = 40
"""Characters of a long quotation that are shown."""
_NAME = 63
"""What may be a name is shown whole."""
_LONG = 240


def cut_to_line(message: str) -> str:
    """Every stretch of blanks and line ends as one blank; of a long quotation the beginning."""
    if "\n" not in message and "\r" not in message and len(message) <= _LONG:
        return message
    start, end = message.find('"'), message.rfind('"')
    if 0 <= start < end and len(message[start + 1 : end]) > _NAME:
        message = f'{message[: start + 1]}{_cut(message[start + 1 : end])}"{message[end + 1 :]}'
    return " ".join(message.split())


def _cut(text: str) -> str:
    flat = " ".join(text[: QUOTED * 4].split())
    return f"{flat[:QUOTED].rstrip()}…"
