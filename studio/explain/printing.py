"""A plan in its server's own words, and where in its statement a node comes from."""

import json

from studio.backends.postgresql import explain_print
from studio.backends.sqlite import explain_run as sqlite
from studio.db.session import Session
from studio.explain import tree
from studio.explain.report import Explained, SqliteExplained
from studio.explain.run import driver
from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import Token, TokenKind, code, lex, unquoted

_WIDTHS = (5, 14, 5, 5, 5, 14, 3)
_HEADS = ("addr", "opcode", "p1", "p2", "p3", "p4", "p5")


def printed(shown: Explained | SqliteExplained) -> str:
    """The plan as the server prints it for people; where nobody kept it, as studio writes it."""
    if isinstance(shown, SqliteExplained):
        rows = [f"{s.id:>5} {s.parent:>6} {s.cost:>7}  {s.raw}" for s in shown.steps]
        return "\n".join(["   id parent notused  detail", *rows])
    source = shown.analysis.plan.source
    if not source:
        return "\n".join(tree.lines(shown, 120))
    try:
        answer = json.loads(source)
    except (ValueError, RecursionError):
        # A text plan: what was pasted is what the server printed.
        return source
    try:
        return explain_print.text(answer[0] if isinstance(answer, list) else answer)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        # Not as a server prints it: then as it came.
        return json.dumps(answer, indent=2, ensure_ascii=False)


def as_json(shown: Explained | SqliteExplained) -> str:
    """The server's JSON; where it gave none, that of `studio explain --json`."""
    source = "" if isinstance(shown, SqliteExplained) else shown.analysis.plan.source
    try:
        return json.dumps(json.loads(source), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return json.dumps(shown.as_json(), indent=2, ensure_ascii=False)


async def bytecode(session: Session, sql: str) -> str:
    """The program SQLite would run, as a table. Raises StudioError."""
    rows = await session.reflect(lambda connection: sqlite.bytecode(driver(connection), sql))
    lines = [_row(_HEADS), *(_row(row) for row in rows)]
    return "\n".join(lines)


def _row(row: "tuple[object, ...]") -> str:
    cells = ("" if value is None else str(value) for value in row)
    return " ".join(f"{cell:<{width}}" for cell, width in zip(cells, _WIDTHS, strict=False))


def places_of_node(
    shown: Explained | SqliteExplained, line: int, sql: str, syntax: Syntax
) -> tuple[tuple[int, int], ...]:
    """Stretches of the statement that name what a node reads; none where that is not known."""
    wanted = {name.lower() for name in _names(shown, line) if name}
    if not wanted:
        return ()
    tokens = code(lex(sql, syntax))
    found = []
    for index, token in enumerate(tokens):
        if _name(token, syntax) not in wanted:
            continue
        end = token.end
        if index + 2 < len(tokens) and tokens[index + 1].text == ".":
            end = tokens[index + 2].end
        found.append((token.start, end))
    return tuple(found)


def _name(token: Token, syntax: Syntax) -> str:
    is_name = token.kind in {TokenKind.WORD, TokenKind.NAME}
    return unquoted(token, syntax).lower() if is_name else ""


def _names(shown: Explained | SqliteExplained, line: int) -> tuple[str, ...]:
    if isinstance(shown, SqliteExplained):
        if line >= len(shown.steps):
            return ()
        step = shown.steps[line]
        return (step.object, step.table) if step.is_loop else ()
    accounts = shown.analysis.accounts
    if line >= len(accounts):
        return ()
    node = accounts[line].node
    # An alias hides the relation's name: where there is one, only it can be meant.
    return (node.alias or node.relation, node.relation if node.alias == node.relation else "")
