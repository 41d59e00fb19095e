"""Sorts changes so that each comes after those that it needs."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Hashable, Iterable
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def sort_changes(ranks: dict[Node, tuple[object, ...]], before: Iterable[tuple[Node, Node]]) -> list[Node]:
    """The nodes, each after those that must come before it; among those that may come next, the lowest rank.

    before: pairs of which the first must come first. A circle is cut at its node of lowest rank: the proof on a
    server says whether that worked. Takes n log n.
    """
    after: dict[Node, list[Node]] = defaultdict(list)
    open_: dict[Node, int] = dict.fromkeys(ranks, 0)
    for first, second in set(before):
        if first != second and first in open_ and second in open_:
            after[first].append(second)
            open_[second] += 1
    ready = [(ranks[node], node) for node, count in open_.items() if not count]
    heapq.heapify(ready)
    waiting = sorted(((ranks[node], node) for node, count in open_.items() if count), reverse=True)
    ordered: list[Node] = []
    done: set[Node] = set()
    while len(ordered) < len(ranks):
        if not ready:
            while waiting[-1][1] in done:
                waiting.pop()
            ready = [waiting.pop()]
        node = heapq.heappop(ready)[1]
        if node in done:
            continue
        done.add(node)
        ordered.append(node)
        for following in after[node]:
            open_[following] -= 1
            if open_[following] == 0 and following not in done:
                heapq.heappush(ready, (ranks[following], following))
    return ordered
