"""What a finding says is so: an estimate says `~`, and a fix runs."""

import psycopg
import pytest

from tests.doctor.test_postgresql_samples import looked
from tests.postgres import run_sql


async def found(url, *checks):
    return {f.check: f for f in (await looked(url, only=checks)).findings}


async def test_rows_are_estimated_or_not_known(postgres):
    run_sql(
        postgres,
        "CREATE TABLE t (v json) WITH (autovacuum_enabled = off)",
        "INSERT INTO t SELECT '{}' FROM generate_series(1, 1200)",
    )
    checks = ("no_primary_key", "json_not_jsonb")
    said = {check: one.says for check, one in (await found(postgres, *checks)).items()}
    assert said == {
        "no_primary_key": "public.t has no primary key (an unknown number of rows)",
        "json_not_jsonb": "json in an unknown number of rows: read anew each time",
    }
    run_sql(postgres, "ANALYZE t")
    said = {check: one.says for check, one in (await found(postgres, *checks)).items()}
    assert said == {
        "no_primary_key": "public.t has no primary key (~1,200 rows)",
        "json_not_jsonb": "json in ~1,200 rows: read anew each time",
    }


async def test_a_sequence_behind_says_which_insert_fails(postgres):
    run_sql(
        postgres,
        "CREATE TABLE a (id serial PRIMARY KEY)",
        "INSERT INTO a VALUES (1), (2), (8), (20)",
        "ALTER SEQUENCE a_id_seq RESTART WITH 5",
    )
    one = (await found(postgres, "sequence_behind"))["sequence_behind"]
    numbers = {name: one.evidence[name] for name in ("next", "taken", "max")}
    assert numbers == {"next": 5, "taken": 8, "max": 20}
    assert one.says.startswith("the next number is 5, the largest there is 20: 8 is taken")
    run_sql(postgres, *["INSERT INTO a DEFAULT VALUES"] * 3)
    with pytest.raises(psycopg.errors.UniqueViolation):
        run_sql(postgres, "INSERT INTO a DEFAULT VALUES")
    run_sql(postgres, one.fix, "INSERT INTO a DEFAULT VALUES")
    assert not await found(postgres, "sequence_behind")


async def test_numbers_of_another_step_are_not_in_the_way(postgres):
    run_sql(
        postgres,
        "CREATE TABLE a (id serial PRIMARY KEY)",
        "ALTER SEQUENCE a_id_seq INCREMENT BY 2",
        "INSERT INTO a VALUES (2), (4), (6)",
    )
    assert not await found(postgres, "sequence_behind")


async def test_a_sequence_is_used_up_from_its_start_in_its_direction(postgres):
    run_sql(
        postgres,
        "CREATE TABLE young (id int GENERATED ALWAYS AS IDENTITY"
        " (START 900 MINVALUE 900 MAXVALUE 1000))",
        "INSERT INTO young DEFAULT VALUES",
        "CREATE TABLE old (id int GENERATED ALWAYS AS IDENTITY (START 900 MAXVALUE 1000))",
        "INSERT INTO old SELECT FROM generate_series(1, 95)",
        "CREATE SEQUENCE down INCREMENT BY -1 MINVALUE -100",
        "SELECT count(nextval('down')) FROM generate_series(1, 95)",
    )
    report = await looked(postgres, only=("sequence_near_end",))
    said = {one.object: one.says for one in report.findings}
    assert said == {
        "public.old.id": "95 of 101 numbers are used, 6 left; after 1,000 INSERT fails",
        "public.down": "95 of 100 numbers are used, 5 left; after -100 INSERT fails",
    }
    run_sql(postgres, *(one.fix for one in report.findings))
    assert not await found(postgres, "sequence_near_end")


async def test_a_sequence_that_cycles_begins_again(postgres):
    run_sql(
        postgres,
        "CREATE SEQUENCE s MAXVALUE 100 CYCLE",
        "CREATE TABLE t (id bigint PRIMARY KEY DEFAULT nextval('s'))",
        "INSERT INTO t SELECT FROM generate_series(1, 95)",
    )
    one = (await found(postgres, "sequence_near_end"))["sequence_near_end"]
    assert one.says.endswith(
        "after 100 it begins again at 1, and INSERT fails where that number is taken"
    )


