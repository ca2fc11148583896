"""Migrations that name their parents: order, ancestors, descendants; cycles and gaps survived."""

from collections.abc import Iterable, Mapping

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
