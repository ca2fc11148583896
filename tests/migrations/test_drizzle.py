"""Drizzle's rules: order, matching, what is never run."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from studio.demo.build import build
from studio.migrations.board import BoardOptions, load_board
from studio.migrations.reader import connect
from studio.model.migration import MigrationState
from tests.migrations.projects import board_of, database, states, write

OLD = (
    "CREATE TABLE __drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT "
    "NULL, created_at numeric)"
)
NEW = (
    "CREATE TABLE __drizzle_migrations (id INTEGER PRIMARY KEY, hash text NOT NULL, "
    "created_at numeric, name text, applied_at TEXT)"
)
CONFIG = "export default { dialect: 'sqlite', out: './drizzle', dbCredentials: { url: 'app.db' } }"
SQL = b"CREATE TABLE a (id integer);\r\n"


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def journal(*entries: tuple[str, int]) -> str:
    listed = [{"idx": n, "version": "6", "when": w, "tag": t} for n, (t, w) in enumerate(entries)]
    return json.dumps({"version": "7", "dialect": "sqlite", "entries": listed})


def old(folder: Path, *entries: tuple[str, int], config: str = CONFIG) -> Path:
    files: dict[str, str | bytes] = {f"drizzle/{tag}.sql": SQL for tag, _ in entries}
    files |= {"drizzle.config.ts": config, "drizzle/meta/_journal.json": journal(*entries)}
    return write(folder, files)


def test_an_older_entry_that_is_not_recorded_is_never_run(tmp_path: Path) -> None:
    folder = old(
        tmp_path, ("0000_a", 1000), ("0001_late", 1500), ("0001_b", 2000), ("0002_c", 3000)
    )
    database(tmp_path / "app.db", OLD, (None, digest(SQL), 1000), (None, digest(SQL), 2000))
    board = board_of(folder)
    (status,) = board.projects
    assert [(e.id, e.state.value) for e in status.entries] == [
        ("0000_a", "applied"),
        ("0001_late", "out-of-order"),
        ("0001_b", "applied"),
        ("0002_c", "pending"),
    ]
    assert "never runs" in status.entries[1].note
    assert "reports success" in status.entries[1].note


def test_journal_order_is_kept_whatever_the_names_say(tmp_path: Path) -> None:
    folder = old(tmp_path, ("_zeta", 1), ("_alpha", 2))
    database(tmp_path / "app.db", OLD)
    assert list(states(folder)) == ["_zeta", "_alpha"]


def test_rows_that_match_nothing_are_named_by_their_time(tmp_path: Path) -> None:
    folder = old(tmp_path, ("0000_a", 1000))
    database(tmp_path / "app.db", OLD, (None, digest(SQL), 1000), (None, "0" * 64, 1700))
    assert states(folder) == {"0000_a": "applied", "db:1700": "missing-file"}


def test_a_row_is_found_by_hash_when_its_time_is_not_there(tmp_path: Path) -> None:
    folder = old(tmp_path, ("0000_a", 1000))
    database(tmp_path / "app.db", OLD, (None, digest(SQL), 999))
    assert states(folder) == {"0000_a": "applied"}


def test_an_empty_hash_is_no_checksum(tmp_path: Path) -> None:
    folder = old(tmp_path, ("0000_a", 1000))
    database(tmp_path / "app.db", OLD, (None, "", 1000))
    assert states(folder) == {"0000_a": "applied"}


def test_line_ends_and_a_byte_order_mark_count(tmp_path: Path) -> None:
    folder = old(tmp_path, ("0000_a", 1000), ("0001_b", 2000))
    database(
        tmp_path / "app.db",
        OLD,
        (None, digest(SQL.replace(b"\r", b"")), 1000),
        (None, digest(b"\xef\xbb\xbf" + SQL), 2000),
    )
    assert states(folder) == {"0000_a": "changed", "0001_b": "changed"}


def test_files_without_an_entry_and_entries_without_a_file(tmp_path: Path) -> None:
    folder = old(tmp_path, ("0000_a", 1000), ("0001_b", 2000))
    (folder / "drizzle" / "0000_a.sql").unlink()
    (folder / "drizzle" / "0009_stray.sql").write_bytes(SQL)
    database(tmp_path / "app.db", OLD, (None, digest(SQL), 1000))
    assert states(folder) == {
        "0000_a": "missing-file",
        "0001_b": "pending",
        "0009_stray": "orphan-file",
    }


@pytest.mark.parametrize(
    "broken", ["", "{", '{"entries": 3}', '{"entries": [1, {"tag": 7}]}', "[]"]
)
def test_a_broken_journal_is_a_reason(tmp_path: Path, broken: str) -> None:
    folder = old(tmp_path, ("0000_a", 1000))
    (folder / "drizzle" / "meta" / "_journal.json").write_text(broken)
    database(tmp_path / "app.db", OLD)
    (status,) = board_of(folder).projects
    assert status.entries[0].state in {MigrationState.UNKNOWN, MigrationState.ORPHAN_FILE}
    assert status.entries[0].note


def test_a_tag_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {"secret.sql": "x"})
    folder = old(tmp_path / "p", ("0000_a", 1000))
    (folder / "drizzle/meta/_journal.json").write_text(journal(("../../secret", 1000)))
    database(folder / "app.db", OLD)
    assert states(folder)["../../secret"] == "missing-file"


def test_a_configured_table_is_found(tmp_path: Path) -> None:
    config = (
        "import type { Config } from 'drizzle-kit';\n"
        "const settings: Config = { dialect: 'turso', out: `./drizzle`, // where\n"
        " dbCredentials: { url: process.env.LOCAL_DB as string },\n"
        " migrations: { table: 'my_log' } };\n"
        "export default settings;"
    )
    folder = old(tmp_path, ("0000_a", 1000), config=config)
    write(folder, {".env": "LOCAL_DB='file:./data/x.db' # here\n"})
    database(
        tmp_path / "data/x.db",
        OLD.replace("__drizzle_migrations", "my_log"),
        (None, digest(SQL), 1000),
    )
    assert states(folder) == {"0000_a": "applied"}


def test_a_history_under_another_name_is_found_by_its_columns(tmp_path: Path) -> None:
    folder = old(tmp_path, ("0000_a", 1000))
    ddl = OLD.replace("__drizzle_migrations", "app_migrations")
    database(tmp_path / "app.db", ddl, (None, digest(SQL), 1000))
    assert states(folder) == {"0000_a": "applied"}


def folders(folder: Path, *names: str) -> Path:
    files: dict[str, str | bytes] = {f"drizzle/{name}/migration.sql": SQL for name in names}
    return write(folder, files | {"drizzle.config.ts": CONFIG, "drizzle/notes/readme.md": "x"})


def test_the_new_layout_compares_by_name_and_runs_late_ones(tmp_path: Path) -> None:
    folder = folders(tmp_path, "20260101000000_a", "20260102000000_late", "20260103000000_c")
    database(
        tmp_path / "app.db",
        NEW,
        (1, digest(SQL), 1767225600000, "20260101000000_a", "2026-01-05T00:00:00.000Z"),
        (2, digest(SQL), 1767398400000, "20260103000000_c", None),
    )
    (status,) = board_of(folder).projects
    assert [e.state.value for e in status.entries] == ["applied", "out-of-order", "applied"]
    assert "runs it" in status.entries[1].note
    assert status.entries[0].applied_at == "2026-01-05T00:00:00Z"


def test_the_new_layout_over_an_old_table_matches_by_whole_seconds(tmp_path: Path) -> None:
    folder = folders(tmp_path, "20260101000000_a", "20260103000000_c")
    database(tmp_path / "app.db", OLD, (None, digest(SQL), 1767225600123))
    assert states(folder) == {"20260101000000_a": "applied", "20260103000000_c": "pending"}


def test_a_row_of_the_new_table_without_a_folder(tmp_path: Path) -> None:
    folder = folders(tmp_path, "20260101000000_a")
    database(tmp_path / "app.db", NEW, (1, digest(SQL), 1767398400000, "20260103000000_gone", None))
    assert states(folder) == {
        "20260101000000_a": "out-of-order",
        "20260103000000_gone": "missing-file",
    }


def test_two_packages_of_one_repository_share_a_database(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    for name in ("one", "two"):
        config = CONFIG.replace(
            "'app.db' }", f"'../app.db' }}, migrations: {{ table: 'log_{name}' }}"
        )
        old(tmp_path / "packages" / name, (f"0000_{name}", 1000), config=config)
    ddl = "".join(OLD.replace("__drizzle_migrations", f"log_{n}") + ";" for n in ("one", "two"))
    database(tmp_path / "packages" / "app.db", ddl, (None, digest(SQL), 1000), table="log_two")
    assert states(tmp_path) == {"0000_one": "pending", "0000_two": "applied"}
    assert set(states(tmp_path / "packages" / "one")) == {"0000_one", "db:1000"}


def test_the_project_the_demo_makes(tmp_path: Path) -> None:
    build(tmp_path, 1000, lambda _table, _share: None)
    (status,) = load_board(tmp_path, connect, wishes=BoardOptions(drift=True)).projects
    assert [e.state.value for e in status.entries] == [
        *["applied"] * 3,
        "changed",
        "applied",
        "applied",
        "pending",
    ]
    assert status.drift == ()
    assert "not-null-without-default" in {h.rule for h in status.hazards}


def test_a_file_the_journal_names_twice_runs_twice(tmp_path: Path) -> None:
    folder = old(tmp_path, ("0000_a", 1000), ("0001_b", 2000), ("0001_b", 3000))
    database(tmp_path / "app.db", OLD, (None, digest(SQL), 1000), (None, digest(SQL), 2000))
    (status,) = board_of(folder).projects
    assert [(e.id, e.state.value) for e in status.entries] == [
        ("0000_a", "applied"),
        ("0001_b", "applied"),
        ("0001_b", "pending"),
    ]
