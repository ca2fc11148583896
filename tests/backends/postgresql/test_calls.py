"""Reading cannot be talked into acting, however a call is spelled or hidden; and reads are read."""

import asyncio
import os
from contextlib import aclosing, contextmanager

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.backends.base import Purpose
from studio.backends.plans.consent import NeedsConsent
from studio.cli.main import main
from studio.db.session import Session
from studio.db.statements import read, refuse_beyond_read_only
from studio.db.url import parse
from studio.explain.run import Request, explain
from studio.model.errors import ReadOnly, Refused, StatementFailed, StudioError
from studio.sqltext.split import split
from studio.sqltext.syntax import POSTGRESQL
from tests.backends.postgresql.acting import (
    DOMAINS,
    FOREIGN,
    FUNCTIONS,
    INDIRECT,
    SCHEMA,
    THROUGH_DOMAINS,
)
from tests.backends.postgresql.healthy import READS
from tests.spellings import GAPS, NAMES, PLACES, calls

EXAMPLES = int(os.environ.get("STUDIO_TRICKS", "60"))
"""STUDIO_TRICKS=3000 is the long run."""
A_SESSION = 10
"""Statements tried in one session."""
REFUSED = 5
CONTENTS = """
SELECT (SELECT array_agg(t ORDER BY a)::text FROM t), (SELECT last_value FROM s),
       (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_proc),
       (SELECT count(*) FROM pg_collation), (SELECT count(*) FROM pg_largeobject_metadata),
       (SELECT count(*) FROM pg_replication_slots), (SELECT count(*) FROM pg_prepared_xacts),
       (SELECT count(*) FROM pg_db_role_setting), (SELECT max(xmin::text::bigint) FROM pg_class),
       (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'),
       (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()),
       (SELECT pg_conf_load_time()), pg_walfile_name(pg_current_wal_insert_lsn()),
       pg_snapshot_xmax(pg_current_snapshot())
"""


class Watched:
    """A database, a session to end, and all that could change."""

    def __init__(self, server, name, victim):
        self.server = server
        self.url = server.url(name)
        self.made = server.folder / "made"
        self.victim = victim
        self.watching = psycopg.connect(self.url, autocommit=True)
        self.watching.execute("LISTEN heard")

    def filled(self, text):
        """The text with this run's file and session in it."""
        return text.replace("@made", str(self.made)).replace(
            "@victim", str(self.victim.info.backend_pid)
        )

    def state(self):
        """Contents, settings, slots, locks, WAL; the server's files; the victim; who was told."""
        assert self.victim.execute("SELECT 'alive'").fetchone() == ("alive",)
        files = sorted(
            str(path.relative_to(self.server.folder))
            for path in self.server.folder.rglob("*")
            if "pg_stat" not in path.name and "pgsql_tmp" not in str(path)
        )
        heard = list(self.watching.notifies(timeout=0))
        return self.watching.execute(CONTENTS).fetchone(), files, heard


@contextmanager
def watching(postgres_server, schema):
    with postgres_server.database() as name:
        url = postgres_server.url(name)
        with psycopg.connect(url, autocommit=True) as connection:
            made = str(postgres_server.folder / "made")
            connection.execute(schema.replace("@made", made).encode())
            # As a new major version finds it: there is something left to import.
            connection.execute("DELETE FROM pg_collation WHERE collprovider = 'c' AND oid > 950")
        with psycopg.connect(url, autocommit=True) as victim:
            found = Watched(postgres_server, name, victim)
            # What reading writes once: hint bits, and files of statistics and relation maps.
            asyncio.run(tried(found, ["SELECT * FROM t", "SELECT * FROM made_of"]))
            yield found
            found.watching.close()


@pytest.fixture(scope="module")
def watched(postgres_server):
    with watching(postgres_server, SCHEMA + FOREIGN) as found:
        yield found


@pytest.fixture(scope="module")
def with_domains(postgres_server):
    with watching(postgres_server, SCHEMA + DOMAINS) as found:
        yield found


