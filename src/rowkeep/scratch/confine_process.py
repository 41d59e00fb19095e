"""Isolates a process before PostgreSQL starts in it: sockets, programs, files, signals.

Only the watchdog imports this module, in the child that becomes the server, so it uses little of the standard library.
Each layer is optional. `confine` tests the result and records what is really blocked.

- A network namespace of its own (as root, or in a user namespace): it contains no address of this machine.
- seccomp: only unix sockets, which may listen but not connect; no programs; no access to other processes. It needs no
  privileges, and also covers unix sockets, which a network namespace does not.
- Landlock: no file outside the server's directory is written, no signal leaves, no abstract socket is reached.
"""

from __future__ import annotations

# Every import delays the start of a server, so there is no pathlib, no contextlib, and only `_socket`.
# ruff: noqa: PTH108, PTH118, PTH120
import _socket as socket
import ctypes
import fcntl
import os
import struct
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing would cost as much as all the rest
    from typing import Any

FILE = "contained"

ARCHITECTURES = {
    # AUDIT_ARCH, execve, execveat, socket, connect, sendto, sendmsg, sendmmsg, ptrace, process_vm_readv, _writev
    "x86_64": (0xC000003E, 59, 322, 41, 42, 44, 46, 307, 101, 310, 311),
    "aarch64": (0xC00000B7, 221, 281, 198, 203, 206, 211, 269, 117, 270, 271),
}
EVERYWHERE = (425, 426, 427, 434, 438)
"""io_uring_setup, _enter, _register (sockets by another way); pidfd_open, pidfd_getfd (sockets of other processes)."""
LANDLOCK = (444, 445, 446)

UNREACHABLE, FORBIDDEN = 101, 13
"""ENETUNREACH and EACCES of Linux, which appear in the messages of the server."""

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000

_LOAD, _EQUAL, _GREATER, _MASK, _RETURN = 0x20, 0x15, 0x25, 0x54, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
"""Offsets in struct seccomp_data."""

_WRITES = 1 << 1 | sum(1 << bit for bit in range(4, 13))
"""LANDLOCK_ACCESS_FS_: WRITE_FILE, REMOVE_*, MAKE_*. Reading is allowed: it changes nothing outside."""

_library: Any = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def confine(directory: str, uid: int, gid: int, command: list[str], *, collector: bool) -> None:
    """Become `command`, isolated. collector: the server has a statistics collector (14), which needs UDP.

    directory: where it may write. uid, gid: the user to switch to if we are root. Returns only if nothing could be
    blocked; the caller then starts the server without isolation. Raises OSError if the command cannot be run.
    """
    blocked = set()
    if _library is not None and _library_works() and _in_trial(_own_network):
        _own_network()
        blocked.add("network")
    _become(uid, gid)
    if _library is None:
        return
    path = ctypes.create_string_buffer(os.fsencode(command[0]))
    _library.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS: without it, the next steps need privileges
    bystander, end = _bystander()
    edition = _confine_files(directory)
    filtered = _filter(ctypes.addressof(path), collector=collector)
    if filtered:
        blocked |= _can_filter()
    if edition:
        blocked |= _can_confine(directory, bystander if edition >= 6 else None)
    os.close(end)
    os.waitpid(bystander, 0)
    _write(os.path.join(directory, FILE), " ".join(sorted(blocked)))
    _execute(path, command)


def _library_works() -> bool:
    return hasattr(_library, "unshare") and hasattr(_library, "prctl")


def _become(uid: int, gid: int) -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def _own_network() -> None:
    """Enter a new network namespace with only its own loopback. Raises OSError."""
    uid, gid = os.geteuid(), os.getegid()
    _call(_library.unshare, CLONE_NEWNET if uid == 0 else CLONE_NEWUSER | CLONE_NEWNET)
    if uid != 0:
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{uid} {uid} 1")
        _write("/proc/self/gid_map", f"{gid} {gid} 1")
    # PostgreSQL 14 sends its statistics to itself over UDP.
    any_socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    request = struct.pack("16sh22x", b"lo", 0x1 | 0x40)  # IFF_UP, IFF_RUNNING
    fcntl.ioctl(any_socket.fileno(), 0x8914, request)  # SIOCSIFFLAGS
    any_socket.close()


def _in_trial(step) -> bool:  # type: ignore[no-untyped-def]
    """Whether `step` succeeds in a child. In this process, a partial failure could not be undone."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            step()
            code = 0
        except OSError:
            pass
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0


def _bystander() -> tuple[int, int]:
    """A process of the same user that is not isolated, and the end of a pipe that it waits for."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writing)
        os.read(reading, 1)
        os._exit(0)
    os.close(reading)
    return child, writing


def _confine_files(directory: str) -> int:
    """Forbid writing outside `directory`. Returns the Landlock version (6: signals, too), or 0 without Landlock."""
    create, add, restrict = LANDLOCK
    edition = _library.syscall(create, None, 0, 1)
    if edition < 1:
        return 0
    writes = _WRITES | (1 << 13 if edition >= 2 else 0) | (1 << 14 if edition >= 3 else 0)  # REFER, TRUNCATE
    scopes = 3 if edition >= 6 else 0  # abstract unix sockets, signals
    attributes = struct.pack("=QQQ", writes, 0, scopes)
    size = 8 if edition < 4 else 16 if edition < 6 else 24
    rules = _library.syscall(create, ctypes.create_string_buffer(attributes, 24), size, 0)
    if rules < 0:
        return 0
    allowed = ((directory, writes), ("/dev/null", writes & (1 << 1 | 1 << 14)))
    for path, access in allowed:
        opened = os.open(path, getattr(os, "O_PATH", 0) | os.O_CLOEXEC)
        rule = ctypes.create_string_buffer(struct.pack("=Qi", access, opened), 12)
        failed = _library.syscall(add, rules, 1, rule, 0) != 0
        os.close(opened)
        if failed:
            os.close(rules)
            return 0
    done = _library.syscall(restrict, rules, 0) == 0
    os.close(rules)
    return edition if done else 0


