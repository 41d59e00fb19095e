"""Records what a command prints and what it asks the disk, and stores both (`lint_cache/answer.py`)."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import suppress

from rowkeep.cli.output import copy_lines
from rowkeep.lint_cache.answer import is_plain, pack
from rowkeep.lint_cache.entries import cache_directory, name_entry, prune, secret_key, write_entry
from rowkeep.lint_cache.inputs import Recording, start_recording, stop_recording


class AnswerRecorder:
    """The recording of one run. It begins before the configuration is read."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._recording: Recording | None = None
        self._lines: list[tuple[bool, str]] = []
        self._directory = cache_directory()
        if self._directory is None or not is_plain(sys.stdout) or not is_plain(sys.stderr):
            return
        with suppress(OSError):
            key = secret_key(create=True)
            if key is not None:
                self._key, self._name = key, name_entry(key, list(arguments))
                self._recording = start_recording()
                copy_lines(self._lines)

    def drop(self) -> None:
        """Store nothing."""
        self._recording = None
        stop_recording()
        copy_lines(None)

    def store(self, code: int) -> None:
        """The command has ended with this exit code, and its output is complete."""
        recording = self._recording
        self.drop()
        if recording is None or not recording.is_whole or self._directory is None:
            return
        body = pack(code, self._lines, recording)
        if write_entry(self._directory, self._key, self._name, body):
            prune(self._directory, time.time())
