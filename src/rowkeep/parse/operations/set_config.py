"""Settings changed by set_config()."""

from __future__ import annotations

from rowkeep.domain.operation import CallFunction, SetVariable


def set_config(operation: CallFunction) -> SetVariable | None:
    """`set_config(name, value, is_local)` with constants, as a SET; None for every other call."""
    name, arguments = operation.call.name, operation.call.arguments
    if name.name != "set_config" or name.schema not in (None, "pg_catalog") or len(arguments) != 3:
        return None
    variable, value, is_local = arguments
    if variable is None:
        return None
    return SetVariable(operation.span, operation.inside, variable.lower(), value, is_local == "true")
