"""Everything a run reads from the disk: recorded while it runs, and looked at again by a later run.

A stored answer may be used where the disk answers every question as it did then. So whatever `files/` asks the disk
on the way to an answer is recorded here (tests/lint_cache/test_inputs.py finds what is not), and `digest_again` asks
it again. An answer that depends on something that cannot be asked again is not stored (`spoil`).
"""

from __future__ import annotations

import os
import stat
from _contextvars import ContextVar

try:
    # What hashlib offers as blake2b, without the 10 ms that it takes to load OpenSSL.
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

FILE = "file"
"""A regular file that is no symbolic link: its content."""
NAMES = "names"
"""A directory: the names in it, and which of them are directories or links."""
REAL = "real"
"""A path: where it leads, by all symbolic links."""
EXISTS = "exists"
"""A path: whether there is something, by all symbolic links."""
STANDS = "stands"
"""A path: whether there is something, if only a symbolic link that leads nowhere."""

LARGEST = 50_000_000
"""Maximum size of a file that is looked at again, in bytes: that of a migration."""


class Unlike(Exception):
    """A question to the disk that cannot be answered as it was."""


class Recording:
    """The questions of a run to the disk, in their order, and a digest of all answers."""

    def __init__(self) -> None:
        self.questions: list[tuple[str, str]] = []
        self.is_whole = True
        """Whether every question can be asked again."""
        self._answers: dict[tuple[str, str], bytes] = {}
        """Answers, or digests of long ones."""
        self._folders: dict[str, str] = {}
        self._digest = blake2b(digest_size=32)

    def add(self, kind: str, path: str, answer: bytes) -> None:
        """A question and its answer. Asked twice, it must have been answered twice alike."""
        short = _shorten(answer)
        known = self._answers.setdefault((kind, path), short)
        if known is not short:
            self.is_whole = self.is_whole and known == short
            return
        self.questions.append((kind, path))
        _mix(self._digest, kind, path, answer)

    def is_answer(self, kind: str, path: str, answer: bytes) -> bool:
        """Whether the question was answered so."""
        return self._answers.get((kind, path)) == _shorten(answer)

    def copy(self) -> Recording:
        """A copy whose answers can be changed."""
        copy = Recording()
        copy.questions, copy.is_whole = [*self.questions], self.is_whole
        copy._answers, copy._folders = {**self._answers}, {**self._folders}
        return copy

    def change(self, kind: str, path: str, answer: bytes) -> None:
        """The question has another answer now. The digest of all answers is not kept up."""
        self._answers[kind, path] = _shorten(answer)

    def real(self, folder: str) -> str:
        """Where the path of a directory leads."""
        known = self._folders.get(folder)
        if known is None:
            known = self._folders[folder] = os.path.realpath(folder)
            self.add(REAL, folder, os.fsencode(known))
        return known

    def spoil(self) -> None:
        """The run depends on something that cannot be asked again: its answer is not stored."""
        self.is_whole = False

    @property
    def digest(self) -> bytes:
        """Of all questions and answers."""
        return self._digest.digest()


_recording: ContextVar[Recording | None] = ContextVar("_recording", default=None)


def start_recording() -> Recording:
    """Record from now on what this thread asks the disk."""
    recording = Recording()
    _recording.set(recording)
    return recording


def stop_recording() -> None:
    """Record nothing any more."""
    _recording.set(None)


def spoil_recording() -> None:
    """Something was asked that is not recorded."""
    if (recording := _recording.get()) is not None:
        recording.spoil()


def record_file(path: str, real: str, content: bytes) -> None:
    """A file was read. real: where its path led. One that is itself a link is not looked at again: nothing is stored.

    So the way to a file is looked at once for its directory, and not for each file in it.
    """
    if (recording := _recording.get()) is None:
        return
    folder, _, name = path.rpartition("/")
    folder = folder or ("/" if path.startswith("/") else ".")
    above = recording.real(folder)
    if real != f"{above.rstrip('/')}/{name}":
        recording.spoil()
    else:
        recording.add(FILE, path, content)


def list_directory(path: str) -> list[tuple[str, str]]:
    """The names in a directory in byte order, each with a letter: `d` a directory, `f` anything else, `D` and `F` the
    same behind a symbolic link. Raises OSError.
    """
    with os.scandir(path) as entries:
        names = sorted((os.fsencode(entry.name), entry.name, _letter(entry)) for entry in entries)
    if (recording := _recording.get()) is not None:
        recording.add(NAMES, path, _join(names))
    return [(name, letter) for _, name, letter in names]


def record_real(path: str, real: str) -> None:
    """It was asked where `path` leads."""
    if (recording := _recording.get()) is not None:
        recording.add(REAL, path, os.fsencode(real))


def record_exists(path: str, exists: bool) -> None:
    """It was asked whether there is something at `path`."""
    if (recording := _recording.get()) is not None:
        recording.add(EXISTS, path, b"1" if exists else b"0")


def record_stands(path: str, stands: bool) -> None:
    """It was asked whether there is something at `path`, if only a link."""
    if (recording := _recording.get()) is not None:
        recording.add(STANDS, path, b"1" if stands else b"0")


def digest_again(questions: list[tuple[str, str]]) -> bytes:
    """The digest of the same questions with the answers of now. Raises OSError or Unlike where there is none."""
    digest = blake2b(digest_size=32)
    for kind, path in questions:
        _mix(digest, kind, path, look(kind, path))
    return digest.digest()


def _shorten(answer: bytes) -> bytes:
    """A short answer as it is, a long one as its digest."""
    return answer if len(answer) <= 31 else blake2b(answer, digest_size=32).digest()


def _mix(digest: blake2b, kind: str, path: str, answer: bytes) -> None:
    """Add a question and its answer; lengths first, so that no two recordings look alike."""
    name = os.fsencode(path)
    digest.update(f"{kind} {len(name)} {len(answer)} ".encode())
    digest.update(name)
    digest.update(answer)


def look(kind: str, path: str) -> bytes:
    """The answer of the disk to one question."""
    if kind == FILE:
        return _read(path)
    if kind == REAL:
        return os.fsencode(os.path.realpath(path))
    if kind == EXISTS:
        return b"1" if os.path.exists(path) else b"0"
    if kind == STANDS:
        return b"1" if os.path.lexists(path) else b"0"
    if kind == NAMES:
        with os.scandir(path) as entries:
            return _join(sorted((os.fsencode(entry.name), entry.name, _letter(entry)) for entry in entries))
    raise Unlike(kind)


def _read(path: str) -> bytes:
    """The content of a file, as `files.filesystem.regular.read_regular` reads it: never waiting, never too much."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | os.O_NOFOLLOW)
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode) or state.st_size > LARGEST:
            raise Unlike(path)
        content = os.read(descriptor, state.st_size + 1)
        if len(content) == state.st_size:
            return content
        parts = [content]
        while part := os.read(descriptor, 1 << 20):
            parts.append(part)
            if sum(map(len, parts)) > LARGEST:
                raise Unlike(path)
        return b"".join(parts)
    finally:
        os.close(descriptor)


def _letter(entry: os.DirEntry[str]) -> str:
    if entry.is_symlink():
        try:
            return "D" if entry.is_dir() else "F"
        except OSError:  # links that go in a circle
            return "F"
    return "d" if entry.is_dir(follow_symlinks=False) else "f"


def _join(names: list[tuple[bytes, str, str]]) -> bytes:
    return b"\0".join(name + b"/" + letter.encode() for name, _, letter in names)
