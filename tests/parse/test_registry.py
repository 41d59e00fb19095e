"""The registry of statement handlers: full once `rowkeep.parse` is imported, and one handler per node type."""

import pytest

import rowkeep.parse  # noqa: F401  # registers the handlers
from rowkeep.parse.operations import registry


def test_registry_is_full() -> None:
    assert len(registry._HANDLERS) > 100
    assert {"SelectStmt", "CreateStmt", "DoStmt", "ExplainStmt", "DropStmt", "GrantStmt"} <= registry._HANDLERS.keys()


def test_node_type_has_one_handler() -> None:
    before = dict(registry._HANDLERS)
    with pytest.raises(ValueError, match="two handlers for SelectStmt"):
        registry.register({"SelectStmt": before["SelectStmt"]})
    assert before == registry._HANDLERS
