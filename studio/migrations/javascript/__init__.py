"""JavaScript, TypeScript and JSON with comments, read as literals without running anything.

In: `read(source, variables, folder)`: the text of one file, the environment that `process.env`
stands for, and what `__dirname` is. Out: a `Module` with what it exports, its constants and its
calls, each a `Literal`: plain Python values, a `Call`, or `Undetermined` with the reason where only
running the file could tell. `lookup`, `text` and `texts` take values out of one; `tokens` cuts a
text for who asks where in it something stands. It raises nothing. This is the only face of the
package.
"""

from studio.migrations.javascript.statements import read
from studio.migrations.javascript.tokens import END, Kind, ScriptToken, tokens
from studio.migrations.javascript.values import (
    Call,
    Literal,
    Module,
    Undetermined,
    lookup,
    text,
    texts,
)

__all__ = [
    "END",
    "Call",
    "Kind",
    "Literal",
    "Module",
    "ScriptToken",
    "Undetermined",
    "lookup",
    "read",
    "text",
    "texts",
    "tokens",
]
