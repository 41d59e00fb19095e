"""Where stored answers are, and how they are read and written.

An entry is believed only with a message authentication code of a key that the user's state directory holds. So what a
checkout, another user or a damaged disk puts into the cache is no answer, wherever the cache is. All failures are
silent: an entry that cannot be read is not there, one that cannot be written is not kept.
"""

from __future__ import annotations

import os
import stat
import sys

from rowkeep.version import VERSION

try:
    # What hashlib offers as blake2b, without the 10 ms that it takes to load OpenSSL.
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

DIRECTORY = "ROWKEEP_CACHE_DIR"
"""The variable that names the directory of the cache."""
OFF = "ROWKEEP_NO_CACHE"
"""The variable that turns it off."""

KEY_SIZE = MAC_SIZE = 32
LARGEST = 16_000_000
"""Maximum size of an entry, in bytes; a larger answer is not stored."""
ROOM = 64_000_000
"""Bytes of all entries together; the oldest are removed."""
OLDEST_S = 30 * 86_400
"""Seconds after which an entry is removed."""
MOST = 10_000
"""Maximum number of entries."""

TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n# Answers of `rowkeep lint`. This directory may be deleted.\n"
"""Backup programs leave out a directory with this file (https://bford.info/cachedir/)."""

PASSING = frozenset(
    {
        *("_", "COLORTERM", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "GPG_TTY", "OLDPWD", "PGTZ", "SHLVL"),
        *("SSH_AGENT_PID", "SSH_AUTH_SOCK", "SSH_CLIENT", "SSH_CONNECTION", "SSH_TTY", "STY", "TERM_SESSION_ID"),
        *("TMUX", "TMUX_PANE", "WAYLAND_DISPLAY", "WINDOWID", "XDG_RUNTIME_DIR", "XDG_SESSION_ID"),
    }
)
"""Variables that differ from one terminal to the next and that no answer depends on (`run` removes PGTZ). Every other
one is in the name of an entry, because the configuration may ask for any of them."""


def cache_directory() -> str | None:
    """The directory of the entries, which need not exist; None without a home, or where the cache is off."""
    if os.environ.get(OFF, "").lower() not in ("", "0", "false", "no", "off"):
        return None
    named = os.environ.get(DIRECTORY, "")
    if named:
        return os.path.join(os.path.abspath(named), "lint")
    home = _base("XDG_CACHE_HOME", "~/.cache")
    return None if home is None else f"{home}/rowkeep/lint"


def secret_key(*, create: bool = False) -> bytes | None:
    """The key of this user, None where there is none. create: make one. A key in the project is not the user's."""
    home = _base("XDG_STATE_HOME", "~/.local/state")
    if home is None or _in_project(home):
        return None
    directory = f"{home}/rowkeep"
    path = f"{directory}/lint-cache.key"
    try:
        key = _read_own(path, KEY_SIZE) if _is_own_directory(directory) else None
    except OSError:
        key = None
    if key is not None and len(key) == KEY_SIZE:
        return key
    if not create:
        return None
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
        if not _is_own_directory(directory):
            return None
        fresh = os.urandom(KEY_SIZE)
        # Two processes may do this at once: one key stays, and what the other one has stored is not found again.
        _replace(path, fresh)
    except OSError:
        return None
    return fresh


def name_entry(key: bytes, arguments: list[str]) -> str:
    """The name of the entry for this command line, here, in this environment, by this code, on these streams."""
    digest = blake2b(key=key, digest_size=20)
    for part in _circumstances(arguments):
        whole = part.encode("utf-8", "surrogateescape")
        digest.update(f"{len(whole)} ".encode())
        digest.update(whole)
    return digest.hexdigest()


def read_entry(directory: str, key: bytes, name: str) -> bytes | None:
    """What is stored under `name`; None where there is nothing that can be believed."""
    try:
        if not _is_own_directory(directory):
            return None
        entry = _read_own(f"{directory}/{name}", LARGEST + MAC_SIZE)
    except OSError:
        return None
    if entry is None or len(entry) < MAC_SIZE:
        return None
    body = entry[MAC_SIZE:]
    return body if _is_same(_authenticate(key, name, body), entry[:MAC_SIZE]) else None


def write_entry(directory: str, key: bytes, name: str, body: bytes) -> bool:
    """Store `body` under `name`, completely or not at all; False where that fails."""
    if len(body) > LARGEST:
        return False
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
        if not _is_own_directory(directory):
            return False
        if not os.path.lexists(f"{directory}/CACHEDIR.TAG"):
            _replace(f"{directory}/CACHEDIR.TAG", TAG)
            _replace(f"{directory}/.gitignore", b"*\n")
        _replace(f"{directory}/{name}", _authenticate(key, name, body) + body)
    except OSError:
        return False
    return True


