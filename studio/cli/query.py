"""`studio query`: run SQL, print rows; the database itself refuses writes unless --write."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from sqlalchemy import TextClause, bindparam
from sqlalchemy import text as sql_text
from sqlalchemy.types import NullType

from studio.backends.base import Purpose, Target
from studio.cli.output import printable
from studio.cli.rowformats import FORMATS, RowWriter, destination, row_writer
from studio.cli.streams import read_stdin
from studio.db.session import Session
from studio.db.statements import SYNTAXES, read, refuse_beyond_read_only, syntax_of
from studio.db.url import parse
from studio.model.errors import ConfigInvalid, StatementFailed
from studio.sqltext.classify import classify
from studio.sqltext.split import Statement, split
from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import Token, TokenKind, lex

if TYPE_CHECKING:
    from studio.db.fetching import Fetched


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the arguments."""
    parser = subparsers.add_parser(
        "query",
        help="run SQL and print the rows",
        description="Run statements and print what they return. Without --write the database "
        "refuses whatever would change it; with --write all of them are one transaction.",
        epilog='example:\n  studio query demo.db "SELECT * FROM messages LIMIT 5" --format json',
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", metavar="TARGET", help="file, URL, or libpq string")
    parser.add_argument("sql", metavar="SQL|@file|-", help="statements, a file's, or stdin's")
    parser.add_argument("--format", choices=FORMATS, default="table", dest="form")
    parser.add_argument("--param", metavar="k=v", action="append", default=[], help="binds :k")
    parser.add_argument("--output", metavar="F", type=Path, help="appears only when whole")
    parser.add_argument("--write", action="store_true", help="let statements change the database")
    parser.add_argument(
        "--timeout", metavar="S", type=_seconds, help="stop a statement after S seconds"
    )
    parser.add_argument(
        "--max-rows", metavar="N", type=_row_count, help="print at most N rows of each"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the statements. The exit code."""
    target = parse(arguments.target, read_only=not arguments.write)
    syntax = syntax_of(target.backend)
    text = _text(arguments.sql)
    statements = [statement for statement in split(text, syntax) if statement.text]
    if not statements:
        raise ConfigInvalid("there is no statement to run")
    query = _Query(statements, syntax, _parameters(arguments.param), arguments)
    try:
        with destination(arguments.output) as out:
            asyncio.run(query.run(target, out))
    except TimeoutError:
        raise StatementFailed(f"stopped after {arguments.timeout:g} s", code="timeout") from None
    except StatementFailed as error:
        print(f"studio: {_located(error, query.running)}", file=sys.stderr)
        return error.exit_code
    return 0


def _text(given: str) -> str:
    if given == "-":
        return read_stdin()
    if given.startswith("@"):
        return _text_of(given[1:])
    try:
        given.encode()
    except UnicodeEncodeError as error:
        raise ConfigInvalid(
            f"the statement is not UTF-8 text (character {error.start + 1:,}): check the shell's "
            "locale, or write it into a file and name that with @FILE"
        ) from error
    return given


def _text_of(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigInvalid(f"{file} cannot be read: {error.strerror or error}") from error
    except UnicodeError as error:
        raise ConfigInvalid(f"{file} is not UTF-8 text: convert it with iconv first") from error


def _seconds(given: str) -> float:
    seconds = float(given)
    if not seconds > 0:
        raise argparse.ArgumentTypeError(f"takes a number of seconds above 0, not {given}")
    return seconds


def _row_count(given: str) -> int:
    rows = int(given)
    if rows < 0:
        raise argparse.ArgumentTypeError(f"takes a number of rows, not {given}")
    return rows


def _parameters(given: Sequence[str]) -> dict[str, str]:
    for pair in given:
        if "=" not in pair:
            raise ConfigInvalid(f"--param takes name=value, not {pair!r}")
    return dict(pair.split("=", 1) for pair in given)


def _located(error: StatementFailed, statement: Statement | None) -> str:
    if statement is None or error.position is None or error.sql not in {"", statement.text}:
        return printable(str(error))
    before = statement.text[: error.position]
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return printable(f"{error} at line {line}, column {column} of the statement")


class _Query:
    """Statements on their way through one session."""

    def __init__(
        self,
        statements: Sequence[Statement],
        syntax: Syntax,
        parameters: Mapping[str, str],
        arguments: argparse.Namespace,
    ) -> None:
        self._statements = statements
        self._syntax = syntax
        self._parameters = parameters
        self._form: str = arguments.form
        self._may_write: bool = arguments.write
        self._timeout_s: float | None = arguments.timeout
        self._max_rows: int | None = arguments.max_rows
        self.running: Statement | None = None
        """The statement an error belongs to."""

    async def run(self, target: Target, out: TextIO) -> None:
        """Run all; raises StudioError, TimeoutError."""
        if not self._may_write:
            for statement in self._statements:
                refuse_beyond_read_only(statement.text, self._syntax)
        session = await Session.open(target)
        try:
            run = self._write if self._may_write else self._read
            await run(session, out)
        finally:
            await session.close()

    async def _read(self, session: Session, out: TextIO) -> None:
        lane = session.lane(Purpose.QUERY)
        for statement in self._statements:
            self.running = statement
            async with asyncio.timeout(self._timeout_s):
                bound = self._bound(statement)
                asked = None if isinstance(bound, str) else bound
                async with aclosing(read(lane, statement.text, self._syntax, asked)) as chunks:
                    await self._show(statement, chunks, session, out)

    async def _write(self, session: Session, out: TextIO) -> None:
        known = session.backend.name in SYNTAXES
        lane = session.lane(Purpose.EDIT if known else Purpose.QUERY)
        first = self._statements[0]
        if len(self._statements) == 1 and classify(first.text, self._syntax).outside_transaction:
            self.running = first
            async with asyncio.timeout(self._timeout_s):
                await self._show(first, _once(await lane.fetch(self._bound(first))), session, out)
            return
        async with lane.transaction() as transaction:
            for statement in self._statements:
                self.running = statement
                async with asyncio.timeout(self._timeout_s):
                    fetched = await transaction.fetch(self._bound(statement))
                await self._show(statement, _once(fetched), session, out)

    async def _show(
        self, statement: Statement, chunks: "AsyncIterator[Fetched]", session: Session, out: TextIO
    ) -> None:
        writer: RowWriter | None = None
        left = self._max_rows
        async for chunk in chunks:
            if writer is None and not chunk.columns:
                _tell(chunk.row_count)
                continue
            if writer is None:
                kinds = session.backend.result_kinds(chunk.type_codes)
                writer = row_writer(self._form, out, chunk.columns, kinds, statement.text)
            writer.write(chunk.rows if left is None else chunk.rows[:left])
            left = None if left is None else left - len(chunk.rows)
            if left is not None and left < 0:
                print(f"studio: stopped after {self._max_rows:,} rows", file=sys.stderr)
                break
        if writer is not None:
            writer.end()

    def _bound(self, statement: Statement) -> str | TextClause:
        """The text as the driver wants it: untouched, unless values are bound to names in it."""
        found = {t.text[1:] for t in lex(statement.text, self._syntax) if _is_named(t)}
        names = found & self._parameters.keys()
        if not names:
            return statement.text
        # What nobody gave a value for stays as it is: a[lo:hi] is a slice.
        pieces = (
            f":{token.text[1:]}"
            if _is_named(token) and token.text[1:] in names
            else token.text.replace(":", "\\:")
            for token in lex(statement.text, self._syntax)
        )
        # Without a type, the server decides what each value is from where it stands.
        values = [bindparam(name, self._parameters[name], type_=NullType()) for name in names]
        return sql_text("".join(pieces)).bindparams(*values)


def _is_named(token: Token) -> bool:
    return token.kind is TokenKind.PARAMETER and token.text[1:].isidentifier()


async def _once(fetched: "Fetched") -> "AsyncIterator[Fetched]":
    yield fetched


def _tell(row_count: int) -> None:
    if row_count >= 0:
        print(f"{row_count:,} row{'' if row_count == 1 else 's'} changed", file=sys.stderr)
