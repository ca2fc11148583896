"""What is kept of a statement when a secret stands in it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.sqltext.secrets import LEFT_OUT, without_secrets
from studio.sqltext.syntax import POSTGRESQL, SQLITE
from tests.examples import examples


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER ROLE me PASSWORD 'hush'",
        "CREATE USER me WITH ENCRYPTED PASSWORD\n'hush' LOGIN",
        "CREATE ROLE me PASSWORD E'hu\\'sh hush'",
        "CREATE ROLE me PASSWORD $x$hush$x$",
        "ALTER ROLE me PASSWORD 'hush",
        "ALTER ROLE me PASSWORD /* : */ 'hush'",
        "CREATE USER MAPPING FOR me SERVER s OPTIONS (user 'me', password 'hush')",
        "CREATE SERVER s OPTIONS (password='hush')",
        "CREATE SUBSCRIPTION s CONNECTION 'host=h password=hush user=me' PUBLICATION p",
        "SELECT dblink('postgresql://me:hush@host/db', 'SELECT 1')",
        "SELECT dblink('dbname=a password = ''hush''', 'SELECT 1')",
        "SET app.api_token = 'hush'",
        "SET SESSION my.password TO 'hush'",
        "SELECT set_config('app.secret', 'hush', false)",
        "COPY t TO PROGRAM 'curl -u me:hush https://host'",
        "-- postgresql://me:hush@host/db\nSELECT 1",
        'SELECT \'{"password": "hush"}\'::jsonb',
        "UPDATE users SET password = 'hush' WHERE id = 1",
        "GRANT ALL ON d.* TO me IDENTIFIED BY 'hush'",
    ],
)
def test_a_secret_is_left_out_and_the_rest_stays(sql):
    kept = without_secrets(sql, POSTGRESQL)
    assert "hush" not in kept
    assert LEFT_OUT in kept
    # Once and for all.
    assert without_secrets(kept, POSTGRESQL) == kept
    assert kept.split()[0] == sql.split()[0]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT password FROM users",
        "SELECT count(*) AS tokens, 'a:b@c' FROM t WHERE kind = 'token'",
        "ALTER ROLE me PASSWORD NULL",
        "CREATE TABLE users (id int, password text NOT NULL DEFAULT '')",
        "SELECT * FROM users WHERE password = :given AND token = $1",
        "SELECT a::text, b -> 'x', c[1:2] FROM t",
        "SELECT 'https://host/path?a=b@c'",
    ],
)
def test_what_holds_none_stays_as_it_is(sql):
    assert without_secrets(sql, POSTGRESQL) == sql


@settings(max_examples=examples(200))
@given(st.text(), st.sampled_from([POSTGRESQL, SQLITE]))
def test_any_text_is_taken_and_a_second_look_changes_nothing(text, syntax):
    kept = without_secrets(text, syntax)
    assert without_secrets(kept, syntax) == kept
