"""Regular expressions that are compiled when they are first used.

The modules that `lint` imports hold about 150 of them, and a run uses a third. tests/layout/test_late_regex.py refuses
a module that compiles one while it is imported.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

__all__ = ["compile_later"]


class LateRegex:
    """Stands for `re.compile(pattern, flags)`: its methods are those of the compiled expression."""

    def __init__(self, pattern: Any, flags: int = 0) -> None:
        self.pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        compiled: re.Pattern[Any] = re.compile(self.pattern, self._flags)
        # As attributes of the instance they are found without this method.
        for method in ("match", "fullmatch", "search", "finditer", "findall", "split", "sub", "subn"):
            self.__dict__[method] = getattr(compiled, method)
        self.__dict__["flags"] = compiled.flags
        return getattr(compiled, name)

    def __repr__(self) -> str:
        return f"compile_later({self.pattern!r}, {self._flags!r})"


if TYPE_CHECKING:
    from re import compile as compile_later
else:
    compile_later = LateRegex
