"""Which EXPLAIN each version of the server is asked for."""

import pytest

from studio.backends.postgresql.plans.explain_run import Options, explain
from studio.sqltext.parameters import highest_number
from studio.sqltext.syntax import POSTGRESQL

BASE = {"FORMAT JSON", "VERBOSE", "SETTINGS"}
MEASURED = BASE | {"ANALYZE", "BUFFERS"}


def asked(version, options, **more):
    statement = explain(version, options, **more)
    assert statement.startswith("EXPLAIN (")
    assert statement.endswith(") ")
    words = statement[len("EXPLAIN (") : -2].split(", ")
    assert len(words) == len(set(words))
    return set(words)


@pytest.mark.parametrize(
    ("version", "words"),
    [
        (120_022, {"SUMMARY"}),
        (130_000, {"SUMMARY", "BUFFERS"}),
        (150_020, {"SUMMARY", "BUFFERS"}),
        (160_014, {"SUMMARY", "BUFFERS"}),
        (170_000, {"SUMMARY", "BUFFERS", "MEMORY"}),
        (180_004, {"SUMMARY", "BUFFERS", "MEMORY"}),
    ],
)
def test_a_plan_alone(version, words):
    assert asked(version, Options()) == BASE | words


@pytest.mark.parametrize(
    ("version", "writing", "words"),
    [
        (120_000, True, set()),
        (130_000, False, set()),
        (130_000, True, {"WAL"}),
        (160_000, True, {"WAL"}),
        (170_000, False, {"MEMORY"}),
        (180_000, True, {"WAL", "MEMORY"}),
    ],
)
def test_a_measurement(version, writing, words):
    assert asked(version, Options(analyze=True), writing=writing) == MEASURED | words


def test_what_a_person_asks_for_comes_where_the_server_knows_it():
    assert "TIMING OFF" in asked(120_000, Options(analyze=True, timing=False))
    assert "TIMING OFF" not in asked(180_000, Options(timing=False))
    serialize = Options(analyze=True, serialize=True)
    assert "SERIALIZE TEXT" not in asked(160_000, serialize)
    assert "SERIALIZE TEXT" in asked(170_000, serialize)
    assert "SERIALIZE TEXT" not in asked(170_000, Options(serialize=True))
    assert "GENERIC_PLAN" in asked(160_000, Options(generic=True))
    assert "GENERIC_PLAN" not in asked(160_000, Options(generic=True, analyze=True))


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        ("SELECT 1", 0),
        ("SELECT $1", 1),
        ("SELECT $2 + $10", 10),
        ("SELECT '$1', $$ $2 $$, \"$3\" -- $4\n/* $5 */", 0),
        ("SELECT $tag$ $7 $tag$, a$8, $3::int", 3),
    ],
)
def test_parameters_are_those_outside_strings_and_comments(sql, count):
    assert highest_number(sql, POSTGRESQL) == count
