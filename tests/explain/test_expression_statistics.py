"""A wrong estimate of an expression: only statistics of the expression mend it."""

from studio.db.session import Session
from studio.db.url import parse
from studio.explain.run import Request, explain
from tests.postgres import run_sql

JOIN = (
    "SELECT * FROM people p JOIN seen s ON s.person = p.id WHERE lower(p.email) = 'a@example.com'"
)


async def test_statistics_of_an_expression_are_advised_and_mend_the_estimate(postgres):
    run_sql(
        postgres,
        "CREATE TABLE people (id int PRIMARY KEY, email text)",
        "INSERT INTO people SELECT i, CASE WHEN i % 2 = 0 THEN 'A@example.com' "
        "ELSE 'x' || i END FROM generate_series(1, 20000) i",
        "CREATE TABLE seen (person int)",
        "INSERT INTO seen SELECT i FROM generate_series(1, 20000) i",
        "ANALYZE",
    )
    session = await Session.open(parse(postgres))
    try:
        run = await explain(session, Request(JOIN, analyze=True))
        (finding,) = (f for f in run.shown.findings if f.id == "row_misestimate")
        assert "CREATE STATISTICS" in finding.fix
        assert "ON (lower(email)) FROM" in finding.fix
        run_sql(postgres, *finding.fix.splitlines())
        again = await explain(session, Request(JOIN, analyze=True))
        assert "row_misestimate" not in {f.id for f in again.shown.findings}
    finally:
        await session.close()
