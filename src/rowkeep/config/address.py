"""Parses the address of a database before a library does, so that no error message can contain its password.

An address is a URL (`postgresql://user:password@host/name?key=value`) or libpq's keywords (`host=… dbname=…`). Forms
of other tools for `DATABASE_URL` are accepted: drivers in the scheme, quotes around it, pool settings, `ssl=`. The
reason why an address is refused never contains a part of it, because any part may be the password.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from rowkeep.config.address_words import DROPPED, KEYWORDS, NUMBERS, RENAMED, SSL, SSLMODES, VALUES
from rowkeep.config.libpq import mask_secrets
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import dataclass, field
from rowkeep.domain.late_regex import compile_later
from rowkeep.errors import Misused

ENCODE = "in a password write % as %25, @ as %40, / as %2F, : as %3A, # as %23, ? as %3F and a space as %20"
"""What to do about a password with special characters."""

EXAMPLES = ("postgresql://user:password@host:5432/name", "host=… port=… dbname=… user=… password=…")

_SCHEME = compile_later(r"postgres(?:ql)?(?P<driver>\+[a-z0-9_]+)?://", re.IGNORECASE)
_ANYWHERE = compile_later(r"postgres(?:ql)?(?:\+\w+)?:/", re.IGNORECASE)
_DRIVERS = frozenset({"psycopg", "psycopg2", "psycopg2cffi", "psycopg_async", "asyncpg", "pg8000", "aiopg"})
_BROKEN_ESCAPE = compile_later(r"%(?![0-9A-Fa-f]{2})")
_HOST = compile_later(r"[\w.-]+|/[^@]*|@?[\w./-]+|[0-9A-Fa-f:.]+(?:%[\w.-]+)?")
_KEYWORD = compile_later(r"\s*(?P<key>[A-Za-z_]+)\s*=\s*", re.ASCII)
_QUOTES = "'\"`"


class UnreadableAddress(Exception):
    """Not an address. The message says what is wrong and quotes nothing."""


@dataclass(frozen=True, slots=True)
class Address:
    """parts: values by libpq's keywords. schema: the schema that Prisma's `?schema=` names, or None."""

    parts: Mapping[str, str] = field(repr=False)
    schema: str | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """Parts that must not be shown."""
        return tuple(self.parts[key] for key in ("password", "sslpassword") if self.parts.get(key))

    @property
    def without_secrets(self) -> str:
        """Host, port, database and user, without anything secret."""
        keys = ("host", "hostaddr", "port", "dbname", "user", "service", "sslmode")
        return " ".join(f"{key}={self.parts[key]}" for key in keys if self.parts.get(key)) or "libpq's defaults"


def parse_address(text: str) -> Address:
    """Parse an address. '' means libpq's own variables. Raises UnreadableAddress."""
    text = _unwrap(text)
    if "\0" in text:
        raise UnreadableAddress("it contains a NUL character")
    scheme = _SCHEME.match(text)
    if scheme is not None:
        driver = (scheme["driver"] or "").lower().removeprefix("+")
        if driver and driver not in _DRIVERS:
            raise UnreadableAddress("the driver in its scheme is unknown; write postgresql://")
        parts = dict(_of_url(text[scheme.end() :]))
    elif ("://" in text or _ANYWHERE.search(text)) and not _begins_with_keyword(text):
        raise UnreadableAddress(_no_scheme(text))
    else:
        parts = dict(_of_keywords(text))
    schema = parts.pop("schema", None)
    return Address(MappingProxyType(_check(parts)), schema)


def check_address(text: str, where: str | None = None) -> Address:
    """Parse an address. where: its source (a flag, a variable, a place in a file). Raises Misused."""
    try:
        return parse_address(text)
    except UnreadableAddress as error:
        raise Misused(
            "the database's address cannot be read",
            code=ErrorCode.DATABASE_URL_INVALID,
            where=where,
            why=str(error),
            instead=(" or ".join(EXAMPLES),),
        ) from None


def format_address(text: str) -> str:
    """An address or `embedded:…` as written, without its secrets."""
    if text.startswith("embedded:") and "://" not in text:
        return text
    try:
        parse_address(text)
    except UnreadableAddress:
        return "(an address that cannot be read)"
    text = _unwrap(text)
    scheme = _SCHEME.match(text)
    return mask_secrets(f"postgresql://{text[scheme.end() :]}" if scheme is not None and scheme["driver"] else text)


