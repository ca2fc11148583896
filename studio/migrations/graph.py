"""Migrations that name their parents: order, ancestors, descendants; cycles and gaps survived."""

from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush

from studio.model.migration import Migration


def ordered(migrations: Iterable[Migration]) -> tuple[Migration, ...]:
    """Parents before children, by key among equals; what hangs in a cycle comes last."""
    waiting = {m.key: m for m in sorted(migrations, key=lambda m: m.key)}
    result: list[Migration] = []
    blocked = {
        key: {p for p in m.parents if p in waiting and p != key} for key, m in waiting.items()
    }
    children: dict[str, list[str]] = {}
    for key, parents in blocked.items():
        for parent in parents:
            children.setdefault(parent, []).append(key)
    ready = [key for key, parents in blocked.items() if not parents]
    while ready:
        key = ready.pop(0)
        result.append(waiting.pop(key))
        freed = []
        for child in children.get(key, ()):
            blocked[child].discard(key)
            if not blocked[child]:
                freed.append(child)
        # Children right after their parent, so that one branch reads in one piece.
        ready[:0] = sorted(freed)
    return (*result, *waiting.values())


def in_place(migrations: Sequence[Migration]) -> tuple[Migration, ...]:
    """Parents before children, otherwise as given; what hangs in a cycle comes last."""
    places = {m.key: number for number, m in enumerate(migrations)}
    blocked = {m.key: {p for p in m.parents if p in places and p != m.key} for m in migrations}
    children: dict[str, list[str]] = {}
    for key, parents in blocked.items():
        for parent in parents:
            children.setdefault(parent, []).append(key)
    ready = [places[key] for key, parents in blocked.items() if not parents]
    heapify(ready)
    result: list[Migration] = []
    while ready:
        migration = migrations[heappop(ready)]
        result.append(migration)
        for child in children.get(migration.key, ()):
            blocked[child].discard(migration.key)
            if not blocked[child]:
                heappush(ready, places[child])
    done = {m.key for m in result}
    return (*result, *(m for m in migrations if m.key not in done))


def cycle(migrations: Iterable[Migration]) -> tuple[str, ...]:
    """One way round, by key, that begins and ends with the same; empty where there is none."""
    parents = {m.key: m.parents for m in migrations}
    left = {key: {p for p in before if p in parents} for key, before in parents.items()}
    children: dict[str, list[str]] = {}
    for key, before in left.items():
        for parent in before:
            children.setdefault(parent, []).append(key)
    # Each is looked at once, when nothing is before it any more: a history is one long chain.
    ends = [key for key, before in left.items() if not before]
    while ends:
        end = ends.pop()
        del left[end]
        for child in children.get(end, ()):
            left[child].discard(end)
            if not left[child]:
                ends.append(child)
    if not left:
        return ()
    way = [min(left)]
    while (following := min(left[way[-1]])) not in way:
        way.append(following)
    return (*way[way.index(following) :], following)


def ancestors(keys: Iterable[str], parents: Mapping[str, Iterable[str]]) -> set[str]:
    """The keys and everything before them."""
    found: set[str] = set()
    waiting = list(keys)
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting.extend(parents.get(key, ()))
    return found


def descendants(keys: Iterable[str], parents: Mapping[str, Iterable[str]]) -> set[str]:
    """The keys and everything after them."""
    children: dict[str, list[str]] = {}
    for key, before in parents.items():
        for parent in before:
            children.setdefault(parent, []).append(key)
    return ancestors(keys, children)
