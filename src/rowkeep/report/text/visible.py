r"""Text that somebody else wrote, made safe to be shown: file names, identifiers, rows, what a server said.

Control characters, escape sequences, marks that turn the direction of text and characters of no width are written as
`\x1b` or `\u202e`. Lines that a CI system would take for a command are broken. Passwords in addresses and in SQL are
masked. It is the same on a terminal, through a pipe and in a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

_HIDDEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and line feed, DEL, C1
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"  # nothing to be seen
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # no width, separators, direction
    "\ud800-\udfff\U000e0000-\U000e0fff"  # halves of characters (bytes that are not UTF-8), tags
)

UNSAFE = f"[{_HIDDEN}]"
"""A character that is not shown as it is. (Patterns are compiled when they are needed: `--help` needs none.)"""

# The runner of GitHub Actions trims a line before it looks for `::name …::`; `##[` counts wherever it stands.
_WORKFLOW = r"(?m)^([^\S\n]*):(?=:[A-Za-z][\w-]*[^\n]*::)"
MARKED = r"(?i)##(?=\[|vso\[|teamcity\[)"

HIDDEN = "***"
# Every repetition has a limit: a text of any shape costs what its length does.
_IN_URL = r"(?i)(?P<head>\b[a-z][a-z0-9+.-]{0,30}:/{1,3}[^\s:/@'\"`<>]{0,200}:)(?P<secret>[^\s'\"`<>]{1,500})@"
_IN_PAIR = r"(?i)(?P<head>\b(?:ssl)?password=)(?P<secret>'(?:[^'\\\n]|\\.)*'|(?!\*\*\*|\.\.\.|…)[^\s'\"]+)"
# A quote may be doubled, as in the text of a function; the server cuts a long line anywhere.
_IN_SQL = (
    r"(?im)(?P<head>\b(?:PASSWORD|IDENTIFIED\s+BY)\s+)(?P<secret>"
    r"E?(?P<quote>'{1,8})(?:[^'\n]|(?P=quote)(?P=quote)){0,500}(?P=quote)|E?'{1,8}[^'\n]{0,500}$"
    r"|\$(?P<tag>\w*)\$.{0,500}?\$(?P=tag)\$)"
)


@cache
def compile_sql(pattern: str) -> re.Pattern[str]:
    """The pattern, ready for use."""
    return re.compile(pattern)


def _escaped(match: re.Match[str]) -> str:
    sign = match.group()
    code = ord(sign)
    if sign == "\n":
        return "\\n"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def make_visible(text: str) -> str:
    """The text with what cannot be seen spelled out; tabs and line feeds stay. A line end of Windows is one."""
    return compile_sql(UNSAFE).sub(_escaped, text.replace("\r\n", "\n")) if not text.isprintable() else text


def one_line(text: str) -> str:
    """The same for what has to stay in its line, such as a name: a line feed is spelled out, too."""
    return compile_sql(f"[\n{_HIDDEN}]").sub(_escaped, text) if not text.isprintable() else text


def indent(text: str, margin: str) -> str:
    """The text, safe, with every line after the first moved by `margin`: none can pass for one of ours."""
    return make_visible(text).replace("\n", f"\n{margin}")


def join_lines(rows: Iterable[str]) -> str:
    """Rows below each other, each safe and in its own line, whatever the names in it hold."""
    return "\n".join(one_line(row) for row in rows)


def strip_control(text: str) -> str:
    """The text without lines that a CI system takes for its own commands."""
    return broken_marks(compile_sql(_WORKFLOW).sub(r"\1\\x3a", text) if "::" in text else text)


def broken_marks(text: str) -> str:
    """The text without `##[…]`, which is a command wherever it stands in a line."""
    return compile_sql(MARKED).sub(r"#\\x23", text) if "##" in text else text


def without_secrets(text: str) -> str:
    """The text with passwords masked where their surroundings tell them: in URLs, in pairs, in SQL."""
    if "@" in text:
        text = compile_sql(_IN_URL).sub(lambda found: f"{found['head']}{HIDDEN}@", text)
    lowered = text.lower()
    if "password" in lowered or "identified" in lowered:
        text = compile_sql(_IN_PAIR).sub(lambda found: f"{found['head']}{HIDDEN}", text)
        text = compile_sql(_IN_SQL).sub(lambda found: f"{found['head']}'{HIDDEN}'", text)
    return text
