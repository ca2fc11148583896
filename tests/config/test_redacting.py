"""Whether an address gives a password away."""

import pytest

from studio.config.redacting import holds_password


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
