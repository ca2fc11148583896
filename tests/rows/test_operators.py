"""The engine's own operators in a filter: the same rows as in plain SQL, or an error at a place."""

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.backends.base import Purpose
from studio.db.session import Session
from studio.db.url import parse
from studio.model.catalog import Table, TableRef
from studio.model.errors import ReadOnly, StatementFailed
from studio.model.page import Filter, PageRequest, leaves
from studio.rows.count import count, estimate
from studio.rows.filter_text import format_filters
from studio.rows.pages import fetch_page
from studio.rows.parse import FilterInvalid, parse_filters
from studio.rows.scan import FilterRefused
from tests.examples import examples
from tests.rows.places import Place

SETTINGS = settings(
    max_examples=examples(80),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
PROFILES = ('{"age": 5, "tag": ["a", "b"]}', '{"age": "5"}', '{"age": 30, "in": {"x": "y"}}', None)
STATES = ("paid", "PAID", "unpaid", "a.b", "", None, "50%", "Johnson & Johnson")
COMMON = "id integer PRIMARY KEY, status text, total numeric, paid integer NOT NULL"


def filled(place: Place) -> Table:
    """Thirty rows with what operators are for."""
    rows = [
        (n, STATES[n % 8], None if n % 7 == 3 else n * 12, n * 5, PROFILES[n % 4])
        for n in range(30)
    ]
    if place.name == "sqlite":
        return place.make(f"{COMMON}, profile json", rows)
    definition = f"{COMMON}, profile jsonb, tags text[], words tsvector"
    tags = (["t1"], ["t1", "t2"], [], None, ["user5"])
    words = ("user5 bought", "a fat cat", None)
    more = [(*row, tags[row[0] % 5], words[row[0] % 3]) for row in rows]
    return place.make(definition, more)


def kept(place: Place, table: Table, line: str) -> list[int]:
    """The rows of a line as people type it."""
    filters = parse_filters(line, table, place.backend)
    again = parse_filters(format_filters(filters, table, place.backend), table, place.backend)
    assert again == filters
    page = place.page(table, PageRequest(table.ref, filters=filters, limit=1000))
    return sorted(int(str(row[0])) for row in page.rows)


def plain(place: Place, condition: str) -> list[int]:
    """The rows of a condition in SQL."""
    found = place.browse.exec_driver_sql(f"SELECT id FROM t WHERE {condition}")
    return sorted(int(row[0]) for row in found.fetchall())


BOTH = [
    ("total*2 > 100", "total*2 > 100"),
    ("(total + paid) * 2 >= 80", "(total + paid) * 2 >= 80"),
    ("total + paid * 2 >= 80", "total + paid * 2 >= 80"),
    ("total - paid - 2 < 30", "total - paid - 2 < 30"),
    ("total - (paid - 2) < 30", "total - (paid - 2) < 30"),
    ("2 * paid <> 30", "2 * paid <> 30"),
    ("paid % 2 = 1", "paid % 2 = 1"),
    ("paid & 4 = 4", "(paid & 4) = 4"),
    ("total / 12 between 2 and 5", "total / 12 between 2 and 5"),
    ("total + 1 is null", "total + 1 is null"),
    ("status || 'x' = paidx", "status || 'x' = 'paidx'"),
    ("paid * 2 in (10, 20, 33)", "paid * 2 in (10, 20, 33)"),
    ("total * 2 not in (24, 48)", "total * 2 not in (24, 48)"),
    ("not total * 2 > 100", "(total * 2 > 100) is not true"),
    ("status ilike PAID", "lower(status) like 'paid'"),
    ("status not ilike '%paid'", "(lower(status) like '%paid') is not true"),
    ("profile->>'age' = '5'", "profile->>'age' = '5'"),
    ("profile ->> age is null", "profile ->> 'age' is null"),
    ("profile->'in'->>'x' = y", "profile->'in'->>'x' = 'y'"),
    ("profile->'tag'->>1 like b%", "profile->'tag'->>1 like 'b%'"),
    ("where total > paid and status = 'paid'", "total > paid and status = 'paid'"),
    ("where status = 'a.b' -- why", "status = 'a.b'"),
    ("where status like '50%'", "status like '50%'"),
    ("paid > 20 and where 'id in (select 6)'", "paid > 20 and id in (select 6)"),
    ("not (where 'total > 100')", "(total > 100) is not true"),
    ("108", "total = 108"),
]
POSTGRESQL = [
    ("status ~ ^p", "status ~ '^p'"),
    ("status ~* '^P'", "status ~* '^P'"),
    ("status !~ ^p", "status !~ '^p'"),
    ("status !~* ^P", "status !~* '^P'"),
    ("status !~~ p%", "status !~~ 'p%'"),
    ("status similar to '(paid|a.b)'", "status similar to '(paid|a.b)'"),
    ("paid ~ ^1", "paid::text ~ '^1'"),
    ("profile->>'age' = 5", "profile->>'age' = '5'"),
    ("profile->'age' = 5", "profile->'age' = '5'"),
    ("profile @> '{\"age\": 5}'", "profile @> '{\"age\": 5}'"),
    ("profile ? age", "profile ? 'age'"),
    ("profile ?| {in,tag}", "profile ?| '{in,tag}'"),
    ("profile #>> '{in,x}' = y", "profile #>> '{in,x}' = 'y'"),
    ("not profile ? age", "(profile ? 'age') is not true"),
    ("tags @> '{t1}'", "tags @> '{t1}'"),
    ("tags && {t2,user5}", "tags && '{t2,user5}'"),
    ("tags <@ {t1}", "tags <@ '{t1}'"),
    ("t1 = any(tags)", "'t1' = any(tags)"),
    ("'t1' <> all (tags)", "'t1' <> all (tags)"),
    ("status = any ('{paid,a.b}')", "status = any ('{paid,a.b}')"),
    ("words @@ user5", "words @@ 'user5'"),
    ("words @@ 'fat & cat'", "words @@ 'fat & cat'"),
    ("where (profile->>'age')::numeric > 5", "(profile->>'age')::numeric > 5"),
]
SQLITE = [
    ("profile->>'age' = 5", "profile->>'age' = 5"),
    ("profile->>'age' > 5", "profile->>'age' > 5"),
    ("status glob 'p*'", "status glob 'p*'"),
    ("paid << 1 = 30", "paid << 1 = 30"),
]
REFUSED = [
    ("profile->>'age' > x and", 23),
    ("status regexp x", 7),
    ("sql: total*2 > 100", 13),
    ("nope @> '{t1}'", 0),
    ("total *> 5", 6),
    ("where (total > 5", 6),
]


@pytest.mark.parametrize(("line", "condition"), BOTH)
def test_a_line_keeps_what_plain_sql_keeps(place: Place, line: str, condition: str) -> None:
    assert kept(place, filled(place), line) == plain(place, condition)


@pytest.mark.parametrize(("line", "condition"), POSTGRESQL)
def test_postgresql_has_its_own_operators(postgresql: Place, line: str, condition: str) -> None:
    found = kept(postgresql, filled(postgresql), line)
    assert found == plain(postgresql, condition.replace("%", "%%"))


@pytest.mark.parametrize(("line", "condition"), SQLITE)
def test_sqlite_has_its_own_operators(sqlite: Place, line: str, condition: str) -> None:
    assert kept(sqlite, filled(sqlite), line) == plain(sqlite, condition)


@pytest.mark.parametrize(("line", "position"), REFUSED)
def test_what_is_not_understood_is_no_search(place: Place, line: str, position: int) -> None:
    with pytest.raises(FilterInvalid) as caught:
        parse_filters(line, filled(place), place.backend)
    assert caught.value.position == position


def test_text_of_a_document_is_not_ordered_as_a_number(postgresql: Place) -> None:
    with pytest.raises(FilterInvalid, match="would not be ordered as a number") as caught:
        parse_filters("profile->>'age' > 5", filled(postgresql), postgresql.backend)
    assert caught.value.position == len("profile->>'age' ")


# -- a negation an index can serve -----------------------------------------------------------------


@pytest.mark.parametrize(
    "line", ["not (id < 3990)", "not (id < 3990 or r = b)", "not not id >= 3990"]
)
def test_a_negation_is_served_by_an_index(place: Place, line: str) -> None:
    table = place.make(
        "id integer PRIMARY KEY, r text", [(n, "ab"[n % 4 == 0]) for n in range(4000)]
    )
    place.run("ANALYZE t")
    filters = parse_filters(line, table, place.backend)
    (plan,) = place.plans(table, PageRequest(table.ref, filters=filters))
    assert "CASE" not in plan
    assert "Index Cond: (id >= " in plan or "SEARCH t USING INTEGER PRIMARY KEY (rowid>" in plan


def test_the_share_of_a_negation_is_estimated(postgresql: Place) -> None:
    rows = [(n, "admin" if n % 4 == 0 else "user") for n in range(4000)]
    table = postgresql.make("id integer PRIMARY KEY, role text", rows)
    postgresql.run("ANALYZE t")
    filters = parse_filters("not (role = admin)", table, postgresql.backend)
    (plan,) = postgresql.plans(table, PageRequest(table.ref, filters=filters, limit=4000))
    assert "rows=3000 " in plan


# -- by way of a lane ------------------------------------------------------------------------------


@pytest.fixture
async def session(place: Place) -> AsyncIterator[Session]:
    """studio's own way to the place."""
    filled(place)
    opened = await Session.open(parse(place.address))
    yield opened
    await opened.close()


async def asked(session: Session, line: str) -> tuple[str, int | FilterInvalid]:
    """The line as the bar shows it, and how many rows it keeps or why it does not."""
    lane, table = session.lane(Purpose.BROWSE), await session.table(TableRef(None, "t"))
    try:
        filters = parse_filters(line, table, lane.backend)
    except FilterInvalid as error:
        return line, error
    shown = format_filters(filters, table, lane.backend)
    try:
        page = await fetch_page(lane, table, PageRequest(table.ref, filters=filters))
        counted = await count(session.lane(Purpose.WATCH), table, filters)
        await estimate(lane, table, filters)
    except FilterInvalid as error:
        return shown, error
    assert counted.rows == len(page.rows)
    return shown, len(page.rows)


@pytest.mark.parametrize(
    ("line", "marked"),
    [
        ("where total > nope", "nope"),
        ("paid > 3 and where 'status + = 5'", "= 5"),
        ("where frobnicate(id) = 1", "frobnicate"),
    ],
)
async def test_the_engine_says_where_sql_is_wrong(
    session: Session, place: Place, line: str, marked: str
) -> None:
    shown, error = await asked(session, line)
    assert isinstance(error, FilterRefused)
    assert error.text == shown
    # SQLite names a word, and not its place.
    assert place.name == "sqlite" or shown[error.position :].startswith(marked)
    assert 0 <= error.position <= len(shown)
    shown, rows = await asked(session, "where total > 0")
    assert isinstance(rows, int)


@pytest.mark.parametrize(
    ("line", "operator", "says"),
    [
        ("paid @> '{t1}'", "@>", "operator does not exist"),
        ("paid > 3 and status ~ '('", "~", "invalid regular expression"),
        ("tags && {broken", "&&", "malformed array literal"),
        ("100 / paid > 3", ">", "division by zero"),
    ],
)
async def test_the_engine_says_which_operator_is_wrong(
    postgresql: Place, line: str, operator: str, says: str
) -> None:
    filled(postgresql)
    opened = await Session.open(parse(postgresql.address))
    try:
        shown, error = await asked(opened, line)
    finally:
        await opened.close()
    assert isinstance(error, FilterRefused)
    assert says in str(error)
    assert shown[error.position :].startswith(operator)


ACTS = {
    "postgresql": (
        "pg_terminate_backend(pg_backend_pid())",
        "setval('s', 9) > 0",
        "nextval('s') > 0",
        "lo_create(0) > 0",
        "pg_notify('c', 'x') is null",
        "pg_advisory_lock(1) is null",
        "set_config('default_transaction_read_only', 'off', false) = 'off'",
        "id in (select pg_cancel_backend(1)::int)",
        'U&"pg_terminate_b\\0061ckend"(1)',
        "query_to_xml('delete from t', true, true, '') is null",
        "exists (with gone as (delete from t returning 1) select 1 from gone)",
        "pg_sleep(0) is null and acts(id)",
    ),
    "sqlite": (
        "load_extension('x')",
        "id in (select id from pragma_wal_checkpoint('truncate'))",
        "id in (select 1 from pragma_temp_store_directory)",
        "fts3_tokenizer('simple') is null",
        "writefile('/tmp/x', 'x')",
        "edit('x')",
    ),
}


async def test_sql_in_a_filter_only_reads(session: Session, place: Place) -> None:
    if place.name == "postgresql":
        place.run("DROP SEQUENCE IF EXISTS s")
        place.run("CREATE SEQUENCE s")
        place.run(
            "CREATE OR REPLACE FUNCTION acts(i int) RETURNS boolean LANGUAGE sql VOLATILE"
            " AS 'select pg_notify(''c'', '''') is null'"
        )
    lane, table = session.lane(Purpose.BROWSE), await session.table(TableRef(None, "t"))
    before = plain(place, "1 = 1")
    for sql in ACTS[place.name]:
        for line in (f"where {sql}", f"not (where '{sql.replace(chr(39), chr(39) * 2)}')"):
            filters = parse_filters(line, table, lane.backend)
            with pytest.raises((ReadOnly, FilterRefused)):
                await fetch_page(lane, table, PageRequest(table.ref, filters=filters))
            with pytest.raises((ReadOnly, FilterRefused)):
                await count(session.lane(Purpose.WATCH), table, filters)
            if place.name == "postgresql":
                with pytest.raises((ReadOnly, FilterRefused)):
                    await estimate(lane, table, filters)
    assert plain(place, "1 = 1") == before
    if place.name == "postgresql":
        found = place.browse.exec_driver_sql("SELECT is_called FROM s").scalar()
        assert found == "f"


async def test_a_view_that_calls_what_may_act_is_filtered_by_operators(
    request: pytest.FixtureRequest, session: Session, place: Place
) -> None:
    """It is looked at without a filter anyway; what the filter itself calls is as before."""
    if place.name != "postgresql":
        pytest.skip("only PostgreSQL tells what a statement would call")
    body = "LANGUAGE plpgsql VOLATILE AS 'begin return true; end'"
    place.run(f"CREATE FUNCTION viewed(i int) RETURNS boolean {body}")
    place.run(f"CREATE FUNCTION other(i int, j int) RETURNS boolean {body}")
    # The next test makes its table anew.
    gone = "DROP FUNCTION viewed(int), other(int, int) CASCADE"
    request.addfinalizer(lambda: place.run(gone))
    place.run("CREATE OPERATOR @@ (LEFTARG = int, RIGHTARG = int, FUNCTION = other)")
    place.run("CREATE VIEW acting AS SELECT id, status, viewed(paid) AS done FROM t")
    lane, table = session.lane(Purpose.BROWSE), await session.table(TableRef(None, "acting"))

    async def ids(line: str) -> list[int]:
        filters = parse_filters(line, table, lane.backend)
        page = await fetch_page(lane, table, PageRequest(table.ref, filters=filters, limit=1000))
        return sorted(int(str(row[0])) for row in page.rows)

    assert await ids("id * 2 > 50") == plain(place, "id * 2 > 50")
    assert await ids("status ~ '^paid'") == plain(place, "status ~ '^paid'")
    filters = parse_filters("id * 2 > 50", table, lane.backend)
    await count(session.lane(Purpose.WATCH), table, filters)
    assert await estimate(lane, table, filters) is not None
    with pytest.raises(ReadOnly, match=r"viewed\(\).*A filter of columns and operators"):
        await ids("where viewed(id)")
    with pytest.raises(ReadOnly, match=r"other\(\)"):
        await ids("id @@ 5")


PIECES = st.sampled_from(
    [
        *("id", "status", "total", "paid", "profile", "tags", "words", "nope", "'x'", "5", "{a}"),
        *(
            "->",
            "->>",
            "#>>",
            "@>",
            "?",
            "&&",
            "@@",
            "~",
            "~*",
            "!~",
            "+",
            "-",
            "*",
            "/",
            "%",
            "||",
        ),
        *("=", "<", ">=", "<>", "and", "or", "not", "like", "ilike", "in", "(", ")", "is null"),
        *("any", "where", "between", "'{a}'", "'$.a'", "::int", "^", "#", "glob", "similar to"),
    ]
)


@SETTINGS
@given(pieces=st.lists(PIECES, min_size=2, max_size=9))
async def test_a_line_with_an_operator_is_a_condition_or_an_error_at_its_place(
    session: Session, pieces: list[str]
) -> None:
    line = " ".join(pieces)
    shown, found = await asked(session, line)
    if isinstance(found, FilterInvalid):
        assert found.text == shown
        assert 0 <= found.position <= len(shown)
        return
    lane, table = session.lane(Purpose.BROWSE), await session.table(TableRef(None, "t"))
    searched = [
        str(leaf.value)
        for leaf in leaves(parse_filters(line, table, lane.backend))
        if isinstance(leaf, Filter) and leaf.column is None
    ]
    signs = {"->", "->>", "#>>", "@>", "&&", "@@", "~", "~*", "!~", "=", "<", ">=", "<>", "ilike"}
    assert not [text for text in searched if signs & set(text.split())], (line, searched)


@SETTINGS
@given(text=st.text(st.sampled_from("abtotal id=<>()'\"$;-/*\\\n.,1%:?[]&|"), max_size=14))
async def test_sql_never_leaves_its_parentheses(session: Session, text: str) -> None:
    """What is in front of it always holds too."""
    line = f"id = 1 and where {text}"
    found: int | FilterInvalid = 0
    with suppress(ReadOnly, StatementFailed):
        _, found = await asked(session, line)
    assert isinstance(found, FilterInvalid) or found <= 1
