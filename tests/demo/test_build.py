import hashlib
import json
import sqlite3

import pytest

from studio.cli.main import main
from studio.demo.build import build
from studio.demo.migrations import MIGRATIONS

ROWS = 4000


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return build(tmp_path_factory.mktemp("demo"), ROWS, lambda _table, _share: None)


@pytest.fixture
def connection(demo):
    opened = sqlite3.connect(f"file:{demo}?immutable=1", uri=True)
    yield opened
    opened.close()


def test_the_database_is_whole_and_in_wal_mode(demo, connection):
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert demo.read_bytes()[18:20] == b"\x02\x02"
    assert [p.name for p in demo.parent.glob("*.db*")] == ["demo.db"]


def test_the_same_seed_makes_the_same_rows(demo, tmp_path):
    again = build(tmp_path, ROWS, lambda _table, _share: None)
    digests = []
    for path in (demo, again):
        with sqlite3.connect(f"file:{path}?immutable=1", uri=True) as opened:
            digest = hashlib.sha256()
            for table in ("users", "messages", "artifacts", "activity_log", "project_members"):
                for row in opened.execute(f"SELECT * FROM {table}"):
                    digest.update(repr(row).encode())
            digests.append(digest.hexdigest())
        opened.close()
    assert digests[0] == digests[1]


def test_it_has_what_a_real_application_has(connection):
    kinds = dict(
        connection.execute("SELECT type, count(*) FROM pragma_table_list GROUP BY type").fetchall()
    )
    assert {"table", "view", "virtual", "shadow"} <= kinds.keys()
    flags = connection.execute("SELECT sum(wr), sum(strict) FROM pragma_table_list").fetchone()
    assert min(flags) >= 1
    one = connection.execute
    assert one("SELECT count(*) FROM users WHERE last_seen_at IS NULL").fetchone()[0] > 0
    assert one("SELECT count(*) FROM messages WHERE body GLOB '*[一-龥]*'").fetchone()[0] > 0
    assert one("SELECT max(length(body)) FROM messages").fetchone()[0] > 1000
    assert one("SELECT typeof(avatar) FROM users WHERE avatar NOTNULL").fetchone() == ("blob",)
    assert one("SELECT substr(id, 15, 1) FROM users").fetchone() == ("7",)
    found = one(
        "SELECT count(*) FROM conversations_search WHERE conversations_search MATCH 'latency'"
    )
    assert found.fetchone()[0] > 0


def test_the_view_can_be_updated_through_its_trigger(demo, tmp_path):
    copy = tmp_path / "copy.db"
    copy.write_bytes(demo.read_bytes())
    opened = sqlite3.connect(copy, isolation_level=None)
    project, email = opened.execute("SELECT project, email FROM members LIMIT 1").fetchone()
    opened.execute(
        "UPDATE members SET role = 'chief' WHERE project = ? AND email = ?", (project, email)
    )
    assert opened.execute(
        "SELECT role FROM members WHERE project = ? AND email = ?", (project, email)
    ).fetchall() == [("chief",)]
    opened.close()


def test_the_project_has_one_pending_and_one_edited_migration(demo, connection):
    out = demo.parent / "drizzle"
    entries = json.loads((out / "meta" / "_journal.json").read_text())["entries"]
    recorded = {
        when: digest
        for digest, when in connection.execute("SELECT hash, created_at FROM __drizzle_migrations")
    }
    states = []
    for entry in entries:
        digest = hashlib.sha256((out / f"{entry['tag']}.sql").read_bytes()).hexdigest()
        known = recorded.get(entry["when"])
        states.append("pending" if known is None else "same" if known == digest else "edited")
    assert states == ["same", "same", "same", "edited", "same", "same", "pending"]
    assert len(list((out / "meta").glob("*_snapshot.json"))) == len(MIGRATIONS)


def test_the_snapshots_are_a_chain(demo):
    before = "00000000-0000-0000-0000-000000000000"
    for path in sorted((demo.parent / "drizzle" / "meta").glob("*_snapshot.json")):
        snapshot = json.loads(path.read_text())
        assert snapshot["prevId"] == before
        before = snapshot["id"]


def test_a_file_that_is_not_ours_is_never_replaced(tmp_path):
    (tmp_path / "demo.db").write_bytes(b"precious")
    assert main(["demo", "--no-open", "--rows", "1000", "--dir", str(tmp_path)]) == 5
    assert (tmp_path / "demo.db").read_bytes() == b"precious"