def _filter(program: int, *, collector: bool) -> bool:
    """Install the system call filter. program: the address of the only path that may be executed."""
    known = ARCHITECTURES.get(os.uname().machine)
    if known is None or sys.maxsize < 2**32:
        return False
    lines = _rules(known, program, collector=collector)
    code = b"".join(struct.pack("=HBBI", *line) for line in lines)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(lines), ctypes.addressof(buffer)))
    return bool(_library.prctl(22, 2, header, 0, 0) == 0)  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER


def _rules(known, program: int, *, collector: bool):  # type: ignore[no-untyped-def]
    """The filter: system calls are looked up by number; calls not listed are allowed."""
    architecture, execve, execveat, socket_, connect, sendto, sendmsg, sendmmsg, *inspect = known
    refuse, forbid = (_RETURN, 0, 0, _ERRNO | UNREACHABLE), (_RETURN, 0, 0, _ERRNO | FORBIDDEN)
    allow = (_RETURN, 0, 0, _ALLOW)

    def low(number: int):  # type: ignore[no-untyped-def]
        return (_LOAD, 0, 0, _ARGUMENTS + 8 * number)

    def high(number: int):  # type: ignore[no-untyped-def]
        return (_LOAD, 0, 0, _ARGUMENTS + 8 * number + 4)

    def case(number: int, *lines):  # type: ignore[no-untyped-def]
        return [(_LOAD, 0, 0, _NUMBER), (_EQUAL, 0, len(lines), number), *lines]

    only_unix = [low(0), (_EQUAL, 0, 1, socket.AF_UNIX), allow]
    if collector:
        only_unix += [
            (_EQUAL, 0, 4, socket.AF_INET),
            low(1),
            (_MASK, 0, 0, 0xF),
            (_EQUAL, 0, 1, socket.SOCK_DGRAM),
            allow,
        ]
        # An IPv4 address is 16 bytes long, the path of a unix socket as libpq passes it 110.
        connects = [low(2), (_EQUAL, 0, 1, 16), allow, refuse]
    else:
        connects = [refuse]
    return [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        forbid,
        (_LOAD, 0, 0, _NUMBER),
        (_GREATER, 0, 1, 0x3FFFFFFF),  # the x32 calls of x86_64
        forbid,
        *case(
            execve, low(0), (_EQUAL, 0, 3, program & 0xFFFFFFFF), high(0), (_EQUAL, 0, 1, program >> 32), allow, forbid
        ),
        *case(execveat, forbid),
        *case(socket_, *only_unix, refuse),
        *case(connect, *connects),
        *case(sendto, low(4), (_EQUAL, 0, 2, 0), high(4), (_EQUAL, 1, 0, 0), refuse, allow),
        *case(sendmsg, refuse),
        *case(sendmmsg, refuse),
        *(line for number in (*inspect, *EVERYWHERE) for line in case(number, forbid)),
        allow,
    ]


def _can_filter() -> set[str]:
    """What the filter really blocks."""
    blocked = set()
    if not _connects(socket.AF_INET, ("127.0.0.1", 9)) and not _connects(socket.AF_UNIX, "/rowkeep/nowhere"):
        blocked.add("connections")
    if not _runs():
        blocked.add("programs")
    return blocked


def _can_confine(directory: str, bystander: int | None) -> set[str]:
    """What Landlock really blocks. bystander: a process outside, if signals are blocked, too."""
    blocked = set()
    if not _writes(os.path.join(os.path.dirname(directory), f".rowkeep-trial-{os.getpid()}")):
        blocked.add("files")
    if bystander is not None and not _signals(bystander):
        blocked.add("signals")
    return blocked


def _connects(family: int, address) -> bool:  # type: ignore[no-untyped-def]
    """Whether a connection is possible, or fails for another reason than our filter."""
    try:
        trial = socket.socket(family, socket.SOCK_STREAM)
        trial.settimeout(0.2)
        trial.connect(address)
    except OSError as error:
        return error.errno != UNREACHABLE
    return True


def _runs() -> bool:
    """Whether a child can execute a program."""
    child = os.fork()
    if child == 0:
        try:
            os.execv("/bin/sh", ["sh", "-c", ":"])
        except OSError as error:
            os._exit(3 if error.errno == FORBIDDEN else 4)
        finally:
            os._exit(5)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code != 3


def _writes(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError:
        return False
    os.unlink(path)
    return True


def _signals(process: int) -> bool:
    """Whether a process outside can be signalled (signal 0 is only checked, not sent)."""
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True


def _execute(path, command: list[str]) -> None:  # type: ignore[no-untyped-def]
    """execve(2) with exactly the buffer that the filter allows. Raises OSError."""
    arguments = (ctypes.c_char_p * (len(command) + 1))(*[os.fsencode(word) for word in command], None)
    words = [os.fsencode(f"{name}={value}") for name, value in os.environ.items()]
    environment = (ctypes.c_char_p * (len(words) + 1))(*words, None)
    _call(_library.execve, path, arguments, environment)


def _call(function, *arguments) -> None:  # type: ignore[no-untyped-def]
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _write(path: str, text: str) -> None:
    # Not open(): it would load a codec, and the server user may not be able to read our Python.
    file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)