def find_secrets(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The passwords in an address, and its words that may be shown. Of an unreadable one: what may be a password."""
    try:
        found = parse_address(text)
    except UnreadableAddress:
        account = re.split(r":/*", text.strip(_QUOTES + " \r\n\t"), maxsplit=1)[-1].rpartition("@")[0]
        user, _, rest = account.partition(":")
        after = re.findall(r"(?i)password\s*=\s*(.+)", text)
        pieces = (piece for part in (rest, *after) for piece in re.split(r"[\s:@/?&;='\"`#]+", part))
        return (text.strip(), rest, *after, *pieces), (user,)
    return found.secrets, tuple(value for key, value in found.parts.items() if "password" not in key)


def _unwrap(text: str) -> str:
    """The text without surrounding blanks, line ends and quotes (a docker env file keeps quotes)."""
    text = text.strip()
    while len(text) > 1 and text[0] == text[-1] and text[0] in _QUOTES:
        text = text[1:-1].strip()
    return text


def _begins_with_keyword(text: str) -> bool:
    key = _KEYWORD.match(text)
    return key is not None and key["key"].lower() in KEYWORDS


def _no_scheme(text: str) -> str:
    if _ANYWHERE.search(text):
        return "something stands before postgresql://, as a stray word or an opening quote"
    return "its scheme is not postgresql://"


def _of_url(rest: str) -> Iterator[tuple[str, str]]:
    """Keywords and values of what follows the scheme."""
    if re.search(r"[\s\x00-\x1f\x7f]", rest):
        raise UnreadableAddress(f"the URL contains a blank or a control character; {ENCODE}")
    if _BROKEN_ESCAPE.search(rest):
        raise UnreadableAddress(f"a % is not followed by two hexadecimal digits; {ENCODE}")
    found = re.match(r"(?P<authority>[^/?#]*)(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?(?P<rest>.*)$", rest, re.DOTALL)
    if found is None or found["rest"]:
        raise UnreadableAddress(f"the URL contains a #; {ENCODE}")
    path = (found["path"] or "").removeprefix("/")
    if "@" in path or ":" in path or "/" in path:
        raise UnreadableAddress(f"an @, : or / stands in place of the database name; {ENCODE}")
    # As in browsers and Node.js the last @ ends the user part.
    account, _, hosts = found["authority"].rpartition("@")
    if account:
        user, colon, password = account.partition(":")
        if user:
            yield "user", _decode(user)
        if colon:
            yield "password", _decode(password)
    yield from _hosts(hosts)
    if path:
        yield "dbname", _decode(path)
    for number, parameter in enumerate((found["query"] or "").split("&"), 1):
        if not parameter:
            continue
        key, equals, value = parameter.partition("=")
        if not equals:
            raise UnreadableAddress(f"parameter {number} after the ? has no value; {ENCODE}")
        yield from _to_libpq(_decode(key), _decode(value), f"parameter {number} after the ?")


def _hosts(text: str) -> Iterator[tuple[str, str]]:
    """Hosts and ports: `a:5432,[::1]:5433`."""
    if not text:
        return
    hosts: list[str] = []
    ports: list[str] = []
    for item in text.split(","):
        found = re.fullmatch(r"(?:\[(?P<six>[^\]\[]*)\]|(?P<name>[^:\[\]]*))(?::(?P<port>[0-9]*))?", item)
        if found is None:
            raise UnreadableAddress(f"the part for host and port cannot be read; {ENCODE}")
        hosts.append(found["six"] if found["six"] is not None else _decode(found["name"]))
        ports.append(found["port"] or "")
    if any(hosts):
        yield "host", ",".join(hosts)
    if any(ports):
        yield "port", ",".join(ports) if len(ports) > 1 else ports[0]


def _decode(text: str) -> str:
    from urllib.parse import unquote_to_bytes

    try:
        found = unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableAddress("its %-escapes are not UTF-8") from None
    if "\0" in found:
        raise UnreadableAddress("it contains a NUL character")
    return found


def _of_keywords(text: str) -> Iterator[tuple[str, str]]:
    """libpq's `key = value` pairs: values in single quotes, a backslash before a quote or a backslash."""
    at, number = 0, 0
    text = text.rstrip()
    while at < len(text):
        number += 1
        where = f"pair {number}" if number > 1 else "its beginning"
        key = _KEYWORD.match(text, at)
        if key is None:
            raise UnreadableAddress(
                f"{where} is not KEYWORD=VALUE, and the text is not a postgresql:// URL; put a value with blanks "
                "in single quotes"
            )
        value, at, quoted = _value(text, key.end(), where)
        free = quoted or key["key"].lower() in ("password", "sslpassword", "options")
        if not free and re.search("[;=]", value):
            raise UnreadableAddress(f"{where} contains a ; or a second =: pairs are separated by blanks")
        yield from _to_libpq(key["key"].lower(), value, where)


def _value(text: str, at: int, where: str) -> tuple[str, int, bool]:
    quoted = text.startswith("'", at)
    pattern = r"'((?:[^'\\]|\\.)*)'(?=\s|$)" if quoted else r"((?:[^\s\\']|\\.)*)(?=\s|$)"
    found = re.compile(pattern, re.DOTALL).match(text, at)
    if found is None:
        raise UnreadableAddress(f"the value of {where} has an unmatched quote or backslash; write \\' and \\\\")
    return re.sub(r"\\(.)", r"\1", found[1], flags=re.DOTALL), found.end(), quoted


def _to_libpq(key: str, value: str, where: str) -> Iterator[tuple[str, str]]:
    """The libpq keyword and value for a keyword of libpq or of another tool.

    Raises UnreadableAddress for an unknown one.
    """
    if key in DROPPED:
        return
    key = RENAMED.get(key, key)
    if key == "schema":
        if value:
            yield key, value
    elif key == "ssl":
        if value.lower() not in SSL:
            raise UnreadableAddress("ssl= is neither true, false nor a value of sslmode")
        yield "sslmode", SSL[value.lower()]
    elif key == "sslaccept":
        if value == "strict":
            yield "sslmode", "verify-full"
    elif key == "sslmode":
        yield key, SSLMODES.get(value.lower(), value)
    elif key in KEYWORDS:
        yield key, value
    else:
        raise UnreadableAddress(f"{where} is unknown to libpq; {ENCODE}")


def _check(parts: dict[str, str]) -> dict[str, str]:
    """Check each value, because libpq's error message would contain it."""
    for host in parts.get("host", "").split(","):
        if host and not _HOST.fullmatch(host):
            raise UnreadableAddress(f"its host is not a valid host name; {ENCODE}")
    for host in parts.get("hostaddr", "").split(","):
        if host and not re.fullmatch(r"[0-9A-Fa-f:.]+(?:%[\w.-]+)?", host):
            raise UnreadableAddress("its hostaddr is not an IP address")
    for port in parts.get("port", "").split(","):
        if port and not (re.fullmatch("[0-9]{1,5}", port) and 0 < int(port) < 65536):
            raise UnreadableAddress("its port is not a number from 1 to 65535")
    if ":" in parts.get("user", ""):
        raise UnreadableAddress("its user contains a colon: separate name and password by a colon that is not encoded")
    if "://" in parts.get("dbname", ""):
        raise UnreadableAddress("its dbname is itself a complete address; use that one")
    for key, value in parts.items():
        if key in NUMBERS and not re.fullmatch(r"-?[0-9]{1,9}", value):
            raise UnreadableAddress(f"{key} should be a whole number")
        if key in VALUES and value and not set(value.split(",")) <= VALUES[key]:
            raise UnreadableAddress(f"{key} should be one of {', '.join(sorted(VALUES[key]))}")
    if len({parts[key].count(",") for key in ("host", "hostaddr") if parts.get(key)}) > 1:
        raise UnreadableAddress("the number of hosts and addresses differs")
    ports, hosts = parts.get("port", ""), parts.get("host") or parts.get("hostaddr") or ""
    if "," in ports and ports.count(",") != hosts.count(","):
        raise UnreadableAddress("the number of hosts and ports differs")
    return parts
