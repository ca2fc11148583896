"""Everything a schema can hold, as the database writes it, and no schema that makes it fail."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, and_, column, func, select, table, text

from studio.backends.base import Backend, Opening, Purpose, identifier
from studio.backends.sqlite.engine import SQLite
from studio.backends.sqlite.opening import open_file
from studio.db import url
from studio.db.session import read_once
from studio.model.catalog import Catalog, ColumnKind, IdentityKind, Table, TableKind, TableRef
from studio.model.errors import StatementFailed
from studio.model.page import SHOWN_BYTES, Shortened, shortened
from tests import torture_sqlite


@pytest.fixture(scope="module", params=["UTF-8", "UTF-16le", "UTF-16be"])
def path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("torture") / "torture.db"
    torture_sqlite.build(made, encoding=request.param)
    return made


@pytest.fixture(scope="module")
def catalog(path: Path) -> Catalog:
    return read(path, lambda c, backend, opening: backend.catalog(c, backend.server(c, opening)))


def read(path: Path, work: Callable[[Connection, Backend, Opening], object]) -> object:
    return read_once(url.parse(str(path)), work)


def of(catalog: Catalog, name: str) -> Table:
    return catalog.table(TableRef(None, name))


def made(tmp_path: Path, *statements: str) -> Catalog:
    """The catalog of a small database."""
    with closing(sqlite3.connect(tmp_path / "made.db")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return read(tmp_path / "made.db", lambda c, b, o: b.catalog(c, b.server(c, o)))


# -- nothing makes it fail -------------------------------------------------------------------------


def test_every_relation_opens_and_pages(path: Path) -> None:
    def walk(connection: Connection, backend: Backend, _: Opening) -> set[str]:
        unread = set()
        for summary in backend.outline(connection):
            try:
                relation = backend.table(connection, summary.ref)
            except StatementFailed:
                unread.add(summary.ref.name)
                continue
            page(connection, backend, relation)
            backend.estimate(connection, relation, None)
        return unread

    assert read(path, walk) == {"broken_view", "view_of_broken", "lost_module"}


def page(connection: Connection, backend: Backend, relation: Table) -> None:
    """All rows, two at a time, by identity; each exactly once."""
    source = table(identifier(relation.ref.name))
    # SQLite has 2,000 columns in a result, too: the widest table leaves no room for its rowid.
    shown = [
        backend.shown(c, column(identifier(c.name))).label(f"c{n}")
        for n, c in enumerate(relation.columns[: torture_sqlite.MANY - 1])
    ]
    keys = [column(identifier(name)) for name in relation.identity]
    total = connection.execute(select(func.count()).select_from(source)).scalar_one()
    if not keys:
        assert len(connection.execute(select(*shown).select_from(source)).all()) == total
        return
    seen, start = 0, None
    while True:
        query = select(*keys, *shown).select_from(source).order_by(*keys).limit(2)
        if start is not None:
            bound = [backend.bind(value, None) for value in start]
            first = keys[0] >= bound[0]
            beyond = keys[0] > bound[0]
            if len(keys) > 1:
                beyond = beyond | and_(keys[0] == bound[0], keys[1] > bound[1])
            query = query.where(first, beyond)
        rows = connection.execute(query).all()
        if not rows:
            break
        seen += len(rows)
        start = tuple(rows[-1])[: len(keys)]
    assert seen == total


def test_outline_and_catalog_name_the_same_relations(path: Path, catalog: Catalog) -> None:
    outline = read(path, lambda c, backend, _: backend.outline(c))
    assert {summary.ref for summary in outline} == {found.ref for found in catalog.tables()}
    kinds = [summary.kind for summary in outline]
    assert kinds[-1] is TableKind.SYSTEM
    estimates = {summary.ref.name: summary.row_estimate for summary in outline}
    assert estimates["parent"] == 3
    assert estimates["child"] is None


def test_one_table_is_the_same_alone_as_in_the_catalog(path: Path, catalog: Catalog) -> None:
    def compare(connection: Connection, backend: Backend, _: Opening) -> int:
        compared = 0
        for found in catalog.tables():
            if found.columns and not found.foreign_keys:
                assert backend.table(connection, found.ref) == found
                compared += 1
        return compared

    assert read(path, compare) > 45


def test_what_cannot_be_read_is_noted_and_its_text_kept(catalog: Catalog) -> None:
    assert {note.split(" ")[0] for note in catalog.notes} == {
        "broken_view", "view_of_broken", "lost_module",
    }  # fmt: skip
    assert of(catalog, "broken_view").sql.startswith("CREATE VIEW broken_view")
    assert not of(catalog, "broken_view").has_identity


def test_a_table_that_is_not_there(path: Path) -> None:
    with pytest.raises(StatementFailed, match="broken_view cannot be read: no such table"):
        read(path, lambda c, backend, _: backend.table(c, TableRef(None, "broken_view")))
    with pytest.raises(StatementFailed, match="no such table: nothing"):
        read(path, lambda c, backend, _: backend.table(c, TableRef(None, "nothing")))


def test_names_are_found_as_sqlite_finds_them(path: Path) -> None:
    for ref in (TableRef("main", "PARENT"), TableRef(None, "Parent")):
        found = read(path, lambda c, backend, _, ref=ref: backend.table(c, ref))
        assert found.ref == TableRef(None, "parent")


# -- kinds and identities --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("parent", TableKind.TABLE),
        ("plain_view", TableKind.VIEW),
        ("search", TableKind.VIRTUAL),
        ("search_data", TableKind.SHADOW),
        ("boxes_node", TableKind.SHADOW),
        ("sqlite_schema", TableKind.SYSTEM),
        ("sqlite_sequence", TableKind.SYSTEM),
    ],
)
def test_kinds(catalog: Catalog, name: str, kind: TableKind) -> None:
    assert of(catalog, name).kind is kind


@pytest.mark.parametrize(
    ("name", "identity", "kind"),
    [
        ("parent", ("id",), IdentityKind.PRIMARY_KEY),
        ("also_an_alias", ("id",), IdentityKind.PRIMARY_KEY),
        ("not_an_alias", ("rowid",), IdentityKind.ROWID),
        ("int_is_no_alias", ("rowid",), IdentityKind.ROWID),
        ("text_key", ("rowid",), IdentityKind.ROWID),
        ("composite", ("y", "x"), IdentityKind.PRIMARY_KEY),
        ("shadowed", ("_rowid_",), IdentityKind.ROWID),
        ("all_shadowed", (), IdentityKind.NONE),
        ("all_shadowed_unique", ("rowid",), IdentityKind.UNIQUE),
        ("plain_view", (), IdentityKind.NONE),
        ("search", ("rowid",), IdentityKind.ROWID),
    ],
)
def test_identities(
    catalog: Catalog, name: str, identity: tuple[str, ...], kind: IdentityKind
) -> None:
    assert (of(catalog, name).identity, of(catalog, name).identity_kind) == (identity, kind)


def test_options(catalog: Catalog) -> None:
    assert of(catalog, "strict_without_rowid").options == ("STRICT", "WITHOUT ROWID")
    assert of(catalog, "parent").options == ("AUTOINCREMENT",)


# -- columns ---------------------------------------------------------------------------------------


def test_types_are_verbatim(catalog: Catalog) -> None:
    found = {c.type_name: c.kind for c in of(catalog, "affinities").columns}
    assert found == {
        "FLOATING POINT": ColumnKind.INTEGER,
        "my type": ColumnKind.ANY,
        "ANY": ColumnKind.ANY,
        "whatever(3,2)": ColumnKind.ANY,
        "unsigned big int": ColumnKind.INTEGER,
        "": ColumnKind.ANY,
        "CHARINT": ColumnKind.INTEGER,
        "DATETIME": ColumnKind.TIMESTAMP,
        "DATE": ColumnKind.DATE,
        "TIME": ColumnKind.TIME,
        "JSON": ColumnKind.JSON,
        "BOOLEAN": ColumnKind.BOOLEAN,
        "UUID": ColumnKind.UUID,
        "DECIMAL(10, 2)": ColumnKind.DECIMAL,
        "VARBINARY(16)": ColumnKind.BYTES,
        "BLOB": ColumnKind.BYTES,
        "DOUBLE PRECISION": ColumnKind.REAL,
    }


def test_generated_columns_have_their_expressions(catalog: Catalog) -> None:
    found = {c.name: c.generated for c in of(catalog, "generated_columns").columns}
    assert found == {"a": None, "b": None, "c": "a + b", "d": "'x,)' || a", "e": "a*2"}


def test_defaults_collations_and_hidden_columns(catalog: Catalog) -> None:
    checked = of(catalog, "checked")
    assert [c.default for c in checked.columns if c.default] == [
        "1 + 2", "'CHECK (x)'", "CURRENT_TIMESTAMP", "-1", "null",
    ]  # fmt: skip
    assert checked.column("d").collation == "RTRIM"
    assert of(catalog, "parent").column("name").collation == "NOCASE"
    assert [c.name for c in of(catalog, "search").columns if c.hidden] == ["search", "rank"]
    assert len(of(catalog, "wide").columns) == torture_sqlite.MANY


def test_the_rowid_alias_numbers_itself_and_is_never_null(catalog: Catalog) -> None:
    assert of(catalog, "parent").column("id").identity
    assert not of(catalog, "parent").column("id").nullable
    assert of(catalog, "text_key").column("id").nullable


# -- constraints, indexes, triggers ----------------------------------------------------------------


def test_checks_and_choices(catalog: Catalog) -> None:
    checked = of(catalog, "checked")
    assert [(check.name, check.expression) for check in checked.checks] == [
        (None, "kind IN ('login', 'it''s', 'a,b')"),
        ("size is known", "\"size\" IS NULL OR [size] in ('s', 'm')"),
        (None, "n > 0 AND n < 10"),
        (None, "m IN (1, 2.5)"),
        ("whole", "n <> m"),
        (None, "length(kind) < 100"),
    ]
    assert checked.column("kind").choices == ("login", "it's", "a,b")
    assert checked.column("size").choices == ("s", "m")
    assert checked.column("m").choices == ("1", "2.5")
    assert checked.column("n").choices == ()


def test_foreign_keys_both_ways(catalog: Catalog) -> None:
    to_parent, missing, composite = of(catalog, "child").foreign_keys
    assert (to_parent.name, to_parent.columns, to_parent.target_columns) == (
        "to parent", ("parent_id",), ("id",),
    )  # fmt: skip
    assert (to_parent.on_delete, to_parent.on_update) == ("SET NULL", "CASCADE")
    assert missing.target == TableRef(None, "no such table")
    assert (missing.deferrable, composite.deferrable) == (True, False)
    assert (composite.columns, composite.target_columns) == (("a", "b"), ("x", "y"))
    assert [t.ref.name for t, _ in catalog.referencing(TableRef(None, "parent"))] == ["child"]


def test_indexes(catalog: Catalog) -> None:
    found = {index.name: index for index in of(catalog, "parent").indexes}
    expression, identifier_part = found["expression_index"].parts
    assert (expression.column, expression.expression) == (None, "lower(name)")
    assert (identifier_part.column, identifier_part.descending) == ("id", True)
    assert found["sqlite_autoindex_parent_1"].constraint
    assert found["sqlite_autoindex_parent_1"].parts[0].collation == "NOCASE"
    (partial,) = of(catalog, "child").indexes
    assert partial.predicate == "a IS NOT NULL AND b > 3"
    assert partial.parts[0].collation == "NOCASE"
    assert [part.descending for part in partial.parts] == [True, False]
    (odd,) = of(catalog, 'quote"d . 🙂 table [red]').indexes
    assert (odd.name, odd.unique, odd.columns) == ('odd " index', True, ('c"d',))


def test_triggers(catalog: Catalog) -> None:
    found = {
        trigger.name: (trigger.timing, trigger.events)
        for name in ("parent", "editable", "composite")
        for trigger in of(catalog, name).triggers
    }
    assert found == {
        "before update": ("BEFORE", ("UPDATE",)),
        "deleted": ("AFTER", ("DELETE",)),
        "insert_editable": ("INSTEAD OF", ("INSERT",)),
        "implied": ("BEFORE", ("INSERT",)),
    }


@pytest.mark.parametrize(
    ("definition", "names"),
    [
        ("a INT REFERENCES p ON DELETE SET NULL NOT NULL CHECK (a > 0)", [None]),
        ("a INT REFERENCES p ON DELETE CASCADE ON UPDATE NO ACTION, CHECK (a>1)", [None]),
        ("a INT REFERENCES p(id) MATCH FULL NOT DEFERRABLE INITIALLY IMMEDIATE", [None]),
        ("a INT CONSTRAINT x NOT NULL CONSTRAINT y REFERENCES p", ["y"]),
        ("a INT, CONSTRAINT z FOREIGN KEY (a) REFERENCES p", ["z"]),
        ("a INT REFERENCES p, b INT CONSTRAINT w REFERENCES p(id)", [None, "w"]),
    ],
)
def test_foreign_key_names(tmp_path: Path, definition: str, names: list[str | None]) -> None:
    found = made(
        tmp_path, "CREATE TABLE p(id INTEGER PRIMARY KEY)", f"CREATE TABLE t({definition})"
    )
    assert [key.name for key in of(found, "t").foreign_keys] == names
    assert len(of(found, "t").checks) == definition.count("CHECK")


def test_altered_tables(tmp_path: Path) -> None:
    found = made(
        tmp_path,
        "CREATE TABLE t(a INT CHECK (a IN (1, 2)))",
        "ALTER TABLE t ADD COLUMN b TEXT COLLATE NOCASE",
        "ALTER TABLE t ADD COLUMN c INT AS (a + 1)",
        'ALTER TABLE t RENAME COLUMN a TO "new name"',
        "ALTER TABLE t RENAME TO u",
    )
    assert of(found, "u").column("new name").choices == ("1", "2")
    assert of(found, "u").column("b").collation == "NOCASE"
    assert of(found, "u").column("c").generated == '"new name" + 1'


def test_names_that_are_not_utf8_are_left_out_with_a_note(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "made.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE good(a)")
        connection.execute("CREATE TABLE bad_(a)")
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute(
            "UPDATE sqlite_master SET name = CAST(x'ff' AS TEXT), tbl_name = CAST(x'ff' AS TEXT), "
            "sql = CAST('CREATE TABLE \"' || x'ff' || '\"(a)' AS TEXT) WHERE name = 'bad_'"
        )
    found = read(tmp_path / "made.db", lambda c, b, o: b.catalog(c, b.server(c, o)))
    assert {t.ref.name for t in found.tables()} == {"good", "sqlite_schema"}
    assert found.notes == ("a table whose name is not valid UTF-8 was left out",)


# -- values ----------------------------------------------------------------------------------------


def test_values_come_whole_or_say_they_are_cut(path: Path) -> None:
    def compare(connection: Connection, backend: Backend, _: Opening) -> None:
        dirty = backend.table(connection, TableRef(None, "dirty"))
        source = table("dirty")
        for c in dirty.columns:
            whole = column(identifier(c.name))
            rows = connection.execute(
                select(whole, backend.shown(c, whole)).select_from(source).order_by(text("id"))
            )
            for value, shown in rows:
                assert shortened(value) == shortened(shown)
                assert type(value) is type(shown)
                if shown != value:
                    assert isinstance(shortened(shown), Shortened)

    read(path, compare)


def test_every_value_finds_itself(path: Path) -> None:
    def compare(connection: Connection, backend: Backend, _: Opening) -> None:
        dirty = backend.table(connection, TableRef(None, "dirty"))
        source = table("dirty")
        for c in dirty.columns:
            whole = column(identifier(c.name))
            query = select(column("id"), whole).select_from(source).where(whole.is_not(None))
            for key, value in connection.execute(query).all():
                found = (
                    select(column("id"))
                    .select_from(source)
                    .where(whole == backend.bind(value, c))
                    .where(column("id") == backend.bind(key, None))
                )
                lossy = isinstance(value, str) and "\ufffd" in value
                assert lossy or connection.execute(found).scalar() == key, (c.name, value)

    read(path, compare)


def test_text_cut_inside_is_never_shown_as_whole(tmp_path: Path) -> None:
    for encoding in ("UTF-8", "UTF-16le"):
        made_at = tmp_path / f"{encoding}.db"
        texts = [
            filler * count
            for filler in ("a", "é", "漢", "🙂", "a\0b")
            for count in (1, 1000, 1366, 2047, 2048, 2049, 4095, 4096, 4097, 5000, 9000)
        ]
        with closing(sqlite3.connect(made_at)) as connection:
            connection.execute(f"PRAGMA encoding='{encoding}'")
            connection.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v)")
            connection.executemany("INSERT INTO t(v) VALUES (?)", ((t,) for t in texts))
            connection.executemany("INSERT INTO t(v) VALUES (?)", ((t.encode(),) for t in texts))
            connection.commit()
        engine = SQLite()
        opening = open_file(url.parse(str(made_at)))
        with engine.sync_engine(opening, Purpose.BROWSE).connect() as connection:
            relation = engine.table(connection, TableRef(None, "t"))
            value = column("v")
            for whole, shown in connection.execute(
                select(value, engine.shown(relation.column("v"), value)).select_from(table("t"))
            ):
                assert shortened(shown) == shortened(whole)
                size = len(whole if isinstance(whole, bytes) else whole.encode())
                assert isinstance(shortened(shown), Shortened) == (size > SHOWN_BYTES)


def test_a_broken_view_that_is_not_the_first_relation_is_a_note(sqlite_file):
    path = sqlite_file(
        "CREATE TABLE a (x)",
        "CREATE TABLE b (x)",
        "CREATE VIEW c AS SELECT x FROM b",
        "PRAGMA legacy_alter_table = ON",
        "DROP TABLE b",
    )
    found = read(path, lambda c, b, o: b.catalog(c, b.server(c, o)))
    assert {str(table.ref) for table in found.tables()} >= {"a", "c"}
    assert any("c cannot be read" in note for note in found.notes)
