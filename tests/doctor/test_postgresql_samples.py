"""Every sample database: what must be found is, what must not is not, and each fix mends."""

from contextlib import contextmanager

import psycopg
import pytest

from studio.db.session import Session
from studio.db.url import parse
from tests.doctor.sample_databases import POSTGRESQL, expected, report_of, script, wrong

NOTHING_TO_RUN = {"large_json"}
UNTIL_STATISTICS_ARRIVE_S = 20


@contextmanager
def loaded(url, name):
    """The sample's database; its roles go when the block ends."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(script(name))
    try:
        yield url
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            for role in expected(name).get("roles", ()):
                connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


async def looked(url, **asked):
    session = await Session.open(parse(url))
    try:
        return await report_of(session, **asked)
    finally:
        await session.close()


def statements(fix):
    return [line for line in fix.split(";\n") if line.strip()]


@pytest.mark.parametrize("name", POSTGRESQL)
async def test_a_sample_shows_what_it_was_built_with_and_each_fix_mends(name, postgres):
    with loaded(postgres, name) as url:
        report = await looked(url)
        assert report.complete
        assert not [b for b in report.blind if "statistics readable" not in b.why]
        assert not wrong(name, report.findings)
        found = [f for f in report.findings if f.scope == "database"]
        assert not [f for f in found if not f.fix and f.check not in NOTHING_TO_RUN]
        with psycopg.connect(url, autocommit=True) as connection:
            for one in found:
                for statement in statements(one.fix):
                    connection.execute(statement)
        again = await looked(url)
        left = {(f.check, f.object) for f in again.findings}
        assert not left & {(f.check, f.object) for f in found if f.fix}
