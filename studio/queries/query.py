"""A statement as it is to run: its text, what that tells of it, the values for its names."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import TextClause, bindparam
from sqlalchemy import text as sql_text
from sqlalchemy.types import NullType

from studio.db.statements import Bound
from studio.sqltext.classify import Classification, classify
from studio.sqltext.split import split
from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import Token, TokenKind, lex

Values = Mapping[str, str | int | float | None]
"""For the parameters of a statement, by name."""


@dataclass(frozen=True, slots=True)
class Query:
    """One statement as it is to run."""

    text: str
    facts: Classification
    bound: Bound | None = None
    """The same with values bound to its names, for a run without questions; None: as it is."""

    @property
    def sent(self) -> str | TextClause:
        """What goes to the driver."""
        return self.text if self.bound is None else self.bound.clause


def queries(text: str, syntax: Syntax, parameters: Values | None = None) -> tuple[Query, ...]:
    """Every statement of `text`, in order, with the `parameters` it names."""
    return tuple(query(each.text, syntax, parameters) for each in split(text, syntax) if each.text)


def query(text: str, syntax: Syntax, parameters: Values | None = None) -> Query:
    """`text`, which is one statement, with the `parameters` it names."""
    return Query(text, classify(text, syntax), _bound(text, syntax, parameters or {}))


def _bound(text: str, syntax: Syntax, parameters: Values) -> Bound | None:
    if not parameters:
        return None
    tokens = lex(text, syntax)
    # What nobody gave a value for stays as it is: a[lo:hi] is a slice.
    named = {t.text[1:] for t in tokens if _is_named(t)} & parameters.keys()
    if not named:
        return None
    numbers = {name: f"${number}" for number, name in enumerate(sorted(named), start=1)}
    sent, numbered = [], []
    for token in tokens:
        name = token.text[1:] if _is_named(token) else ""
        sent.append(f":{name}" if name in named else token.text.replace(":", "\\:"))
        numbered.append(numbers.get(name, token.text))
    # Without a type, the server decides what each value is from where it stands.
    values = [bindparam(name, parameters[name], type_=NullType()) for name in named]
    return Bound(sql_text("".join(sent)).bindparams(*values), "".join(numbered))


def without_value(text: str, syntax: Syntax, parameters: Collection[str]) -> tuple[str, ...]:
    """The names of `text` that nothing was given for."""
    named = {token.text[1:] for token in lex(text, syntax) if _is_named(token)}
    return tuple(sorted(named - set(parameters)))


def _is_named(token: Token) -> bool:
    return token.kind is TokenKind.PARAMETER and token.text[1:].isidentifier()