async def tried(watched, texts, **options):
    """What came of each text, as `studio query` without --write runs it."""
    session = await Session.open(parse(watched.url, read_only=True, **options))
    outcomes = []
    try:
        lane = session.lane(Purpose.QUERY)
        for text in texts:
            try:
                for statement in split(watched.filled(text), POSTGRESQL):
                    refuse_beyond_read_only(statement.text, POSTGRESQL)
                    async with aclosing(read(lane, statement.text, POSTGRESQL)) as chunks:
                        async for _ in chunks:
                            pass
            except StudioError as error:
                outcomes.append(error)
            else:
                outcomes.append(None)
    finally:
        await session.close()
    return outcomes


def refused(watched, texts):
    """Assert that each is refused, and nothing is changed by any; how many studio refused itself.

    The server refuses what makes no sense (class 42), a SETOF function in CASE (0A000), and what
    no read-only transaction may do.
    """
    before = watched.state()
    count = 0
    for text, outcome in zip(texts, asyncio.run(tried(watched, texts)), strict=True):
        code = outcome.code if isinstance(outcome, StatementFailed) else ""
        assert isinstance(outcome, Refused) or code[:2] in {"42", "0A"}, (text, outcome)
        count += isinstance(outcome, Refused)
    assert watched.state() == before
    return count


def test_what_acts_acts_when_nobody_holds_it_back(watched):
    with psycopg.connect(watched.url) as connection:
        connection.read_only = True
        connection.execute("SELECT acts()")
        connection.rollback()
    assert watched.made.exists()
    watched.made.unlink()


@pytest.mark.parametrize("how", NAMES)
def test_no_spelling_of_a_name_hides_it(watched, how):
    texts = []
    for number, (name, arguments) in enumerate(FUNCTIONS.items()):
        gap, place = GAPS[number % len(GAPS)], PLACES[number % len(PLACES)]
        whole = f"{gap}.{gap}".join(NAMES[how](part) for part in name.split("."))
        texts.append(place.replace("{call}", f"{whole}{gap}({arguments})"))
    assert refused(watched, texts) > 0.9 * len(texts)


