"""No module imports itself by way of others. An import within a function, or for the type checker, counts too."""

from __future__ import annotations

from tests.layout.source_tree import import_graph


def circles(imports: dict[str, set[str]]) -> list[set[str]]:
    """The strongly connected components of more than one module (Tarjan 1972)."""
    index: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[set[str]] = []

    def visit(module: str) -> None:
        index[module] = lowest[module] = len(index)
        stack.append(module)
        for other in sorted(imports.get(module, ())):
            if other not in index:
                visit(other)
                lowest[module] = min(lowest[module], lowest[other])
            elif other in stack:
                lowest[module] = min(lowest[module], index[other])
        if lowest[module] == index[module]:
            at = stack.index(module)
            component = set(stack[at:])
            del stack[at:]
            if len(component) > 1:
                found.append(component)

    for module in sorted(imports):
        if module not in index:
            visit(module)
    return found


def test_circles_are_found() -> None:
    imports = {"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": {"e"}, "e": {"d", "f"}, "f": set()}
    assert sorted(map(sorted, circles(imports))) == [["a", "b", "c"], ["d", "e"]]
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_no_import_circles() -> None:
    graph = import_graph()
    ours = {module for module in graph.modules if module.partition(".")[0] == "rowkeep"}
    # The package `rowkeep` itself passes the public names on: each from its module, when it is first used.
    ours.discard("rowkeep")
    imports = {module: graph.find_modules_directly_imported_by(module) & ours for module in ours}
    assert sum(map(len, imports.values())) > 2000, "the graph is empty: nothing was checked"
    found = circles(imports)
    text = "\n".join(
        f"{module} -> {other}" for circle in found for module in sorted(circle) for other in imports[module] & circle
    )
    assert not found, f"import circles:\n{text}"
