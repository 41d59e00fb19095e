"""Finds and loads the modules of this package with fewer questions than Python's own finder asks.

Python looks for each of the 200 modules of a small `lint` with every kind of importer and under every extension, and
asks the disk about the directory each time. All modules of this package are `.py` files with a `.pyc` file beside
them. Whatever else there is, is left to Python: no `.pyc` file or one of another source, `-O`, PYTHONPYCACHEPREFIX, a
package that is not in files (docs/decisions/0702-imports-of-lint.md).
"""

from __future__ import annotations

import marshal
import os
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import MAGIC_NUMBER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType

PACKAGE = "rowkeep"
ENDING = f".{sys.implementation.cache_tag}.pyc"


class OwnModuleFinder:
    """A finder for `sys.meta_path`."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: object = None) -> ModuleSpec | None:
        """The module or package in the first directory of the package around it; None for all that is not ours."""
        package, _, word = name.rpartition(".")
        if path is None or package.partition(".")[0] != PACKAGE:
            return None
        place = f"{path[0]}/{word}"
        file = f"{place}.py"
        try:
            status = os.stat(file)  # noqa: PTH116  # pathlib takes long to import
        except OSError:
            place, word, file = f"{place}/__init__", "__init__", f"{place}/__init__.py"
            try:
                status = os.stat(file)  # noqa: PTH116
            except OSError:
                return None
        directory = file[: -len(word) - 3]
        compiled = f"{directory}__pycache__/{word}{ENDING}"
        code = _read_compiled(compiled, file, status)
        if code is None:
            return None
        spec = ModuleSpec(name, OwnModuleLoader(name, file, code), origin=file, is_package=word == "__init__")
        spec.has_location = True
        spec.cached = compiled
        if spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(directory[:-1])
        return spec


class OwnModuleLoader(SourceFileLoader):
    """Python's own loader of source files, which has read the code already."""

    def __init__(self, name: str, path: str, code: CodeType) -> None:
        super().__init__(name, path)
        self._code: CodeType | None = code

    def get_code(self, fullname: str) -> CodeType | None:
        """The code; a second time (`runpy`, a reload) as it is then."""
        code, self._code = self._code, None
        return super().get_code(fullname) if code is None else code


def _read_compiled(compiled: str, file: str, status: os.stat_result) -> CodeType | None:
    """The code in a `.pyc` file, None unless it is that of exactly this source (`_validate_timestamp_pyc`)."""
    try:
        descriptor = os.open(compiled, os.O_RDONLY | os.O_CLOEXEC)
        try:
            data = os.read(descriptor, 1 << 24)
        finally:
            os.close(descriptor)
        stamp = (int(status.st_mtime) & 0xFFFFFFFF).to_bytes(4, "little")
        size = (status.st_size & 0xFFFFFFFF).to_bytes(4, "little")
        if data[:16] != MAGIC_NUMBER + b"\0\0\0\0" + stamp + size:
            return None
        code: CodeType = marshal.loads(memoryview(data)[16:])
    except (OSError, EOFError, ValueError, TypeError):
        return None
    # Tracebacks show where the source is now, not where it was compiled.
    return code if code.co_filename == file else None


def install_finder() -> None:
    """Find the modules of this package this way from now on, where Python itself would find them in files."""
    if any(isinstance(finder, OwnModuleFinder) for finder in sys.meta_path):
        return
    spec = sys.modules[PACKAGE].__spec__
    in_files = spec is not None and spec.origin is not None and type(spec.loader) is SourceFileLoader
    if in_files and sys.pycache_prefix is None and not sys.flags.optimize and sys.implementation.cache_tag:
        sys.meta_path.insert(0, OwnModuleFinder())
