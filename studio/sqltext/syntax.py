"""What one engine's SQL looks like, as far as its text can be read without asking the engine."""

from dataclasses import dataclass
from enum import Enum


class ParameterStyle(Enum):
    """How a statement names a value that is bound later."""

    DOLLAR_NUMBER = "$1"
    COLON_NAME = ":name"
    QUESTION = "?"
    SQLITE_NAME = "@name"
    """`:name`, `@name`, `$name` and `#name`, with SQLite's Tcl tail: `$a::b(c)`."""


class Body(Enum):
    """Which statements carry other statements, with their semicolons, in plain sight."""

    NONE = "none"
    TRIGGER = "trigger"
    """CREATE TRIGGER … BEGIN s; s; END (SQLite)."""
    ATOMIC = "atomic"
    """CREATE FUNCTION … BEGIN ATOMIC s; s; END (PostgreSQL 14, SQL standard)."""
    BLOCK = "block"
    """CREATE PROCEDURE, FUNCTION, TRIGGER, EVENT … BEGIN … END with blocks and IFs inside."""


@dataclass(frozen=True, slots=True)
class Syntax:
    """One engine's lexical rules; a guest backend builds its own."""

    name: str
    dollar_quotes: bool = False
    """`$$…$$` and `$tag$…$tag$`."""
    nested_comments: bool = False
    open_comments: bool = False
    """A block comment may run to the end of the text without an error."""
    return_ends_comment: bool = False
    """A carriage return alone ends a `--` comment."""
    hash_comments: bool = False
    escape_strings: bool = False
    """`E'…'` knows backslashes."""
    backslash_escapes: bool = False
    """Every string knows backslashes (MySQL; PostgreSQL with standard_conforming_strings off)."""
    backtick_names: bool = False
    bracket_names: bool = False
    standard_marks: bool = True
    """The standard's letters before a quote, `N'…'`, `B'…'` and `U&"…"`; without, only `X'…'`."""
    fixed_operators: bool = False
    """SQLite's operators and no other: `=-` is two. Elsewhere a row of signs is one."""
    parameters: frozenset[ParameterStyle] = frozenset()
    body: Body = Body.NONE
    rule_actions: bool = False
    """CREATE RULE … DO (s; s): the one place where parentheses hold semicolons."""
    copy_data: bool = False
    """Lines after COPY … FROM STDIN; are data up to a line that says `\\.`."""
    meta_commands: bool = False
    """psql's backslash commands, to the end of their line."""
    folds_names: bool = False
    """Names without quotes are lower case to the engine; quoted ones are kept as they are."""
    pragmas: bool = False
    """PRAGMA is SQLite's: some only tell, some set when given a value, some act."""
    explain_runs: bool = True
    """EXPLAIN with ANALYZE executes what it explains."""
    lexer: str = "sql"
    """The Pygments lexer that knows its keywords."""
    dialect: str = ""
    """What sqlglot calls it; empty: the nearest it has is none of its dialects."""
    exact: bool = True
    """Whether these are one engine's own rules. If not, text that engines read differently is
    never taken for a read."""


SQLITE = Syntax(
    name="sqlite",
    open_comments=True,
    backtick_names=True,
    bracket_names=True,
    standard_marks=False,
    fixed_operators=True,
    parameters=frozenset({ParameterStyle.QUESTION, ParameterStyle.SQLITE_NAME}),
    body=Body.TRIGGER,
    pragmas=True,
    explain_runs=False,
    dialect="sqlite",
)

POSTGRESQL = Syntax(
    name="postgresql",
    dollar_quotes=True,
    nested_comments=True,
    return_ends_comment=True,
    escape_strings=True,
    parameters=frozenset({ParameterStyle.DOLLAR_NUMBER, ParameterStyle.COLON_NAME}),
    body=Body.ATOMIC,
    rule_actions=True,
    copy_data=True,
    meta_commands=True,
    folds_names=True,
    lexer="postgresql",
    dialect="postgres",
)

GENERIC = Syntax(
    name="generic",
    backtick_names=True,
    parameters=frozenset({ParameterStyle.QUESTION, ParameterStyle.COLON_NAME}),
    body=Body.BLOCK,
    exact=False,
)
