"""Golden copies as data directories: a stopped cluster whose files are shared (reflink) or copied for each clone."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rowkeep.backup import lock_settings
from rowkeep.clones.copy_tree import TreeCopy, hash_of_files, size_of_files
from rowkeep.clones.golden_store import RESERVE, SHUT_DOWN, GoldenStore, Limits, read_backup, read_control_state
from rowkeep.clones.provider import Clone, RestoredCluster
from rowkeep.domain.deploy.golden_copy import CloneRoom, GoldenCopy
from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit, Noted
from rowkeep.errors import Unreachable
from rowkeep.programs.background import Cancellation
from rowkeep.programs.server_user import ServerUser, choose_server_user
from rowkeep.report.events import format_bytes
from rowkeep.report.golden_copies import describe_method
from rowkeep.scratch import start_server
from rowkeep.scratch.cluster import reset_configuration


class DataDirectoryClones:
    """The provider that keeps data directories of restored backups in `store`.

    programs: of the server's major. limits: how much is kept.
    """

    def __init__(self, store: GoldenStore, programs: Programs, limits: Limits, emit: Emit) -> None:
        self.store = store
        self._programs = programs
        self._limits = limits
        self._emit = emit
        self._who = choose_server_user()

    @property
    def platform(self) -> str:
        """What the files of a cluster fit: programs, processor, C library (which sorts), and their owner."""
        try:
            library = os.confstr("CS_GNU_LIBC_VERSION") or ""
        except (ValueError, OSError):
            library = ""
        programs = f"{self._programs.directory} {self._programs.version}"
        return f"{programs} {os.uname().machine} {library} {self._who.uid}"

    def golden(self, source: RestoredCluster) -> GoldenCopy | None:
        """Keep the restored cluster as a golden copy; None, with a note, where that is not possible.

        The server is stopped cleanly for it, and runs again afterwards. Raises Unreachable if it does not.
        """
        process, backup = source.server.process, source.backup
        if process is None or backup.system_identifier is None:
            return None
        if self._who.foreign and Path(source.server.directory).parent != self.store.run_directory:
            # The server's user could put another directory in its place while we copy it as root.
            self._emit(Noted("no golden copy was kept: the path of its directory is too long for a unix socket", True))
            return None
        self.store.prune(self._limits)
        key = hashlib.sha256(f"{Path(backup.path).absolute()}\0{backup.sha256}".encode()).hexdigest()[:24]
        with self.store.hold(key, exclusive=True, wait=False) as acquired:
            if not acquired or (self.store.directory / "copies" / key).exists():
                return None
            data = Path(source.server.directory) / "data"
            process.stop_cleanly()
            golden, trouble = None, ""
            try:
                # For this server, too: what restored functions have written there must not count after a new start.
                reset_configuration(self._programs, data, self._who)
                golden = self._keep(key, data, source)
            except OSError as error:
                trouble = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
            process.start_again()
        if trouble:
            self._emit(Noted(f"no golden copy was kept: {trouble}", warning=True))
        self.store.prune(self._limits)
        return golden

    @contextmanager
    def clone(self, golden: GoldenCopy, emit: Emit) -> Iterator[Clone]:
        """Start a server on a clone of the golden copy. Raises Unreachable where that is not possible."""
        began = time.perf_counter()
        backup = read_backup(golden)
        tree = TreeCopy(self._who)

        def fill(data: Path, who: ServerUser, cancellation: Cancellation) -> None:
            self._fill(golden, tree, data)

        with start_server(
            self._programs,
            emit=emit,
            settings=None if backup is None else lock_settings(backup),
            parents=(self.store.run_directory,),
            fill=fill,
        ) as server:
            seconds = time.perf_counter() - began
            self.store.note_clone_time(golden, seconds)
            yield Clone(server, golden, tree.method, seconds)

    def drop(self, golden: GoldenCopy) -> bool:
        """Remove the golden copy. False where somebody is cloning it now."""
        return self.store.drop(golden.key)

    def room(self, golden: GoldenCopy) -> CloneRoom:
        """The room that a clone needs, and what is free."""
        return self.store.room(golden)

    def _fill(self, golden: GoldenCopy, tree: TreeCopy, data: Path) -> None:
        """Copy the files of the golden copy to `data`. Raises Unreachable."""
        with self.store.hold(golden.key, exclusive=False, wait=True):
            fault = self.store.check(golden)
            if fault is None and golden.platform != self.platform:
                fault = "it was made with other programs, or on another system"
            if fault is None and read_backup(golden) is None:
                fault = "its backup was removed or replaced"
            if fault is not None:
                raise Unreachable(
                    "the golden copy cannot be used",
                    code=ErrorCode.GOLDEN_COPY_UNUSABLE,
                    where=golden.directory,
                    why=fault,
                    instead=("rowkeep clones prune", "rowkeep rehearse --fresh"),
                )
            # A name of its own, by which ext4 chooses a place for it: see `scratch/temporary_directory.py`.
            part = data.with_name(f"{data.name}-{data.parent.name}")
            try:
                tree.copy(self.store.data(golden), part)
                part.rename(data)
            except OSError as error:
                full = error.errno == errno.ENOSPC
                raise Unreachable(
                    "the golden copy cannot be cloned",
                    code=ErrorCode.CLONE_FAILED,
                    where=str(data),
                    why="the disk is full" if full else error.strerror or str(error),
                    instead=("rowkeep clones prune --all", "free some space"),
                ) from None

    def _keep(self, key: str, data: Path, source: RestoredCluster) -> GoldenCopy:
        """Copy the stopped cluster into the store. Raises OSError."""
        if read_control_state(data) != SHUT_DOWN:
            raise OSError(errno.EIO, "the server was not shut down cleanly")
        size, backup = size_of_files(data), source.backup
        if size > self._limits.bytes:
            most = format_bytes(self._limits.bytes)
            raise OSError(0, f"it would take {format_bytes(size)}, and golden-copies-gb allows {most}")
        free = shutil.disk_usage(self.store.directory).free
        # The migrations on the copy need room, too: they may rewrite everything.
        needed = size + RESERVE if self.store.can_reflink() else 2 * size + RESERVE
        if needed > free:
            raise OSError(0, f"it needs {format_bytes(needed)}, and {format_bytes(free)} are free")
        with self.store.begin(key) as part:
            # As ourselves: the server user cannot enter this directory, so nothing that it runs changes the files.
            tree = TreeCopy(self._who)
            tree.copy(data, part / "data")
            golden = GoldenCopy(
                key=key,
                directory=str(self.store.directory / "copies" / key),
                backup_id=backup.id,
                backup_path=str(Path(backup.path).absolute()),
                backup_sha256=backup.sha256,
                database=source.database,
                source=backup.database,
                system_identifier=backup.system_identifier,
                taken_at=backup.taken_at,
                made_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                major=source.server.major,
                bytes=size,
                platform=self.platform,
                history=source.history,
                structure_digest=backup.structure_digest,
                files=hash_of_files(part / "data"),
                restore_seconds=round(source.restore_seconds, 3),
            )
            self.store.finish(part, golden)
        size_text, how = format_bytes(size), describe_method(tree.method)
        self._emit(Noted(f"kept a golden copy of {backup.id} for the next rehearsals: {size_text}, {how}"))
        return golden
