"""A statement as it is to run: its text, what that tells of it, the values for its names."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Executable, bindparam
from sqlalchemy import text as sql_text
from sqlalchemy.types import NullType

from studio.db.fetching import Written
from studio.db.statements import Bound
from studio.sqltext.classify import Classification, classify
from studio.sqltext.parameters import by_place, placed
from studio.sqltext.split import split
from studio.sqltext.syntax import SQLITE, ParameterStyle, Syntax
from studio.sqltext.tokens import lex

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
    def sent(self) -> str | Executable:
        """What goes to the driver."""
        return self.text if self.bound is None else self.bound.clause

    def place(self, position: int | None, sent: str, syntax: Syntax) -> int | None:
        """Where the character at `position` of what was `sent` stands in `text`."""
        if self.bound is None or position is None:
            return position
        # Who numbers parameters counts in the numbered text, whatever the driver calls its own.
        by_number = ParameterStyle.DOLLAR_NUMBER in syntax.parameters
        counted = lex(self.bound.numbered if by_number else sent, syntax)
        pairs = zip(counted, lex(self.text, syntax), strict=False)
        for theirs, mine in pairs:
            if theirs.start <= position < theirs.end:
                return mine.start + min(position - theirs.start, len(mine.text) - 1)
        return None


def queries(text: str, syntax: Syntax, parameters: Values | None = None) -> tuple[Query, ...]:
    """Every statement of `text`, in order, with the `parameters` it names."""
    return tuple(query(each.text, syntax, parameters) for each in split(text, syntax) if each.text)


def query(text: str, syntax: Syntax, parameters: Values | None = None) -> Query:
    """`text`, which is one statement, with the `parameters` it names."""
    return Query(text, classify(text, syntax), _bound(text, syntax, parameters or {}))


def _bound(text: str, syntax: Syntax, parameters: Values) -> Bound | None:
    if not parameters:
        return None
    if ParameterStyle.SQLITE_NAME in syntax.parameters:
        return _written(text, parameters)
    tokens = placed(text, syntax)
    # What nobody gave a value for stays as it is.
    named = list(dict.fromkeys(name for _, name in tokens if name in parameters))
    if not named or any(name and name not in named and t.text[0] in "$?" for t, name in tokens):
        return None
    places = {name: number for number, name in enumerate(named, start=1)}
    sent, numbered = [], []
    for token, name in tokens:
        number = places.get(name)
        sent.append(token.text.replace(":", "\\:") if number is None else f":p{number}")
        numbered.append(token.text if number is None else f"${number}")
    # Without a type, the server decides what each value is from where it stands.
    values = [bindparam(f"p{places[name]}", parameters[name], type_=NullType()) for name in named]
    return Bound(sql_text("".join(sent)).bindparams(*values), "".join(numbered))


def _written(text: str, parameters: Values) -> Bound | None:
    """As it stands: SQLite heads a column by the words it was asked with."""
    names, asked = by_place(text, SQLITE)
    if not names or any(name not in parameters for name in names):
        return None
    if asked:
        return Bound(Written(text, [parameters[name] for name in names]), text)
    return Bound(Written(text, {name: parameters[name] for name in names}), text)


def without_value(text: str, syntax: Syntax, parameters: Collection[str]) -> tuple[str, ...]:
    """The names of `text` that nothing was given for."""
    named = {name for _, name in placed(text, syntax) if name.isidentifier()}
    return tuple(sorted(named - set(parameters)))
