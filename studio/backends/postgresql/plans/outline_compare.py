"""Two runs of one statement as lines: what stayed, what went, what came, and what it changed."""

from collections.abc import Sequence

from studio.backends.plans.outline import ROLES, Heat, Metric, OutlinePiece
from studio.backends.plans.words import printable, short, shortened
from studio.backends.postgresql.plans.compare import Comparison, Pair
from studio.backends.postgresql.plans.node_words import NOT_RUN


class CompareOutline:
    """Nodes of both runs, in the order of the later one."""

    heat = Heat.TIME
    is_whole = False

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.pairs = comparison.pairs
        self.parents: Sequence[int | None] = _parents(comparison.pairs)
        self._most = max((abs(p.self_ms_change or 0.0) for p in self.pairs), default=0.0) or 1.0

    def heats(self) -> tuple[Heat, ...]:
        """Only the difference."""
        return (Heat.TIME,)

    def columns(self) -> tuple[Metric, ...]:
        """Before, after, and the difference."""
        return (
            Metric("mark", "", 1),
            Metric("value", "before ms", 10),
            Metric("share", "after ms", 10),
            Metric("rows", "± ms", 10),
            Metric("bar", "", 6),
            Metric("count", "rows before→after", 17),
            Metric("blocks", "± blocks", 9),
        )

    def cell(self, line: int, key: str) -> str:
        """A number of one of the runs, or their difference."""
        pair = self.pairs[line]
        if key == "mark":
            return pair.mark
        if key == "value":
            return _ms(pair, before=True)
        if key == "share":
            return _ms(pair, before=False)
        if key == "rows":
            change = pair.self_ms_change
            return "" if change is None else f"{change:+,.1f}"
        if key == "count":
            return "→".join(_rows(account) for account in (pair.before, pair.after))
        return f"{pair.blocks_change:+,.0f}" if pair.blocks_change else ""

    def share(self, line: int) -> float:
        """How much of the largest difference."""
        return abs(self.pairs[line].self_ms_change or 0.0) / self._most

    def below(self, line: int) -> float:
        """Nothing is folded in a comparison."""
        del line
        return 1.0

    def words(self, line: int, room: int) -> list[OutlinePiece]:
        """The node's name; where it changed, both."""
        pair = self.pairs[line]
        now, was = pair.after, pair.before
        name = now.node.label if now else was.node.label if was else ""
        pieces = [OutlinePiece(shortened(printable(name), room), ROLES[pair.mark])]
        if now and was and was.node.label != now.node.label:
            pieces.append(OutlinePiece(printable(f"  was {was.node.label}"), "dim"))
        return pieces

    def is_dim(self, line: int) -> bool:
        """Nothing is."""
        del line
        return False

    def path(self, line: int) -> str:
        """The path in the later run."""
        after = self.pairs[line].after
        return after.node.path if after else f"-{line}"


def _ms(pair: Pair, *, before: bool) -> str:
    account = pair.before if before else pair.after
    if account is None:
        return ""
    return NOT_RUN if account.self_ms is None else f"{account.self_ms:,.1f}"


def _rows(account: object) -> str:
    node = getattr(account, "node", None)
    return NOT_RUN if node is None else short(node.rows_total)


def _parents(pairs: Sequence[Pair]) -> list[int | None]:
    """Each pair under the pair of its parent in the run it is still in."""
    after: dict[str, int] = {}
    before: dict[str, int] = {}
    for line, pair in enumerate(pairs):
        if pair.after:
            after[pair.after.node.path] = line
        if pair.before:
            before[pair.before.node.path] = line
    found: list[int | None] = []
    for line, pair in enumerate(pairs):
        account, places = (pair.after, after) if pair.after else (pair.before, before)
        path = account.node.path if account else ""
        above = places.get(path.rpartition(".")[0]) if "." in path else None
        found.append(above if above is not None and above < line else None)
    return found
