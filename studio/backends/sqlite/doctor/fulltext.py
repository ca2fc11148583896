"""FTS5 tables over the rows of another table: in step with them, and kept so."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from studio.backends.halves.checking import HealthCheck
from studio.backends.sqlite import ddl
from studio.backends.sqlite.doctor.look import FileCheck, FileCheckup, name_of
from studio.model.catalog import Table, TableKind
from studio.model.health import HealthFinding, HealthSeverity
from studio.model.words import plural
from studio.sqltext.syntax import SQLITE
from studio.sqltext.tokens import TokenKind, unquoted

_EVENTS = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True, slots=True)
class External:
    """A full-text table that keeps no text of its own."""

    table: Table
    content: str
    rowid: str


def _externals(look: FileCheckup) -> Iterator[External]:
    for table in look.relations.values():
        if table.kind is TableKind.VIRTUAL:
            options = _options(look.text_of(table))
            if options is not None and options.get("content"):
                yield External(table, options["content"], options.get("content_rowid", "rowid"))


def _options(create: str) -> dict[str, str] | None:
    """What FTS5 was told, by word in lower case; None for another module."""
    found = ddl.tokens(create)
    marks = [token.mark for token in found]
    if "USING" not in marks or marks[marks.index("USING") + 1 :][:1] != ["FTS5"]:
        return None
    options: dict[str, str] = {}
    for at in range(1, len(found) - 1):
        if found[at].mark == "=" and found[at - 1].kind is TokenKind.WORD:
            value = found[at + 1]
            # A text in single quotes is no name, but FTS5 takes either.
            plain = value.text[1:-1] if value.kind is TokenKind.STRING else unquoted(value, SQLITE)
            options[found[at - 1].text.lower()] = plain
    return options


def content_missing(look: FileCheckup) -> Iterator[HealthFinding]:
    """The table whose text it indexes is gone."""
    for one in _externals(look):
        if one.content.lower() not in look.relations:
            name = name_of(one.table)
            yield HealthFinding(
                "fts_content_missing",
                name,
                HealthSeverity.ERROR,
                f"{name} indexes the text of {one.content}, and there is no such table",
                {"content": one.content},
                f"DROP TABLE {look.written(name)};",
                "or create the table again",
                "",
                name,
            )


def out_of_sync(look: FileCheckup) -> Iterator[HealthFinding]:
    """Rows that a search misses, or finds though they are gone."""
    for one in _externals(look):
        if one.content.lower() not in look.relations:
            continue  # Another finding.
        if (counts := _counts(look, one)) is not None:
            name = name_of(one.table)
            yield HealthFinding(
                "fts_out_of_sync",
                name,
                HealthSeverity.ERROR,
                f"{name} is out of step with {one.content}: {counts}",
                {"content": one.content, "shows": counts},
                f"INSERT INTO {look.written(name)}({look.written(name)}) VALUES ('rebuild');",
                f"reads all of {one.content}",
                "",
                name,
            )


def _counts(look: FileCheckup, one: External) -> str | None:
    """How an index differs from its content; None: not at all."""
    index = look.quoted(f"{one.table.ref.name}_docsize")
    if f"{one.table.ref.name}_docsize".lower() not in look.relations:
        return None
    content, key = look.quoted(one.content), _rowid(look, one)
    ends = f"SELECT (SELECT min({{0}}) FROM {content}), (SELECT max({{0}}) FROM {content})"
    theirs = look.rows(ends.format(key))[0]
    ours = look.rows(f"SELECT (SELECT min(id) FROM {index}), (SELECT max(id) FROM {index})")[0]
    if theirs != ours:
        return f"{_span(*theirs)} there, {_span(*ours)} indexed"
    if look.may_read_all:
        rows, indexed = look.rows(
            f"SELECT (SELECT count(*) FROM {content}), (SELECT count(*) FROM {index})"
        )[0]
        if rows != indexed:
            return f"{plural(rows, 'row')} there, {indexed:,} indexed"
    return None


def _span(first: object, last: object) -> str:
    return "no row" if first is None else f"rows {first} to {last}"


def _rowid(look: FileCheckup, one: External) -> str:
    # In quotes, a rowid that is not there would be a text.
    return one.rowid if one.rowid.lower() == "rowid" else look.quoted(one.rowid)


def not_maintained(look: FileCheckup) -> Iterator[HealthFinding]:
    """In step now, and nothing that keeps it so."""
    for one in _externals(look):
        content = look.relations.get(one.content.lower())
        if content is None or _counts(look, one) is not None:
            continue
        missing = [event for event in _EVENTS if not _is_kept(content, event, one.table)]
        if missing:
            name = name_of(one.table)
            yield HealthFinding(
                "fts_not_maintained",
                name,
                HealthSeverity.WARNING,
                f"no trigger on {one.content} tells {name} of {', '.join(missing)}",
                {"content": one.content, "no_trigger_for": [m.lower() for m in missing]},
                "\n".join(_trigger(look, one, event) for event in missing),
                "each write to the table writes to the index too",
                "the application may do it",
                name,
            )


def _is_kept(content: Table, event: str, index: Table) -> bool:
    word = re.compile(rf"\b{re.escape(index.ref.name)}\b", re.I)
    return any(event in one.events and word.search(one.sql) for one in content.triggers)


def _trigger(look: FileCheckup, one: External, event: str) -> str:
    index = look.written(one.table.ref.name)
    columns = [look.written(c.name) for c in one.table.columns if not c.hidden]
    key = look.written(one.rowid)
    names = ", ".join(columns)
    new = ", ".join(f"new.{c}" for c in (key, *columns))
    old = ", ".join(f"old.{c}" for c in (key, *columns))
    add = f"INSERT INTO {index}(rowid, {names}) VALUES ({new});"
    remove = f"INSERT INTO {index}({index}, rowid, {names}) VALUES ('delete', {old});"
    body = {"INSERT": add, "DELETE": remove, "UPDATE": f"{remove} {add}"}[event]
    name = look.written(f"{one.table.ref.name}_{event.lower()}")
    return f"CREATE TRIGGER {name} AFTER {event} ON {look.written(one.content)} BEGIN {body} END;"


CHECKS = (
    FileCheck(
        HealthCheck("fts_content_missing", "text of an index is gone", (HealthSeverity.ERROR,)),
        content_missing,
    ),
    FileCheck(
        HealthCheck(
            "fts_out_of_sync", "full text out of step", (HealthSeverity.ERROR,), whole=True
        ),
        out_of_sync,
    ),
    FileCheck(
        HealthCheck("fts_not_maintained", "full text not kept in step", (HealthSeverity.WARNING,)),
        not_maintained,
    ),
)
