"""A moment as lines: the forest, then the sessions in groups."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from studio.activity import words
from studio.activity.forest import Node
from studio.activity.standing import SortedMoment
from studio.model.activity import ServerSession
from studio.model.words import plural


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """One line; whatever it holds may be a stranger's text."""

    title: str = ""
    """Of a group; then there is nothing else."""
    node: Node | None = field(default=None, compare=False)
    session: ServerSession | None = field(default=None, compare=False)
    key: str = ""
    """Who it is, the same from one look to the next; empty: nobody."""
    depth: int = 0
    """How many stand above; of who is in no tree, 0."""
    name: str = ""
    what: str = ""
    age: str = ""
    person: str = ""
    statement: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def is_in_the_way(self) -> bool:
        """Whether it is the root of a tree."""
        return self.node is not None and self.depth == 0 and bool(self.node.children)

    def holds(self, needle: str) -> bool:
        """Whether it is kept by a filter."""
        text = " ".join((self.name, self.what, self.person, self.statement, *self.remarks))
        return needle.casefold() in text.casefold()


SORTS: dict[str, Callable[[ServerSession], tuple[object, ...]]] = {
    "age": lambda s: (-(s.age_s or 0.0), s.pid),
    "pid": lambda s: (s.pid,),
    "role": lambda s: (s.role or "", s.application or "", s.pid),
    "transaction": lambda s: (-(s.transaction_s or 0.0), s.pid),
}
"""Orders of the groups; the forest has its own."""


def lines_of(
    at: SortedMoment, *, sort: str = "age", needle: str = "", with_others: bool = False
) -> tuple[ActivityLine, ...]:
    """All of it; `needle` leaves what holds it, of a tree the whole tree."""
    return tuple(_lines(at, sort, needle, with_others=with_others))


def _lines(
    at: SortedMoment, sort: str, needle: str, *, with_others: bool
) -> Iterator[ActivityLine]:
    trees = [list(_tree(tree, None, 0)) for tree in at.trees]
    trees = [tree for tree in trees if any(line.holds(needle) for line in tree)]
    if trees:
        yield ActivityLine(title=f"waiting - {plural(len(trees), 'cause')}")
    for tree in trees:
        yield from tree
    for more in at.moment.more_waits:
        yield ActivityLine(
            name=f"+{more.count:,}",
            what="wait, too",
            statement=f"{more.on or more.lock} {more.mode}",
        )
    prepared = [line for node in at.prepared for line in _tree(node, None, 0)]
    if prepared := [line for line in prepared if line.holds(needle)]:
        yield ActivityLine(title="prepared")
        yield from prepared
    groups = (
        ("running", at.running),
        ("idle in transaction", at.idle_in_transaction),
        ("idle and background", at.others if with_others else ()),
    )
    for title, sessions in groups:
        found = [line for line in _sorted(sessions, sort) if line.holds(needle)]
        if found:
            yield ActivityLine(title=title)
            yield from found


def _sorted(sessions: Iterable[ServerSession], sort: str) -> Iterator[ActivityLine]:
    for session in sorted(sessions, key=SORTS[sort]):
        yield ActivityLine(
            session=session,
            key=_key(session),
            name=str(session.pid),
            what=words.doing(session),
            age=words.age(session.age_s),
            person=words.person(session),
            statement=words.statement(session),
            remarks=tuple(words.session_remarks(session)),
        )


def _tree(node: Node, above: Node | None, depth: int) -> Iterator[ActivityLine]:
    yield ActivityLine(
        node=node,
        session=node.session,
        key=f"gid:{node.gid}" if node.session is None else _key(node.session),
        depth=depth,
        name="×" if node.pid is None else str(node.pid),
        what=words.culprit(node) if above is None else words.waits_for(node, above),
        age=words.age(words.node_age(node)),
        person=words.node_person(node),
        statement=words.node_statement(node),
        remarks=tuple(words.remarks(node)),
    )
    for child in node.children:
        yield from _tree(child, node, depth + 1)


def _key(session: ServerSession) -> str:
    # A pid comes again; with the time it connected it does not.
    return f"{session.pid} {session.began}"