@settings(
    max_examples=EXAMPLES // A_SESSION,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(texts=st.lists(calls(FUNCTIONS), min_size=A_SESSION, max_size=A_SESSION))
def test_no_call_is_hidden(watched, texts):
    refused(watched, texts)


def test_nothing_acts_without_a_call_in_sight(watched):
    assert refused(watched, INDIRECT) > 0.9 * len(INDIRECT)


def test_nothing_acts_through_the_check_of_a_domain(with_domains):
    assert refused(with_domains, THROUGH_DOMAINS) > 0.9 * len(THROUGH_DOMAINS)


def test_there_are_many_tricks():
    assert len(FUNCTIONS) * len(NAMES) + len({*INDIRECT, *THROUGH_DOMAINS}) >= 150


def test_a_path_of_somebody_else_changes_what_names_mean_and_is_asked_too(watched):
    with psycopg.connect(watched.url, autocommit=True) as connection:
        connection.execute("CREATE ROLE misled LOGIN SUPERUSER")
        connection.execute("ALTER ROLE misled SET search_path = evil, pg_catalog, public")
    try:
        misled = Watched(watched.server, watched.watching.info.dbname, watched.victim)
        misled.url = misled.url.replace("postgres@", "misled@")
        refused(misled, ["SELECT lower('x')", "SELECT a FROM t WHERE a = 1"])
        # What studio asks is looked up on a path of its own.
        before = misled.state()
        assert asyncio.run(tried(misled, ["SELECT a FROM t", "SHOW search_path"])) == [None, None]
        assert misled.state() == before
        misled.watching.close()
    finally:
        with psycopg.connect(watched.url, autocommit=True) as connection:
            connection.execute("DROP ROLE misled")


def test_a_role_without_rights_is_told_as_much(watched):
    with psycopg.connect(watched.url, autocommit=True) as connection:
        connection.execute("CREATE ROLE humble LOGIN; GRANT SELECT ON t, plain_view TO humble")
    try:
        humble = Watched(watched.server, watched.watching.info.dbname, watched.victim)
        humble.url = humble.url.replace("postgres@", "humble@")
        refused(humble, ["SELECT 1 ~~~ 2", 'SELECT U&"\\0061cts"()'])
        texts = ["SELECT * FROM t", "SELECT * FROM plain_view", "SELECT random()"]
        assert asyncio.run(tried(humble, texts)) == [None] * len(texts)
        humble.watching.close()
    finally:
        with psycopg.connect(watched.url, autocommit=True) as connection:
            connection.execute("DROP OWNED BY humble; DROP ROLE humble")


def test_reads_are_read(with_domains):
    outcomes = asyncio.run(tried(with_domains, READS))
    failed = [(text, str(o)) for text, o in zip(READS, outcomes, strict=True) if o is not None]
    assert failed == []
    assert len(READS) >= 200


def test_the_statement_runs_with_the_settings_it_had(watched):
    async def shown():
        session = await Session.open(parse(watched.url, read_only=True))
        try:
            lane = session.lane(Purpose.QUERY)
            found = []
            for name in ("search_path", "client_min_messages", "debug_print_parse", "jit"):
                async with aclosing(read(lane, f"SHOW {name}", POSTGRESQL)) as chunks:
                    found += [chunk.rows[0][0] async for chunk in chunks]
            return found
        finally:
            await session.close()

    assert asyncio.run(shown()) == ['"$user", public', "notice", "off", "off"]


@pytest.mark.parametrize("text", ['SELECT U&"\\0061cts"()', "TABLE over_view", "SELECT 1 ~~~ 2"])
def test_the_command_says_what_would_be_called_and_what_to_do(watched, capsys, text):
    assert main(["query", watched.url, text]) == REFUSED
    said = capsys.readouterr().err
    assert "public.acts" in said
    assert "--write" in said
    assert not watched.made.exists()
    assert main(["explain", watched.url, text, "--analyze"]) == REFUSED
    assert "public.acts" in capsys.readouterr().err
    assert not watched.made.exists()


async def explained(url, sql, **options):
    session = await Session.open(parse(url))
    try:
        return await explain(session, Request(sql, **options))
    finally:
        await session.close()


def test_nothing_is_measured_without_consent(watched):
    before = watched.state()
    texts = [f"SELECT {name}({arguments})" for name, arguments in FUNCTIONS.items()]
    for text in [*texts, "TABLE over_view", "SELECT 1 ~~~ 2"]:
        with pytest.raises(NeedsConsent):
            asyncio.run(explained(watched.url, watched.filled(text), analyze=True))
    assert watched.state() == before


def test_planning_runs_no_view_through_a_stable_function(watched):
    hidden = "SELECT * FROM t WHERE b = table_to_xml('acting_view', true, false, '')::text"
    before = watched.state()
    with pytest.raises(ReadOnly, match="table_to_xml"):
        asyncio.run(explained(watched.url, hidden))
    assert asyncio.run(explained(watched.url, "SELECT acts()")).shown
    assert watched.state() == before


def test_consent_lets_it_act(watched):
    asyncio.run(explained(watched.url, "SELECT acts()", analyze=True, consent=True))
    assert watched.made.exists()
    watched.made.unlink()


def test_bound_values_do_not_hide_the_call(watched, capsys):
    text = "SELECT acts(:n) FROM t WHERE b LIKE '%a:n'"
    assert main(["query", watched.url, text, "--param", "n=1"]) == REFUSED
    assert "public.acts" in capsys.readouterr().err
    read_only = "SELECT steady(:n), '%:n', '{1,2}'::int[] FROM t WHERE a = :m"
    given_values = ["--param", "n=1", "--param", "m=2", "--format", "csv"]
    assert main(["query", watched.url, read_only, *given_values]) == 0
    assert "2,%:n" in capsys.readouterr().out
