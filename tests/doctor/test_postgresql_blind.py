"""What a role without rights cannot know is said; an empty database has nothing wrong."""

import json

import psycopg
import pytest

from studio.backends.halves.checking import CheckOptions
from studio.backends.postgresql.doctor import checking, queries
from studio.backends.postgresql.doctor.checking import PostgreSQLChecking
from studio.cli.main import main
from studio.db.session import Session
from studio.db.url import parse
from tests.activity.situations import stage
from tests.doctor.test_command import document
from tests.doctor.test_postgresql_samples import looked
from tests.postgres import run_sql


async def test_an_empty_database_has_nothing_wrong(postgres):
    report = await looked(postgres)
    assert report.complete
    assert [f for f in report.findings if f.scope == "database"] == []
    assert report.blind == []


async def test_a_role_without_rights_is_told_what_it_cannot_see(postgres_server, postgres):
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(
            "CREATE ROLE doctor_nobody LOGIN; CREATE TABLE a (id bigserial PRIMARY KEY, v text);"
            "INSERT INTO a (v) VALUES ('x'); ANALYZE"
        )
        database = connection.info.dbname
    try:
        report = await looked(postgres_server.url(database, "doctor_nobody"))
    finally:
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute("DROP ROLE doctor_nobody")
    blind = {one.check: one for one in report.blind}
    assert blind.keys() >= {"sequence_behind", "sequence_near_end", "uuid_as_text", "table_bloat"}
    assert all(one.opens for one in blind.values())
    assert report.complete


def test_a_check_that_is_refused_is_a_line_and_the_run_goes_on(postgres, capsys, monkeypatch):
    whole = queries.text
    monkeypatch.setattr(
        "studio.backends.postgresql.doctor.checking.text",
        lambda name: "SELECT 1 / 0" if name == "public_grant" else whole(name),
    )
    assert main(["doctor", postgres, "--only", "public_grant,dead_rows", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [b["check"] for b in found["blind"]] == ["public_grant"]
    assert "(22012)" in found["blind"][0]["why"]
    assert main(["doctor", postgres, "--only", "public_grant"]) == 4
    assert "could not look" in capsys.readouterr().err


async def test_looking_leaves_the_session_as_it_was(postgres):

    session = await Session.open(parse(postgres))
    lane = session.examining()

    def look(connection):
        before = connection.exec_driver_sql("SHOW application_name").scalar_one()
        PostgreSQLChecking().begin(connection, session.opening, CheckOptions()).look("dead_rows")
        after = connection.exec_driver_sql("SHOW application_name").scalar_one()
        jit = connection.exec_driver_sql("SHOW statement_timeout").scalar_one()
        return before == after, jit

    try:
        same, timeout = await lane.run(look)
    finally:
        await lane.close()
        await session.close()
    assert same
    assert timeout == "0"


@pytest.mark.parametrize("name", ["a\nb", 'q"q', "x\x1b[31m"])
async def test_hostile_names_come_quoted(postgres, name):
    quoted = name.replace('"', '""')
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f'CREATE TABLE "{quoted}" (v int); CREATE INDEX ON "{quoted}" (v)')
        connection.execute(f'CREATE INDEX "again {quoted}" ON "{quoted}" (v)')
        report = await looked(postgres, only=("no_primary_key", "duplicate_index"))
        assert {f.check for f in report.findings} == {"no_primary_key", "duplicate_index"}
        for one in report.findings:
            connection.execute(one.fix)
    report = await looked(postgres, only=("no_primary_key", "duplicate_index"))
    assert report.findings == []


async def test_a_check_that_takes_too_long_is_blind_and_the_roles_own_limit_is_not_ours(
    postgres_server, postgres, monkeypatch
):
    whole, begin = queries.text, checking._BEGIN
    with psycopg.connect(postgres, autocommit=True) as connection:
        database = connection.info.dbname
        connection.execute("CREATE ROLE doctor_hasty LOGIN SUPERUSER")
        connection.execute("ALTER ROLE doctor_hasty SET statement_timeout = '100ms'")
    url = postgres_server.url(database, "doctor_hasty")
    slow = "SELECT FROM generate_series(1, 1) WHERE pg_sleep(0.3)::text IS NULL"
    monkeypatch.setattr(checking, "text", lambda n: slow if n == "dead_rows" else whole(n))
    try:
        assert (await looked(url, only=("dead_rows",))).blind == []
        monkeypatch.setattr(checking, "_BEGIN", begin.replace("'10s'", "'50ms'"))
        report = await looked(url, only=("dead_rows", "public_grant"))
    finally:
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute("DROP ROLE doctor_hasty")
    assert [one.check for one in report.blind] == ["dead_rows"]
    assert "(57014)" in report.blind[0].why
    assert report.complete
    assert not report.saw_nothing


async def test_a_partitioned_table_is_said_once_and_not_each_partition(postgres):
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE owner (id int PRIMARY KEY);"
            "CREATE TABLE part (at timestamp, owner int REFERENCES owner) PARTITION BY RANGE (at)"
        )
        for year in (2024, 2025, 2026):
            connection.execute(
                f"CREATE TABLE part_{year} PARTITION OF part "
                f"FOR VALUES FROM ('{year}-01-01') TO ('{year + 1}-01-01')"
            )
    report = await looked(postgres)
    of_database = [f for f in report.findings if f.scope == "database"]
    assert {f.table for f in of_database} == {"public.part"}
    assert {f.check for f in of_database} == {
        "foreign_key_without_index", "no_primary_key", "timestamp_without_time_zone",
    }  # fmt: skip
    assert len(of_database) == 3
    key = next(f for f in of_database if f.check == "foreign_key_without_index")
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(key.provable.sql)
        connection.execute(key.fix)
    assert "foreign_key_without_index" not in {f.check for f in (await looked(postgres)).findings}