async def test_what_a_name_says_it_says_in_camel_case_too(postgres):
    run_sql(
        postgres,
        'CREATE TABLE a (id int PRIMARY KEY, email text UNIQUE, "deletedAt" timestamptz, '
        '"totalPrice" float8, "priceList" float8, "expiresAt" timestamptz, "orderStatus" text)',
        'INSERT INTO a (id, "totalPrice", "expiresAt", "orderStatus") SELECT g, 1.5, '
        "now() - g * interval '1 day', CASE g % 2 WHEN 0 THEN 'open' ELSE 'closed' END "
        "FROM generate_series(2, 1500) g",
        "ANALYZE a",
    )
    report = await looked(postgres)
    assert {(f.check, f.object) for f in report.findings} >= {
        ("money_as_float", "public.a.totalPrice"), ("expired_rows_kept", "public.a.expiresAt"),
        ("enum_text_without_check", "public.a.orderStatus"),
        ("soft_delete_unique", "public.a_email_key"),
    }  # fmt: skip
    assert "public.a.priceList" not in {f.object for f in report.findings}


async def test_a_uuid_column_keeps_its_default(postgres):
    run_sql(
        postgres,
        "CREATE TABLE t (id int PRIMARY KEY, uid text DEFAULT gen_random_uuid()::text)",
        "INSERT INTO t SELECT generate_series(1, 500)",
        "ANALYZE t",
    )
    run_sql(postgres, (await found(postgres, "uuid_as_text"))["uuid_as_text"].fix)
    run_sql(postgres, "INSERT INTO t VALUES (501)")
    kind = "SELECT pg_typeof(uid)::text FROM t WHERE id = 501"
    assert run_sql(postgres, kind) == [("uuid",)]


async def test_a_json_column_keeps_its_default(postgres):
    run_sql(postgres, "CREATE TABLE t (id int PRIMARY KEY, v json DEFAULT '{}'::json)")
    run_sql(postgres, (await found(postgres, "json_not_jsonb"))["json_not_jsonb"].fix)
    run_sql(postgres, "INSERT INTO t VALUES (1)")
    assert run_sql(postgres, "SELECT pg_typeof(v)::text FROM t") == [("jsonb",)]


@pytest.mark.parametrize(
    ("columns", "more", "kept"),
    [
        ("a int NOT NULL UNIQUE", "", False),
        ("a int NOT NULL, b int, UNIQUE (a) INCLUDE (b)", "", False),
        ("a int NOT NULL UNIQUE", "CREATE TABLE u (a int REFERENCES t (a))", True),
        ("a int NOT NULL", "CREATE UNIQUE INDEX ON t (a)", False),
        ("a int NOT NULL", "CREATE UNIQUE INDEX ON t (a DESC)", True),
        ('"A (1)" text NOT NULL', 'CREATE UNIQUE INDEX ON t ("A (1)" COLLATE "C")', True),
        ("a text NOT NULL", "CREATE UNIQUE INDEX ON t (a text_pattern_ops)", True),
        ("a int NOT NULL UNIQUE", "CREATE UNIQUE INDEX ON t (a)", True),
        ("a int NOT NULL UNIQUE", "ALTER TABLE t REPLICA IDENTITY USING INDEX t_a_key", True),
    ],
)
async def test_what_is_unique_becomes_the_primary_key(postgres, columns, more, kept):
    run_sql(postgres, f"CREATE TABLE t ({columns})", *filter(None, [more]))
    one = next(
        f
        for f in (await looked(postgres, only=("no_primary_key",))).findings
        if f.object == "public.t"
    )
    run_sql(postgres, one.fix)
    indexes = "SELECT indisprimary FROM pg_index WHERE indrelid = 't'::regclass ORDER BY 1"
    assert run_sql(postgres, indexes) == [(False,)] * kept + [(True,)]


async def test_tables_without_statistics_are_named_and_empty_ones_need_none(postgres):
    run_sql(
        postgres,
        "CREATE TABLE gone (v int) WITH (autovacuum_enabled = off)",
        "INSERT INTO gone VALUES (1)",
        "DELETE FROM gone",
        "ANALYZE gone",
        "CREATE TABLE fresh (v int) WITH (autovacuum_enabled = off)",
        "INSERT INTO fresh VALUES (1)",
    )
    (blind,) = (await looked(postgres, only=("table_bloat",))).blind
    assert blind.why == "no statistics readable for 1 table: public.fresh"
    assert blind.opens == "ANALYZE"
