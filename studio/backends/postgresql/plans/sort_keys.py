"""Sort keys, outputs and other lists of columns as PostgreSQL prints them."""

from studio.backends.postgresql.plans.accounts import Account
from studio.backends.postgresql.plans.predicate_words import PRINTED, lex
from studio.backends.postgresql.plans.predicates import conjuncts, plain
from studio.sqltext.tokens import seen

AFTER_KEY = frozenset(("COLLATE", "DESC", "NULLS"))


def own_columns(text: str, account: Account) -> list[str]:
    """The bare columns of one table that a list of outputs or keys is made of; nothing when
    something else is in it.
    """
    qualifiers = [account.node.alias or account.node.relation, account.node.relation]
    found = [own_column(part, qualifiers) for part in comma_separated(text)]
    return found if all(found) else []


def sort_columns(key: str, qualifiers: list[str]) -> list[str]:
    """`o.total DESC, o.id` → columns of one table with their direction; nothing when others mix in.

    One common direction needs none: an index is read both ways.
    """
    found: list[tuple[str, str]] = []
    for part in comma_separated(key):
        tokens = seen(part, PRINTED)
        end = next((n for n, token in enumerate(tokens) if token.word in AFTER_KEY), len(tokens))
        column = own_column(part[: tokens[end - 1].end], qualifiers) if end else ""
        if not column:
            return []
        if end < len(tokens) and tokens[end].word == "COLLATE":
            past = next((n for n in range(end + 1, len(tokens)) if tokens[n].word in AFTER_KEY), -1)
            column += f" {part[tokens[end].start : tokens[past - (past > 0)].end]}"
        direction = [t.word for t in tokens[end:] if t.word in {"DESC", "NULLS", "FIRST", "LAST"}]
        found.append((column, "".join(f" {word}" for word in direction)))
    directions = {direction.strip() for _, direction in found}
    if len(directions) == 1 and directions <= {"", "DESC"}:
        return [column for column, _ in found]
    return [f"{column}{direction}" for column, direction in found]


def own_column(text: str, qualifiers: list[str]) -> str:
    """The column that the text is, when it is a bare one of that table; else empty."""
    found = conjuncts(lex(text))
    if len(found) != 1 or len(found[0]) != 1:
        return ""
    key = found[0][0]
    return key.column if not key.qualifier or plain(key.qualifier) in qualifiers else ""


def comma_separated(text: str) -> list[str]:
    """The parts of a list, commas in brackets left alone."""
    parts, depth, start = [], 0, 0
    for token in seen(text, PRINTED):
        depth += (token.text in _OPENING) - (token.text in _CLOSING)
        if token.text == "," and depth <= 0:
            parts.append(text[start : token.start].strip())
            start = token.end
    return [*parts, text[start:].strip()]


_OPENING, _CLOSING = frozenset("(["), frozenset(")]")
