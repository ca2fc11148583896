"""Which line of a schema file makes what a finding is about, and what to write there."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from studio.cli.main import main
from studio.db.url import parse
from studio.migrations.declarations import django, drizzle, prisma, reading
from studio.migrations.declarations.places import Declarations, line_at
from studio.migrations.declarations.reading import SchemaFiles, declarations_of
from studio.migrations.declarations.words import fix_in_words
from studio.model.health import HealthFinding, HealthSeverity
from tests.house.test_imports import loaded_after

DRIZZLE = """\
import { sqliteTable, text, integer, index } from 'drizzle-orm/sqlite-core';
// export const ghosts = sqliteTable('ghosts', { id: text('id') });
export const users = sqliteTable('users', {
  id: text('id').primaryKey(),
  createdAt: integer('created_at', { mode: 'timestamp_ms' })
    .default(sql`CURRENT_TIMESTAMP`),
  plain: text(),
});
export const posts = sqliteTable("posts", {
  id: integer().primaryKey(),
  userId: text('user_id').references(() => users.id),
}, (t) => [index('posts_id_idx').on(t.id), index('posts_id_too').on(t.id)]);
const app = pgSchema('app');
export const notes = app.table('notes', { 'body text': text('body') });
"""
PRISMA = """\
// model Gone { id Int }
model Order {
  id        Int      @id
  productId Int      @map("product_id") // the product
  price     Float
  @@map("orders")
  @@index([price], map: "orders_price")
}
"""
DJANGO = """\
from django.db import models

class Author(models.Model):
    name = models.CharField(max_length=120)

class Book(models.Model):
    author = models.ForeignKey(Author, on_delete=models.CASCADE,
                               db_index=False)
    price = models.FloatField(db_column="cost")
    class Meta:
        db_table = "books"

class Base(models.Model):
    class Meta:
        abstract = True
