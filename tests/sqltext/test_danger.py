"""What is dangerous in a statement, and which relations it is about."""

import pytest

from studio.sqltext.danger import dangers_of, target_of
from studio.sqltext.syntax import POSTGRESQL, SQLITE

DANGEROUS = {
    "update t set a = 1": ("UPDATE without WHERE", (("t",),)),
    'UPDATE ONLY public."My T" AS m SET a = (SELECT 1 FROM x WHERE y)': (
        "UPDATE without WHERE",
        (("public", "My T"),),
    ),
    "delete from t using u": ("DELETE without WHERE", (("t",),)),
    "with x as (select 1 where true) delete from t": ("DELETE without WHERE", (("t",),)),
    "truncate table a, only b.c * restart identity": ("TRUNCATE", (("a",), ("b", "c"))),
    "drop table if exists a, b cascade": ("DROP", (("a",), ("b",))),
    "drop materialized view m": ("DROP", (("m",),)),
    "drop schema s cascade": ("DROP", ()),
    "alter table if exists only T add column x int": ("ALTER", (("t",),)),
}
HARMLESS = (
    "update t set a = 1 where b = 2",
    "delete from t where true",
    "alter role r set x = 1",
    "create table t (a int)",
    "insert into t select 1",
    "select 'drop table t'",
    "grant update on t to u",
    "",
)


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_takes_all_rows_or_the_table_is_seen(text):
    (found,) = dangers_of(text, POSTGRESQL)
    assert (found.words, found.targets) == DANGEROUS[text]


@pytest.mark.parametrize("text", HARMLESS)
def test_nothing_else_is(text):
    assert dangers_of(text, POSTGRESQL) == ()


def test_a_conflict_clause_is_no_name():
    (found,) = dangers_of("update or replace t set a = 1", SQLITE)
    assert found.targets == (("t",),)


def test_a_change_is_named_by_its_relation():
    texts = ("insert into a.b values (1)", "update t set x = 1", "delete from t", "merge into t")
    assert [target_of(text, POSTGRESQL) for text in texts] == ["a.b", "t", "t", ""]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("with x as (delete from t returning *) select * from x", ["DELETE"]),
        ("with x as (update t set a = 1), y as (delete from u) select 1", ["UPDATE", "DELETE"]),
        ("with x as (delete from u) delete from t", ["DELETE", "DELETE"]),
        ("explain (analyze, costs off) delete from t", ["DELETE"]),
        ("explain analyze verbose update t set a = 1", ["UPDATE"]),
        ("explain delete from t", []),
        ("with x as (delete from t where id = 1) select 1", []),
        ("with x as (select 1) select * from t for no key update", []),
        ("with x as (select 1) insert into t select 1 on conflict do update set a = 1", []),
    ],
)
def test_what_is_done_inside_another_statement_is_seen(text, seen):
    assert [danger.keyword for danger in dangers_of(text, POSTGRESQL)] == seen


def test_cascades_are_seen():
    (found,) = dangers_of("truncate a, b cascade", POSTGRESQL)
    assert found.cascades
    (found,) = dangers_of("drop schema s cascade", POSTGRESQL)
    assert found.cascades