async def test_one_of_a_thing_is_said_as_one(postgres, sqlite_file):
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE t (a timestamp, b timestamptz); INSERT INTO t VALUES (NULL)"
        )
        connection.execute("ANALYZE")
    file = sqlite_file(
        "CREATE TABLE p (id INTEGER PRIMARY KEY)",
        "CREATE TABLE c (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p (id))",
        "INSERT INTO c VALUES (1, 9)",
    )
    said = {}
    for url in (postgres, str(file)):
        said |= {f.check: f.says for f in (await looked(url)).findings}
    assert said["no_primary_key"] == "public.t has no primary key (~1 row)"
    assert said["timestamp_without_time_zone"].endswith("elsewhere 1 column with one")
    assert said["foreign_key_violation"] == "1 row of c references a row of p that is not there"
    assert said["foreign_keys_off"].startswith("1 row breaks a declared key: ")


async def test_looking_is_not_counted_as_rollbacks(postgres):
    count = "SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()"
    before = run_sql(postgres, "SELECT pg_stat_force_next_flush()", count)
    report = await looked(postgres)
    assert report.complete
    assert run_sql(postgres, "SELECT pg_stat_force_next_flush()", count) == before


def test_what_somebody_locked_is_named_once_and_all_else_is_looked_at(postgres, capsys):
    run_sql(
        postgres,
        "CREATE TABLE held (v int); CREATE TABLE part (v int) PARTITION BY RANGE (v);"
        "CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (9)",
        "CREATE TABLE free (v int); CREATE INDEX ON free (v); CREATE INDEX again ON free (v)",
    )
    with psycopg.connect(postgres, application_name="a migration") as holder:
        holder.execute("LOCK TABLE held, part_1 IN ACCESS EXCLUSIVE MODE")
        _, found = document(capsys, postgres)
        assert main(["doctor", postgres]) == 0
        pid = holder.info.backend_pid
    assert found["complete"]
    on_copies = [f for f in found["findings"] if f["check"] == "duplicate_index"]
    assert [f["object"] for f in on_copies] == ["public.again"]
    assert {b["why"] for b in found["blind"]} == {
        f"at public.held, public.part_1, which pid {pid} (postgres, a migration) has locked"
    }
    blind = {b["check"] for b in found["blind"]}
    assert "duplicate_index" in blind
    # Nothing of a server lies in a table.
    assert not blind & {"server_settings", "xid_age", "connections_near_limit"}
    lines = [one for one in capsys.readouterr().err.splitlines() if "could not look" in one]
    assert [line.partition(": ")[2].partition(" could")[0] for line in lines] == [
        f"{len(blind)} checks"
    ]


async def test_who_waits_to_lock_is_in_the_way_too(postgres):
    run_sql(postgres, "CREATE TABLE held (v int)", "CREATE TABLE free (v int)")
    with psycopg.connect(postgres) as reader, stage(postgres) as on:
        reader.execute("SELECT FROM held")
        waiter = on.actor("alter").wait("ALTER TABLE held ADD w int")
        on.blocked(waiter)
        report = await looked(postgres, only=("no_primary_key",))
    assert [f.object for f in report.findings] == ["public.free"]
    (blind,) = report.blind
    assert blind.why == f"at public.held, which pid {waiter.pid} (postgres, alter) waits to lock"