"""


def found(check, name, table, **evidence):
    return HealthFinding(check, name, HealthSeverity.WARNING, "", evidence, table=table)


def said(tables, finding):
    declared = Declarations(tuple(tables))
    place = declared.of(finding)
    line = None if place is None else (place.line, place.text.splitlines()[0])
    return line, fix_in_words(declared, finding)


@pytest.mark.parametrize(
    ("finding", "line", "fix"),
    [
        (
            found("timestamp_default_text", "users.created_at", "users"),
            (5, "createdAt: integer('created_at', { mode: 'timestamp_ms' })"),
            ".default(sql`(unixepoch() * 1000)`)",
        ),
        (
            found("foreign_key_without_index", "posts(user_id)", "posts", columns=["user_id"]),
            (11, "userId: text('user_id').references(() => users.id)"),
            "index('posts_user_id_idx').on(t.userId) in what the table's third argument returns: "
            "(t) => [ … ]",
        ),
        (
            found("duplicate_index", "posts_id_too", "posts"),
            (12, "index('posts_id_too').on(t.id)"),
            "take this index out",
        ),
        (found("money_as_float", "users.plain", "users"), (7, "plain: text()"), ""),
        (found("no_primary_key", "public.notes", "public.notes"), (14, "app.table('notes'"), ""),
        (found("no_primary_key", "ghosts", "ghosts"), None, ""),
    ],
)
def test_drizzle(finding, line, fix):
    place, words = said(drizzle.tables(Path("schema.ts"), DRIZZLE), finding)
    if line is not None and "notes" in finding.object:
        assert place is not None
        assert place[0] == line[0]
    else:
        assert place == line
    assert words == fix


def test_prisma():
    def of(finding):
        return said(prisma.tables(Path("schema.prisma"), PRISMA), finding)

    key = found("foreign_key_without_index", "orders(product_id)", "orders", columns=["product_id"])
    line = (4, 'productId Int      @map("product_id")')
    assert of(key) == (line, "@@index([productId])")
    assert of(found("unused_index", "public.orders_price", "public.orders"))[0][0] == 7
    assert of(found("no_primary_key", "orders", "orders")) == ((2, "model Order"), "")
    assert of(found("no_primary_key", "Gone", "Gone")) == (None, "")


def test_django():
    def of(finding):
        return said(django.tables(Path("models.py"), DJANGO, "library"), finding)

    key = found("foreign_key_without_index", "books.x", "public.books", columns=["author_id"])
    place, words = of(key)
    assert place[0] == 7
    assert words == "leave out db_index=False"
    assert of(found("money_as_float", "books.cost", "books"))[0][0] == 9
    assert of(found("no_primary_key", "library_author", "library_author"))[0] == (3, "class Author")
    assert of(found("no_primary_key", "library_base", "library_base"))[0] is None


def test_a_name_that_two_files_say_has_no_line():
    twice = (*drizzle.tables(Path("a.ts"), DRIZZLE), *drizzle.tables(Path("b.ts"), DRIZZLE))
    assert said(twice, found("no_primary_key", "users", "users")) == (None, "")


@pytest.mark.parametrize("cut", range(0, len(DRIZZLE), 7))
def test_half_a_file_is_read_as_far_as_it_goes(cut):
    for table in drizzle.tables(Path("schema.ts"), DRIZZLE[:cut]):
        assert 1 <= table.at.line <= line_at(DRIZZLE, cut)
    list(prisma.tables(Path("schema.prisma"), PRISMA[:cut]))
    list(django.tables(Path("models.py"), DJANGO[:cut], "x"))


def test_the_command_names_the_line_of_the_connected_databases_project(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    project = tmp_path / "app"
    (project / "drizzle" / "meta").mkdir(parents=True)
    (project / "src").mkdir()
    (project / "src" / "schema.ts").write_text(DRIZZLE)
    (project / "drizzle.config.ts").write_text(
        "export default { dialect: 'sqlite', schema: './src/*.ts', out: './drizzle', "
        "dbCredentials: { url: './app.db' } };"
    )
    (project / "drizzle" / "meta" / "_journal.json").write_text('{"entries": []}')
    for name in ("app.db", "other.db"):
        with closing(sqlite3.connect(project / name)) as connection:
            connection.execute(
                "CREATE TABLE users (id text PRIMARY KEY NOT NULL, "
                "created_at integer DEFAULT CURRENT_TIMESTAMP)"
            )
    monkeypatch.chdir(project)

    def schema_of(name):
        assert main(["doctor", name, "--json", "--only", "timestamp_default_text"]) == 0
        (finding,) = json.loads(capsys.readouterr().out)["findings"]
        return finding["schema"]

    schema = schema_of("app.db")
    assert (schema["file"], schema["line"]) == ("src/schema.ts", 5)
    assert schema["fix"] == ".default(sql`(unixepoch() * 1000)`)"
    assert schema_of("other.db") is None


@pytest.fixture
def ailing(tmp_path):
    """A file with findings, in a folder of its own."""
    folder = tmp_path / "alone"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "app.db")) as connection:
        connection.execute("CREATE TABLE t (a INT PRIMARY KEY)")
    return folder / "app.db"


def test_a_file_alone_in_its_folder_has_no_project_to_look_for(ailing, monkeypatch):
    target = parse(str(ailing))
    monkeypatch.chdir(ailing.parent)
    assert declarations_of(ailing.parent, target) == SchemaFiles()
    code = (
        "import sys\nfrom studio.cli.main import main\nmain(['doctor', 'app.db'])\n"
        "print(*sys.modules)"
    )
    loaded = loaded_after(code)
    assert "studio.doctor.run" in loaded
    assert not {"studio.migrations.registry", "studio.export.json_text", "yaml"} & loaded


def test_a_huge_folder_is_not_looked_through_and_that_is_said(ailing, monkeypatch, capsys):
    monkeypatch.setattr(reading, "MOST_FOLDERS", 10)
    for n in range(20):
        (ailing.parent / f"d{n}").mkdir()
    monkeypatch.chdir(ailing.parent)
    assert main(["doctor", str(ailing)]) == 0
    said = capsys.readouterr()
    assert "rowid_alias_missed" in said.out
    assert "no schema file was looked for: more than 10 folders lie around here" in said.err
