"""Whatever lies in a folder: an entry with a reason, never a crash."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.cli.main import main
from studio.config import dotenv
from studio.migrations import javascript
from studio.migrations.board import load_board
from studio.migrations.reader import connect
from studio.migrations.reading import files, literals_python, targets
from studio.migrations.registry import frameworks
from tests.examples import examples
from tests.migrations.conftest import SAMPLES
from tests.migrations.projects import board_of, database, states, write
from tests.migrations.test_samples import CASES

TEXTS = {
    ".json",
    ".ts",
    ".js",
    ".mjs",
    ".py",
    ".ini",
    ".toml",
    ".yml",
    ".conf",
    ".prisma",
    ".rb",
    ".sql",
    "",
}
JUNK = (b"", b"\x00\xff\xfe{{{[[[", b"{" * 5000, b'"' * 999, b"\xef\xbb\xbf")


def damaged(path: Path, way: int) -> bytes:
    content = path.read_bytes()
    return (content[: len(content) // 3], content[: len(content) * 4 // 5], *JUNK)[way]


@pytest.mark.parametrize("name", CASES)
def test_damaged_files_give_a_board(name: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SAMPLES / name, tmp_path / "p"))
    for dump in folder.glob("database.sql"):
        dump.unlink()
    texts = [
        p for p in folder.rglob("*") if p.is_file() and (p.suffix in TEXTS or p.name[0] == ".")
    ]
    for number, path in enumerate(sorted(texts)):
        whole = path.read_bytes()
        path.write_bytes(damaged(path, number % 7))
        board = load_board(folder, connect, database=str(next(folder.rglob("*.db"), folder)))
        assert all(
            e.note or p.notes or e.state.is_settled for p in board.projects for e in p.entries
        )
        path.write_bytes(whole)


SOURCE = st.text(alphabet="{}[]()<>.,:;=!?&|+-*/\\`'\"$ \nabc1#@", max_size=200)
WORDS = st.lists(
    st.sampled_from(
        [
            "export",
            "default",
            "const",
            "let",
            "=",
            "{",
            "}",
            "[",
            "]",
            "(",
            ")",
            "=>",
            ":",
            ",",
            ";",
            "...",
            "as",
            "satisfies",
            "!",
            "??",
            "||",
            "`x`",
            "'y'",
            "1",
            "n",
            "new",
            "module",
            ".",
            "exports",
            "function",
            "async",
            "return",
            "process",
            "env",
            "X",
            "/",
            "*",
            "//",
            "${",
            "defineConfig",
        ]
    ),
    max_size=60,
).map(" ".join)


@given(st.one_of(SOURCE, WORDS))
@settings(max_examples=examples(400), deadline=None)
def test_any_script_can_be_read(source: str) -> None:
    javascript.read(source, {"X": "1"}, Path("/p"))


def test_deep_nesting_is_survived() -> None:
    for text in (
        "[" * 50_000,
        "{a:" * 50_000,
        "(" * 50_000,
        "!" * 50_000,
        "f(" * 20_000,
        "a?" * 9000,
    ):
        javascript.read(f"export default {text}", {}, Path("/p"))


@given(st.text(max_size=200))
def test_any_text_can_be_an_env_file_a_url_or_python(text: str) -> None:
    dotenv.parse(text)
    literals_python.parse_text(text)
    found = targets.target(text, Path("/base"), "sqlite")
    assert found is None or isinstance(found, str)


def test_no_password_survives_redaction() -> None:
    for text in (
        "postgresql://u:secret@h/d", "host=h password=secret user=u", "host=h password='secret x'",
        "mysql://u:secret@h:1/d?x=1", "libsql://h?authToken=secret", "postgresql://u:se@cret@h/d",
    ):  # fmt: skip
        assert "secret" not in targets.redacted(text)
        assert "cret" not in targets.redacted(text)


def test_links_that_loop_and_files_that_are_none(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "alembic.ini": "[alembic]\nscript_location = al\n",
            "knexfile.js": "module.exports = {client: 'pg'}",
        },
    )
    (tmp_path / "al").mkdir()
    (tmp_path / "al" / "versions").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "round").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(tmp_path / "drizzle.config.ts")
    os.mkfifo(tmp_path / "dbconfig.yml")
    (tmp_path / "yoyo.ini").mkdir()
    (tmp_path / "migrations").symlink_to("/dev", target_is_directory=True)
    assert board_of(tmp_path) is not None


def test_a_huge_migration_is_named_and_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"sqlx.toml": "", "migrations/1_a.sql": "", "migrations/2_b.sql": "x"})
    with (tmp_path / "migrations" / "1_a.sql").open("wb") as stream:
        stream.truncate(files.MAX_MIGRATION_BYTES + 1)
    database(
        tmp_path / "s.db",
        (
            "CREATE TABLE _sqlx_migrations (version BIGINT, description TEXT, in"
            "stalled_on TIMESTAMP, success BOOLEAN, checksum BLOB, execution_time BIGINT)"
        ),
    )
    (status,) = board_of(tmp_path, tmp_path / "s.db").projects
    assert "too large" in status.entries[0].note
    assert [e.state.value for e in status.entries] == ["pending", "pending"]


@pytest.mark.parametrize(
    "name", ["a\nb", "a\x1b[31m", "ü\u202e", "a'b\"c", "-rf", "%s%n", "…", "a b", "a#?%20"]
)
def test_hostile_names(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    write(
        folder,
        {
            "knexfile.js": "module.exports = {client: 'sqlite3', connection: {filename: 'k.db'}}",
            f"migrations/1_{name}.js": "exports.up = 1; exports.down = 1",
        },
    )
    database(
        folder / "k.db",
        (
            "CREATE TABLE knex_migrations (id integer, name varchar, batch integer, "
            "migration_time datetime)"
        ),
        (1, f"1_{name}.js", 1, 5),
    )
    assert states(folder) == {f"1_{name}.js": "applied"}


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    write(tmp_path, {"knexfile.js": "module.exports = { client: 'sqlite3', connection: 'k.db' }"})
    (tmp_path / "migrations").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path / "migrations") + b"/1_\xff.js")).write_text("exports.up")
    database(
        tmp_path / "k.db",
        (
            "CREATE TABLE knex_migrations (id integer, name varchar, batch integer, "
            "migration_time datetime)"
        ),
    )
    assert main(["migrations", str(tmp_path)]) == 0
    assert main(["migrations", str(tmp_path), "--json"]) == 0


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=examples(60),
    deadline=None,
)
@given(
    rows=st.lists(
        st.tuples(
            st.one_of(
                st.none(), st.text(max_size=8), st.binary(max_size=8), st.integers(-9, 2**62)
            ),
            st.one_of(st.none(), st.text(max_size=8), st.floats(), st.integers()),
            st.one_of(st.none(), st.text(max_size=8), st.integers(-(2**62), 2**62)),
            st.one_of(st.none(), st.text(max_size=8), st.binary(max_size=3)),
        ).map(
            lambda r: {
                "hash": r[0],
                "created_at": r[1],
                "name": r[2],
                "applied_at": r[3],
                "version": r[0],
                "dirty": r[1],
                "version_id": r[1],
                "is_applied": r[2],
                "tstamp": r[3],
                "id": r[2],
                "batch": r[1],
                "migration_time": r[2],
                "checksum": r[0],
                "success": r[3],
                "script": r[0],
                "installed_rank": r[1],
                "type": r[3],
                "description": r[2],
                "installed_on": r[2],
                "execution_time": r[1],
                "app": r[0],
                "applied": r[3],
                "migration_name": r[0],
                "finished_at": r[1],
                "rolled_back_at": r[2],
                "started_at": r[3],
                "logs": r[0],
                "timestamp": r[1],
                "executed_at": r[1],
                "run_on": r[2],
                "total": r[1],
                "version_num": r[0],
                "migration": r[0],
                "inserted_at": r[1],
                "applied_on": r[2],
                "migration_id": r[0],
                "applied_at_utc": r[1],
                "change": r[0],
                "committed_at": r[1],
                "script_hash": r[2],
                "author": r[0],
                "filename": r[1],
                "dateexecuted": r[2],
                "orderexecuted": r[3],
                "exectype": r[0],
                "error": r[0],
            }
        ),
        max_size=4,
    )
)
def test_any_row_can_be_in_a_history(rows: list[dict[str, object]]) -> None:
    for framework in frameworks():
        applied = framework.applied(rows)  # type: ignore[arg-type]
        orders = sorted(framework.order(a.key) for a in applied)
        assert len(orders) == len(applied)
