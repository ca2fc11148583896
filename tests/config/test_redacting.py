"""Whether an address gives a password away."""

import pytest

from studio.config.redacting import holds_password, redact


@pytest.mark.parametrize(
    ("address", "holds"),
    [
        ("postgresql://postgres:@/shop", False),
        ("postgresql://postgres:@localhost:5432/shop?password=", False),
        ("postgresql://postgres@localhost/shop", False),
        ("host=localhost password='' user=ada", False),
        ("postgresql://postgres:s3cret@/shop", True),
        ("postgresql://postgres::@/shop", True),
        ("postgresql://postgres:s3:@/shop", True),
        ("postgresql://postgres:@/shop?password=s3cret", True),
        ("host=localhost password=s3cret", True),
        ("ada:s3cret@localhost", True),
    ],
)
def test_a_password_is_one_that_is_not_empty(address, holds):
    assert holds_password(address) is holds


PASSWORDS = (
    *("hush", "hu@hush", "a/hush", "a?hush", "a#hush", "1/hush", "hush/1", "a:hush"),
    *("a@b/hush", "%2Fhush", "[hush]"),
)


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("rest", ["h/db", "h:5432/db?sslmode=require", "/db?host=/tmp"])
def test_no_password_is_shown_also_where_it_breaks_the_address(password, rest):
    shown = redact(f"postgresql://ada:{password}@{rest}")
    assert "hush" not in shown
    assert holds_password(f"postgresql://ada:{password}@{rest}")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://h:5432/db?application_name=me@here",
        "postgresql://h1:5432,h2:5433/db?application_name=me@here",
        "postgresql://ada@h/db?email=me@here",
        "sqlite:///C:/some@file.db",
        "duckdb:////a/file@x:y",
    ],
)
def test_an_address_without_a_password_stays_as_it_is(address):
    assert redact(address) == address
    assert not holds_password(address)
