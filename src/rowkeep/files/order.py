"""node-pg-migrate's order of file names: the numeric prefix, then `localeCompare`.

Names of equal prefix are compared as JavaScript's `a.localeCompare(b, undefined, {numeric: true, ignorePunctuation:
true})` compares them in an English (or root) locale. Exact for ASCII and for Latin letters with accents; other
scripts come after Latin in the order of their code points, where ICU may order them otherwise. Names that compare
equal keep the byte order in which a directory is read.
"""

from __future__ import annotations

import functools
import math
import unicodedata
from collections.abc import Iterable

from rowkeep.domain.late_regex import compile_later

_PREFIX = compile_later(r"[0-9]+")
# Symbols in the order of the root collation, before the digits. Punctuation and blanks are ignored.
_SYMBOLS = "`^+<=>|~$"
# Accents in the root collation's order (acute, grave, breve …), the others after them by code point.
_ACCENTS = {
    ord(sign): rank
    for rank, sign in enumerate("\u0301\u0300\u0306\u0302\u030c\u030a\u0308\u030b\u0303\u0307\u0327\u0328\u0304", 1)
}

Weight = tuple[tuple[tuple[int, int, str], ...], tuple[str, ...], tuple[int, ...]]


def numeric_prefix(name: str) -> str:
    """The digits at the start of a file name, or ''."""
    match = _PREFIX.match(name)
    return match.group() if match else ""


@functools.cache
def prefix_number(name: str) -> float:
    """The sort key of node-pg-migrate 9: the prefix as a number; 17 digits are a UTC time in milliseconds.

    NaN for 17 digits that are not a valid time; 0 without a prefix (as in 7 and 8; 9 refuses to run).
    """
    digits = numeric_prefix(name)
    if len(digits) != 17:
        return float(digits or "0")
    return _milliseconds(digits)


def _milliseconds(digits: str) -> float:
    from datetime import UTC, datetime, timedelta

    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
    hour, minute, second, milli = int(digits[8:10]), int(digits[10:12]), int(digits[12:14]), int(digits[14:])
    midnight = hour == 24 and minute == second == milli == 0
    if year == 0 or not (1 <= month <= 12 and 1 <= day <= 31 and minute < 60 and second < 60):
        return math.nan
    if hour > 23 and not midnight:
        return math.nan
    # A day past the end of the month counts into the next month, as in JavaScript's Date.
    moment = datetime(year, month, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    moment += timedelta(days=day - 1, hours=hour, minutes=minute, seconds=second, milliseconds=milli)
    return float(moment // timedelta(milliseconds=1))


@functools.cache
def collation_weight(name: str) -> Weight:
    """Three levels of comparison: letters and numbers, then accents, then lower before upper case."""
    letters: list[tuple[int, int, str]] = []
    accents: list[str] = []
    cases: list[int] = []
    text = unicodedata.normalize("NFD", name)
    at = 0
    while at < len(text):
        sign = text[at]
        kind = unicodedata.category(sign)
        digits = _PREFIX.match(text, at)
        if digits:
            letters.append((1, int(digits.group()), ""))
            at = digits.end() - 1
        elif kind == "Mn" and accents:
            accents[-1] += chr(_ACCENTS.get(ord(sign), ord(sign)))
            at += 1
            continue
        elif sign in _SYMBOLS:
            letters.append((0, _SYMBOLS.index(sign), ""))
        elif kind[0] in "LN":
            folded = sign.casefold()
            letters.extend((2, 0, letter) for letter in folded)
            accents.extend("" for _ in folded[1:])
            cases.extend(2 for _ in folded[1:])
        elif kind[0] == "S":
            letters.append((0, len(_SYMBOLS), sign))
        else:
            at += 1
            continue
        accents.append("")
        cases.append(int(sign.isupper()))
        at += 1
    return tuple(letters), tuple(accents), tuple(cases)


def _compare(a: str, b: str) -> int:
    left, right = prefix_number(a), prefix_number(b)
    if left != right and not math.isnan(left) and not math.isnan(right):
        return -1 if left < right else 1
    first, second = collation_weight(a), collation_weight(b)
    return (first > second) - (first < second)


def sort_names(names: Iterable[str]) -> list[str]:
    """File names in the order in which node-pg-migrate 9 runs them."""
    by_bytes = sorted(names, key=lambda name: name.encode("utf-8", "surrogateescape"))
    return sorted(by_bytes, key=functools.cmp_to_key(_compare))
