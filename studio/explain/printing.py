"""A plan as JSON to copy, and where in its statement a node comes from."""

import json

from studio.backends.halves import required
from studio.backends.halves.bytecode import BYTECODE
from studio.backends.halves.explaining import ExplainedPlan
from studio.db.session import Session
from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import Token, TokenKind, code, lex, unquoted


def as_json(shown: ExplainedPlan) -> str:
    """The server's JSON; where it gave none, that of `studio explain --json`."""
    try:
        return json.dumps(json.loads(shown.source), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return json.dumps(shown.as_json(), indent=2, ensure_ascii=False)


async def bytecode(session: Session, sql: str) -> str:
    """The program the engine would run, as a table. Raises StudioError."""
    program = required(session.backend, BYTECODE)
    return await session.reflect(lambda connection: program(connection, sql))


def places_of_node(
    shown: ExplainedPlan, line: int, sql: str, syntax: Syntax
) -> tuple[tuple[int, int], ...]:
    """Stretches of the statement that name what a node reads; none where that is not known."""
    wanted = {name.lower() for name in shown.names(line) if name}
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
