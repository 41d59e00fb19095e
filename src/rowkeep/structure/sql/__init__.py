"""The difference between two structures as SQL: what is created, changed and dropped, in an order that works."""

from rowkeep.structure.sql.object_graph import SERVER_KINDS, Key, ObjectGraph, build_graph
from rowkeep.structure.sql.plan_changes import ChangePlan, ChangeVerb, ObjectChange, plan_changes

__all__ = [
    "SERVER_KINDS",
    "ChangePlan",
    "ChangeVerb",
    "Key",
    "ObjectChange",
    "ObjectGraph",
    "build_graph",
    "plan_changes",
]
