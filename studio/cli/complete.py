"""`studio complete`: what could stand at a place of a text, for editors and shells."""

import argparse
import json
from typing import TYPE_CHECKING

from studio.backends.base import Backend, Opening
from studio.backends.halves.completing import vocabulary_of
from studio.backends.halves.syntax import syntax_of
from studio.cli.query import given_text
from studio.completion.complete import Completer, Completion
from studio.completion.known import CompletionCatalog
from studio.db.session import read_once
from studio.db.url import parse
from studio.export.json_text import harmless
from studio.export.printable import printable
from studio.model.errors import ConfigInvalid

if TYPE_CHECKING:
    from sqlalchemy import Connection

SHOWN = 12
"""Candidates of which the whole text is told."""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the arguments."""
    parser = subparsers.add_parser(
        "complete",
        help="complete SQL at a place",
        description="What could stand at a place of a text, the likeliest first: relations, "
        "columns, values, join conditions, functions, keywords. Reads the schema, runs no text.",
        epilog='example:\n  studio complete app.db "select * from ord"',
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", metavar="TARGET", help="file, URL, or libpq string")
    parser.add_argument("sql", metavar="SQL|@file|-", help="a text, a file's, or stdin's")
    parser.add_argument(
        "--at", metavar="N", type=int, help="the cursor, in characters from 0 (default: the end)"
    )
    parser.add_argument("--json", action="store_true", dest="as_json", help="one document")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the candidates. The exit code."""
    text = given_text(arguments.sql)
    at = len(text) if arguments.at is None else arguments.at
    if not 0 <= at <= len(text):
        raise ConfigInvalid(f"--at takes 0 to {len(text):,}, the length of the text, not {at}")
    known = read_once(parse(arguments.target), _read)
    completion = Completer(known).complete(text, at)
    if arguments.as_json:
        document = as_json(known, completion, text)
        print(harmless(json.dumps(document, indent=1, ensure_ascii=False)))
        return 0
    width = max((len(candidate.text) for candidate in completion.candidates), default=0)
    for candidate in completion.candidates:
        said = " · ".join(word for word in (candidate.kind, candidate.detail) if word)
        print(printable(f"{candidate.text:<{min(width, 40)}}  {said}".rstrip()))
    return 0


def _read(connection: "Connection", backend: Backend, opening: Opening) -> CompletionCatalog:
    catalog = backend.catalog(connection, backend.server(connection, opening))
    return CompletionCatalog(catalog, vocabulary_of(backend, connection), syntax_of(backend))


def as_json(known: CompletionCatalog, completion: Completion, text: str) -> dict[str, object]:
    """The document of README.md beside this file."""
    found: list[dict[str, object]] = []
    for place, candidate in enumerate(completion.candidates):
        entry: dict[str, object] = {
            "text": candidate.text,
            "kind": candidate.kind,
            "detail": candidate.detail,
        }
        if place < SHOWN:
            after, cursor = completion.taken(text, candidate)
            entry["after"] = f"{after[:cursor]}|{after[cursor:]}"
            entry["cursor"] = cursor
        found.append(entry)
    return {"engine": known.catalog.server.engine, "candidates": found}