def prune(directory: str, now: float) -> None:
    """Remove old entries, and the oldest while there are too many or too large ones."""
    entries = []
    try:
        with os.scandir(directory) as found:
            for entry in found:
                state = entry.stat(follow_symlinks=False)
                if not stat.S_ISDIR(state.st_mode) and _is_ours(entry.name):
                    entries.append((state.st_mtime, state.st_size, entry.path))
    except OSError:
        return
    entries.sort(reverse=True)
    size = 0
    for number, (changed, bytes_, path) in enumerate(entries, 1):
        size += bytes_
        if now - changed > OLDEST_S or size > ROOM or number > MOST:
            try:
                os.unlink(path)
            except OSError:
                return


def _is_ours(name: str) -> bool:
    """Whether a file of this name is an entry, or the unfinished one of a process that was killed."""
    return name.startswith(".part-") or (len(name) == 40 and not name.strip("0123456789abcdef"))


def _circumstances(arguments: list[str]) -> list[str]:
    """Everything apart from the disk that an answer can depend on."""
    environ = sorted(item for item in os.environ.items() if item[0] not in PASSING)
    streams = [
        f"{stream.isatty()} {getattr(stream, 'encoding', '')} {getattr(stream, 'errors', '')}"
        for stream in (sys.stdin, sys.stdout, sys.stderr)
        if stream is not None
    ]
    return [
        *("rowkeep", VERSION, sys.version, sys.platform, str(os.geteuid()), os.getcwd(), str(len(arguments))),
        *arguments,
        *streams,
        *(f"{name}={value}" for name, value in environ),
        *_code_state(),
    ]


def _code_state() -> list[str]:
    """What changes whenever Rowkeep, or a package that it uses, is another one.

    Installing a package changes its directory, and so the time of it. Where Rowkeep is not installed but runs from its
    source, every file of it counts.
    """
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    working = os.getcwd()
    states = [_directory_state(place) for place in sys.path if place and os.path.realpath(place) != working]
    if os.path.basename(os.path.dirname(here)) not in ("site-packages", "dist-packages"):
        folders = [here]
        while folders:
            with os.scandir(folders.pop()) as found:
                for entry in sorted(found, key=lambda each: each.name):
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name != "__pycache__":
                            folders.append(entry.path)
                    else:
                        state = entry.stat()
                        states.append(f"{entry.path} {state.st_mtime_ns} {state.st_size}")
    return states


def _directory_state(path: str) -> str:
    try:
        state = os.stat(path)
    except OSError:
        return path
    return f"{path} {state.st_mtime_ns} {state.st_ino}"


def _base(variable: str, default: str) -> str | None:
    """A base directory of the XDG specification: relative paths are ignored. None without a home."""
    named = os.environ.get(variable, "")
    path = named if named.startswith("/") else os.path.expanduser(default)
    return path.rstrip("/") if path.startswith("/") else None


def _in_project(directory: str) -> bool:
    """Whether a directory lies in the repository around the working directory, or in the working directory."""
    here = place = os.getcwd()
    while True:
        if os.path.lexists(f"{place}/.git"):
            break
        if place == "/":
            place = here
            break
        place = os.path.dirname(place)
    real = os.path.realpath(directory)
    return any(real == root or real.startswith(root.rstrip("/") + "/") for root in {here, os.path.realpath(place)})


def _is_own_directory(path: str) -> bool:
    """Whether nobody else can have put anything there."""
    try:
        state = os.lstat(path)
    except OSError:
        return False
    own = state.st_uid == os.geteuid() and not stat.S_IMODE(state.st_mode) & 0o022
    return own and stat.S_ISDIR(state.st_mode)


def _read_own(path: str, largest: int) -> bytes | None:
    """The content of a regular file of this user; None where it is anything else, or too large."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | os.O_NOFOLLOW)
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode) or state.st_uid != os.geteuid() or state.st_mode & 0o022:
            return None
        if state.st_size > largest:
            return None
        content = b""
        while part := os.read(descriptor, state.st_size + 1 - len(content)):
            content += part
        return content if len(content) == state.st_size else None
    finally:
        os.close(descriptor)


def _replace(path: str, content: bytes) -> None:
    """Write a file in one step. Raises OSError; then nothing of it is left."""
    folder = os.path.dirname(path)
    part = f"{folder}/.part-{os.getpid()}-{os.urandom(6).hex()}"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        finally:
            os.close(descriptor)
        os.replace(part, path)
    except OSError:
        try:
            os.unlink(part)
        except OSError:
            pass
        raise


def _authenticate(key: bytes, name: str, body: bytes) -> bytes:
    """The message authentication code of an entry, which holds for its name, too."""
    digest = blake2b(key=key, digest_size=MAC_SIZE, person=b"rowkeep-lint")
    digest.update(name.encode())
    digest.update(body)
    return digest.digest()


def _is_same(one: bytes, other: bytes) -> bool:
    """Compare two codes in constant time."""
    difference = len(one) ^ len(other)
    for left, right in zip(one, other, strict=False):
        difference |= left ^ right
    return difference == 0
