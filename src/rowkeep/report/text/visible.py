r"""Makes untrusted text safe to print: file names, identifiers, rows, server messages.

Control characters, escape sequences, direction marks and zero-width characters are written as `\x1b` or `\u202e`.
Lines that a CI system would take for commands are changed. Passwords in addresses and SQL are masked. The output is
the same on a terminal, in a pipe and in a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

_HIDDEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and line feed, DEL, C1
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"  # invisible
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # zero width, separators, direction
    "\ud800-\udfff\U000e0000-\U000e0fff"  # surrogates (bytes that are not UTF-8), tags
)

UNSAFE = f"[{_HIDDEN}]"
"""A character that is escaped. (Patterns are compiled on first use: `--help` needs none.)"""

# The runner of GitHub Actions trims a line before it looks for `::name …::`; `##[` counts wherever it stands.
_WORKFLOW = r"(?m)^([^\S\n]*):(?=:[A-Za-z][\w-]*[^\n]*::)"
MARKED = r"(?i)##(?=\[|vso\[|teamcity\[)"

HIDDEN = "***"
# Every repetition has a limit, so the time is linear in the length of the text.
_IN_URL = r"(?i)(?P<head>\b[a-z][a-z0-9+.-]{0,30}:/{1,3}[^\s:/@'\"`<>]{0,200}:)(?P<secret>[^\s'\"`<>]{1,500})@"
_IN_PAIR = r"(?i)(?P<head>\b(?:ssl)?password=)(?P<secret>'(?:[^'\\\n]|\\.)*'|(?!\*\*\*|\.\.\.|…)[^\s'\"]+)"
# A quote may be doubled, as in the text of a function; the server cuts a long line anywhere.
_IN_SQL = (
    r"(?im)(?P<head>\b(?:PASSWORD|IDENTIFIED\s+BY)\s+)(?P<secret>"
    r"E?(?P<quote>'{1,8})(?:[^'\n]|(?P=quote)(?P=quote)){0,500}(?P=quote)|E?'{1,8}[^'\n]{0,500}$"
    r"|\$(?P<tag>\w*)\$.{0,500}?\$(?P=tag)\$)"
)


@cache
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """The compiled pattern."""
    return re.compile(pattern)


def _escape(match: re.Match[str]) -> str:
    sign = match.group()
    code = ord(sign)
    if sign == "\n":
        return "\\n"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def make_visible(text: str) -> str:
    """The text with hidden characters escaped. Tabs and line feeds stay; CRLF becomes a line feed."""
    return compile_pattern(UNSAFE).sub(_escape, text.replace("\r\n", "\n")) if not text.isprintable() else text


def one_line(text: str) -> str:
    """The same for text that must stay on one line, such as a name: line feeds are escaped, too."""
    return compile_pattern(f"[\n{_HIDDEN}]").sub(_escape, text) if not text.isprintable() else text


def indent(text: str, margin: str) -> str:
    """The safe text with every line after the first indented, so that none can pass for one of ours."""
    return make_visible(text).replace("\n", f"\n{margin}")


def join_lines(rows: Iterable[str]) -> str:
    """The rows, each safe and on its own line, whatever the names in it contain."""
    return "\n".join(one_line(row) for row in rows)


def strip_control(text: str) -> str:
    """The text without lines that a CI system takes for commands."""
    return break_marks(compile_pattern(_WORKFLOW).sub(r"\1\\x3a", text) if "::" in text else text)


def break_marks(text: str) -> str:
    """The text without `##[…]`, which is a command anywhere in a line."""
    return compile_pattern(MARKED).sub(r"#\\x23", text) if "##" in text else text


def mask_passwords(text: str) -> str:
    """The text with passwords masked in URLs, in `password=` pairs and in SQL."""
    if "@" in text:
        text = compile_pattern(_IN_URL).sub(lambda match: f"{match['head']}{HIDDEN}@", text)
    lowered = text.lower()
    if "password" in lowered or "identified" in lowered:
        text = compile_pattern(_IN_PAIR).sub(lambda match: f"{match['head']}{HIDDEN}", text)
        text = compile_pattern(_IN_SQL).sub(lambda match: f"{match['head']}'{HIDDEN}'", text)
    return text
