"""URLs as ORMs write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.backends.base import Purpose
from studio.backends.postgresql import orm_urls
from studio.db.session import Session, described
from studio.db.url import parse
from studio.model.errors import ConnectFailed
from tests.postgres import run_sql


async def asked(address: str, sql: str) -> tuple[object, str]:
    """One value, and what the top line says."""
    session = await Session.open(parse(address))
    try:
        server = await session.identify()
        lane = session.lane(Purpose.QUERY)
        return (await lane.fetch(sql)).rows[0][0], described(server, session.opening)
    finally:
        await session.close()


@pytest.mark.parametrize("name", ["shop", "My Shop", 'qu"ote', "back\\slash", "per%cent", "a'b"])
@pytest.mark.parametrize("parameter", ["schema", "currentSchema", "search_path"])
async def test_a_schema_is_where_names_are_found(postgres: str, name: str, parameter: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    run_sql(postgres, f"CREATE SCHEMA {quoted}", f"CREATE TABLE {quoted}.t AS SELECT 7 AS n")
    encoded = "".join(f"%{byte:02x}" for byte in name.encode())
    value, _ = await asked(f"{postgres}&{parameter}={encoded}", "SELECT n FROM t")
    assert value == "7"


async def test_several_schemas_and_other_options_live_together(postgres: str) -> None:
    run_sql(postgres, "CREATE SCHEMA a", "CREATE SCHEMA b")
    address = f"{postgres}&schema=a,b&options=-c%20geqo%3Doff"
    assert (await asked(address, "SHOW search_path"))[0] == '"a","b"'
    assert (await asked(address, "SHOW geqo"))[0] == "off"


async def test_what_is_about_pools_is_left_out_with_a_word(postgres: str) -> None:
    address = f"{postgres}&pgbouncer=true&connection_limit=5&charset=utf8&sslmode=prefer"
    value, words = await asked(address, "SELECT 1")
    assert value == "1"
    assert "ignores pgbouncer, connection_limit" in words
    assert "charset" not in words


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("nope=secret", "nope"),
        ("shema=public", "did you mean schema"),
        ("charset=latin1", "UTF-8"),
        ("%1b%5d0=secret", "no word"),
    ],
)
def test_what_nobody_knows_is_named_and_its_value_is_not(query: str, says: str) -> None:
    with pytest.raises(ConnectFailed, match=says) as caught:
        orm_urls.read(f"postgresql://u@h/d?{query}")
    assert "secret" not in str(caught.value)
    assert str(caught.value).isprintable()


@given(value=st.text(min_size=1))
def test_libpqs_own_parameters_stay_as_they_are(value: str) -> None:
    encoded = "".join(f"%{byte:02X}" for byte in value.encode("utf-8", "replace"))
    address = f"postgresql://u@/d?host={encoded}"
    assert orm_urls.read(address).address == address
