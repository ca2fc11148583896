"""Ways in, and every way not to get in."""

import asyncio
import logging
import re
import socket
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from studio.backends.base import Purpose
from studio.backends.postgresql.conninfo import opening
from studio.backends.postgresql.engine import PostgreSQL
from studio.db.session import Session, read_once
from studio.db.url import parse
from studio.model.errors import (
    AuthFailed,
    ConnectFailed,
    DatabaseMissing,
    HostUnreachable,
    PasswordWanted,
    ReadOnly,
    StatementFailed,
)
from tests.backends.postgresql.conftest import Opener
from tests.postgres import Server, run_sql

SECRET = "s3cr3t-pa55"


@pytest.fixture(scope="module")
def scram(postgres_server: Server) -> str:
    """A user who has to prove who they are."""
    run_sql(postgres_server.conninfo(), f"CREATE USER scram_ada PASSWORD '{SECRET}'")
    return "scram_ada"


async def answer(session: Session, question: str, purpose: Purpose = Purpose.QUERY) -> object:
    ((value,),) = (await session.lane(purpose).fetch(question)).rows
    return value


async def failure(address: str, **options: str) -> ConnectFailed:
    """What connecting to `address` raises; both ways of connecting must agree."""
    session = await Session.open(parse(address, **options))
    with pytest.raises(ConnectFailed) as raised:
        await session.identify()
    await session.close()
    with pytest.raises(ConnectFailed) as blocking:
        read_once(parse(address, **options), lambda connection, *_: connection)
    assert type(blocking.value) is type(raised.value)
    assert str(blocking.value) == str(raised.value)
    assert raised.value.exit_code == 3
    return raised.value


# -- ways in ---------------------------------------------------------------------------------------


async def test_url_keywords_and_driver_urls_all_arrive(postgres: str, open_session: Opener) -> None:
    name, _, folder = postgres.removeprefix("postgresql://postgres@/").partition("?host=")
    for address in (
        postgres,
        postgres.replace("postgresql://", "postgres://"),
        postgres.replace("postgresql://", "postgresql+psycopg://"),
        f"host={folder} user=postgres dbname={name}",
        f"host='{folder}' port=5432 user='postgres' dbname='{name}' sslmode=disable",
        f"host=/nowhere,{folder} user=postgres dbname={name}",
    ):
        session = await open_session(address)
        server = await session.identify()
        assert (server.database, server.user) == (name, "postgres")
        assert server.version_number[0] in {16, 18}


async def test_environment_and_service_are_libpqs(
    postgres: str,
    postgres_server: Server,
    open_session: Opener,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = postgres.removeprefix("postgresql://postgres@/").partition("?")[0]
    services = tmp_path / "services"
    services.write_text(
        f"[shop]\nhost={postgres_server.folder}\ndbname={name}\nuser=postgres\n"
        "application_name=from-service\n"
    )
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    session = await open_session("service=shop")
    assert (await session.identify()).database == name
    assert await answer(session, "SHOW application_name") == "from-service"
    assert session.opening.label == "service shop"

    monkeypatch.setenv("PGHOST", str(postgres_server.folder))
    monkeypatch.setenv("PGUSER", "postgres")
    monkeypatch.setenv("PGDATABASE", name)
    session = await open_session("postgresql://")
    assert (await session.identify()).database == name


async def test_application_name_is_studio_unless_the_user_set_one(
    postgres: str, open_session: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await answer(await open_session(postgres), "SHOW application_name") == "studio"
    named = await open_session(postgres + "&application_name=mine")
    assert await answer(named, "SHOW application_name") == "mine"
    monkeypatch.setenv("PGAPPNAME", "env")
    assert await answer(await open_session(postgres), "SHOW application_name") == "env"


async def test_password_given_apart_or_in_pgpass(
    postgres_server: Server,
    scram: str,
    open_session: Opener,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = postgres_server.url(user=scram)
    session = await open_session(address, password=SECRET)
    assert (await session.identify()).user == scram

    passfile = tmp_path / "pgpass"
    passfile.write_text(f"*:*:*:{scram}:{SECRET}\n")
    passfile.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passfile))
    assert (await (await open_session(address)).identify()).user == scram


# -- no way in -------------------------------------------------------------------------------------


async def test_wrong_and_missing_password(postgres_server: Server, scram: str) -> None:
    address = postgres_server.url(user=scram)
    wrong = await failure(address, password=SECRET + "x")
    assert isinstance(wrong, PasswordWanted)
    assert scram in str(wrong)
    assert "check the password" in str(wrong)
    missing = await failure(address)
    assert isinstance(missing, PasswordWanted)
    assert "wants a password" in str(missing)
    assert "STUDIO_PASSWORD" in str(missing)


async def test_unknown_user(postgres_server: Server) -> None:
    error = await failure(postgres_server.url(user="ghost"))
    assert type(error) is AuthFailed  # no password would help
    assert 'role "ghost" does not exist' in str(error)
    assert "createuser ghost" in str(error)


async def test_users_and_databases_that_let_nobody_in(postgres_server: Server) -> None:
    with postgres_server.database() as closed, postgres_server.database() as private:
        run_sql(
            postgres_server.conninfo(),
            "CREATE USER no_login NOLOGIN",
            "CREATE USER crowded CONNECTION LIMIT 0",
            "CREATE USER outsider",
            f"ALTER DATABASE {closed} ALLOW_CONNECTIONS false",
            f"REVOKE CONNECT ON DATABASE {private} FROM public",
        )
        for address, says, advice in (
            (postgres_server.url(user="no_login"), "not permitted to log in", "another user"),
            (postgres_server.url(user="crowded"), "too many connections", "close connections"),
            (postgres_server.url(closed), "not currently accepting", "ALLOW_CONNECTIONS"),
            (postgres_server.url(private, "outsider"), "permission denied", "GRANT CONNECT"),
        ):
            error = await failure(address)
            assert not isinstance(error, PasswordWanted | DatabaseMissing)
            assert says in str(error)
            assert advice in str(error)
        run_sql(postgres_server.conninfo(), "DROP USER no_login, crowded, outsider")


@pytest.fixture(scope="module")
def strict_server() -> Iterator[tuple[Server, int]]:
    """A standby that takes no reader, TCP without SSL, and says no to some; and its port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = int(taken.getsockname()[1])
    server = Server()
    try:
        server.create()
        # A server that recovers, and is no standby, is taken for ready before it is.
        server.stop("fast")
        with (server.data / "postgresql.conf").open("a") as file:
            file.write(f"listen_addresses = '127.0.0.1'\nport = {port}\nhot_standby = off\n")
        (server.data / "pg_hba.conf").write_text(
            "local all peer_user peer\nlocal all all trust\nhost all barred all reject\n"
            "host all postgres all trust\n"
        )
        server.start()
        yield server, port
    finally:
        server.remove()


async def test_refused_by_pg_hba_peer_or_for_want_of_ssl(
    strict_server: tuple[Server, int],
) -> None:
    server, port = strict_server
    there = f"host=127.0.0.1 port={port} dbname=postgres"
    for user in ("barred", "unlisted"):
        error = await failure(f"{there} user={user}")
        assert type(error) is AuthFailed
        assert f"does not let {user} in" in str(error)
    error = await failure(f"{there} user=postgres sslmode=require")
    assert "does not support SSL" in str(error)
    assert "sslmode=prefer" in str(error)
    error = await failure(f"host={server.folder} port={port} user=peer_user dbname=postgres")
    assert type(error) is AuthFailed
    assert "host=localhost" in str(error)


async def test_a_server_that_is_not_ready(strict_server: tuple[Server, int]) -> None:
    server, port = strict_server
    address = f"host={server.folder} port={port} user=postgres dbname=postgres"
    server.stop()
    (server.data / "standby.signal").touch()
    server.start()
    try:
        error = await failure(address)
        assert type(error) is ConnectFailed
        assert "answered: the database system is" in str(error)
        assert "standby" in str(error)
    finally:
        (server.data / "standby.signal").unlink()
        server.stop()
        server.start()


@pytest.fixture
def web_port() -> Iterator[int]:
    """A port where something else answers."""

    class Web(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(1024)
            self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Web) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield int(server.server_address[1])
        server.shutdown()


@pytest.mark.parametrize("sslmode", ["disable", "prefer", "require"])
async def test_something_that_is_not_postgresql(web_port: int, sslmode: str) -> None:
    error = await failure(f"host=127.0.0.1 port={web_port} user=me dbname=x sslmode={sslmode}")
    assert "is not PostgreSQL" in str(error)


async def test_missing_database(postgres_server: Server) -> None:
    error = await failure(postgres_server.url("nope"))
    assert isinstance(error, DatabaseMissing)
    assert "no database called nope" in str(error)
    assert "createdb nope" in str(error)


@pytest.fixture
def closed_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def test_nobody_listens(closed_port: int, tmp_path: Path) -> None:
    error = await failure(f"postgresql://me@127.0.0.1:{closed_port}/shop")
    assert isinstance(error, HostUnreachable)
    assert f"127.0.0.1 port {closed_port}" in str(error)
    assert "start the server" in str(error)
    error = await failure(f"host={tmp_path} user=me dbname=shop")
    assert isinstance(error, HostUnreachable)
    assert str(tmp_path) in str(error)


async def test_every_host_of_several_is_named(closed_port: int) -> None:
    error = await failure(f"host=127.0.0.1,localhost port={closed_port} user=me dbname=shop")
    assert isinstance(error, HostUnreachable)
    assert f"127.0.0.1 port {closed_port}" in str(error)
    assert f"localhost port {closed_port}" in str(error)


async def test_unknown_host() -> None:
    error = await failure("postgresql://me@no-such-host.invalid/shop")
    assert isinstance(error, HostUnreachable)
    assert "no-such-host.invalid" in str(error)
    assert "check the name" in str(error)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port where somebody listens and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


async def test_timeout(silent_port: int) -> None:
    address = f"host=127.0.0.1 port={silent_port} user=me connect_timeout=2 sslmode=disable"
    error = await failure(address)
    assert isinstance(error, HostUnreachable)
    assert "did not answer within 2 s" in str(error)
    assert f"127.0.0.1 port {silent_port}" in str(error)


@pytest.mark.parametrize(
    ("given", "wanted_s", "used"),
    [("", 3.2, "4"), ("", 0.5, "2"), ("", 60, "10"), ("5", 8, "5"), ("0", 8, "8"), ("20", 8, "8")],
)
def test_connecting_takes_no_longer_than_a_statement_may(
    monkeypatch: pytest.MonkeyPatch, given: str, wanted_s: float, used: str
) -> None:
    monkeypatch.delenv("PGCONNECT_TIMEOUT", raising=False)
    address = f"host=x connect_timeout={given}" if given else "host=x"
    target = replace(parse(address), connect_timeout_s=wanted_s)
    assert str(opening(target).parameters["connect_timeout"]) == used


async def test_who_stops_connecting_waits_for_nothing(
    monkeypatch: pytest.MonkeyPatch, silent_port: int
) -> None:
    monkeypatch.setattr("studio.db.lane._STOP_S", 3600)
    session = await Session.open(parse(f"host=127.0.0.1 port={silent_port} connect_timeout=600"))
    connecting = asyncio.ensure_future(session.lane(Purpose.QUERY).open())
    await asyncio.sleep(0)
    connecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await connecting
    async with asyncio.timeout(60):
        await session.close()


async def test_no_service_and_bad_parameters(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, postgres: str
) -> None:
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "none"))
    assert "PGSERVICEFILE" in str(await failure("service=nothing-here"))
    assert "sslmode" in str(await failure(postgres + "&sslmode=perhaps"))


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://u:{SECRET}@{SECRET}@db.invalid/x",
        f"host=x password=spaced {SECRET}",
        f"postgresql://u:%zz{SECRET}@h/x",
        f"postgresql://u@h/x?password={SECRET}&nonsense=1",
        f"host=x user=y dbname='{SECRET}",
    ],
)
async def test_an_address_that_cannot_be_read_is_never_quoted(address: str) -> None:
    with pytest.raises(ConnectFailed) as raised:
        await Session.open(parse(address))
    assert SECRET not in repr(raised.value)
    assert SECRET not in f"{raised.value.__cause__!r} {raised.value.__context__!r}"


# -- secrets ---------------------------------------------------------------------------------------


async def test_passwords_are_said_nowhere(
    postgres_server: Server,
    scram: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    engine = PostgreSQL()
    inside = postgres_server.url("nope", user=scram).replace("@", f":{SECRET}@", 1)
    for target in (
        parse(inside),
        parse(postgres_server.url("nope", user=scram), password=SECRET),
        parse(f"host={postgres_server.folder} user={scram} dbname=nope password='{SECRET}'"),
    ):
        opening = engine.open(target)
        made = engine.sync_engine(opening, Purpose.BROWSE)
        asynchronous = engine.async_engine(opening, Purpose.BROWSE)
        session = await Session.open(target)
        with pytest.raises(DatabaseMissing) as raised:
            await session.identify()
        told = [repr(target), str(target), repr(opening), repr(made), repr(asynchronous)]
        told += [str(made.url), repr(raised.value), opening.why, opening.label]
        told += [str(raised.value.__cause__), str(raised.value.__context__)]
        assert not [text for text in told if SECRET in text]
        made.dispose()
    assert SECRET not in caplog.text


# -- what a connection is set to -------------------------------------------------------------------

READING = (Purpose.BROWSE, Purpose.WATCH)


@pytest.mark.parametrize("purpose", READING)
async def test_reading_lanes_cannot_write(
    postgres: str, open_session: Opener, purpose: Purpose
) -> None:
    lane = (await open_session(postgres)).lane(purpose)
    with pytest.raises(ReadOnly):
        await lane.fetch("CREATE TABLE t ()")
    assert (await lane.fetch("SELECT 1")).rows == (("1",),)


async def test_reflection_cannot_write(postgres: str, open_session: Opener) -> None:
    session = await open_session(postgres)
    with pytest.raises(ReadOnly):
        await session.reflect(lambda c: c.exec_driver_sql("CREATE TABLE t ()"))


async def test_a_read_only_target_reads_on_every_lane(postgres: str, open_session: Opener) -> None:
    session = await open_session(postgres, read_only=True)
    with pytest.raises(ReadOnly):
        await session.lane(Purpose.QUERY).fetch("CREATE TABLE t ()")
    with pytest.raises(ReadOnly, match="opened with --read-only"):
        session.lane(Purpose.EDIT)
    assert (await session.identify()).read_only


async def test_a_read_transaction_cannot_be_turned(postgres: str, open_session: Opener) -> None:
    lane = (await open_session(postgres)).lane(Purpose.QUERY)
    with pytest.raises(StatementFailed):
        async with lane.transaction(read_only=True) as transaction:
            await transaction.fetch("SET TRANSACTION READ WRITE")


PRINTED = (
    "SELECT concat_ws(' ', DATE '2026-02-01', '\\xff'::bytea, INTERVAL '-1 day 2:00',"
    " 0.1::float8 + 0.2::float8, TIMESTAMPTZ '2026-02-01 00:00:00+00' AT TIME ZONE 'UTC')"
)
"""One text, so that the lanes' own way of printing makes it and not the driver's."""


@pytest.mark.parametrize(
    "settings",
    [
        {"DateStyle": "German", "bytea_output": "escape", "IntervalStyle": "iso_8601"},
        {"DateStyle": "SQL, MDY", "extra_float_digits": "-15", "IntervalStyle": "sql_standard"},
    ],
)
@pytest.mark.parametrize("where", ["database", "role", "PGOPTIONS", "address", "environment"])
async def test_values_print_the_same_on_every_lane(
    postgres: str,
    open_session: Opener,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, str],
    where: str,
) -> None:
    name = postgres.removeprefix("postgresql://postgres@/").partition("?")[0]
    options = " ".join(f"-c {key}={value.replace(' ', '')}" for key, value in settings.items())
    user = "postgres"
    if where == "PGOPTIONS":
        monkeypatch.setenv("PGOPTIONS", options)
    elif where == "environment":
        monkeypatch.setenv("PGDATESTYLE", settings["DateStyle"])
    elif where == "role":
        user = f"printing_{name}"
        run_sql(postgres, f"CREATE ROLE {user} SUPERUSER LOGIN")
    target = postgres.replace("//postgres@", f"//{user}@")
    if where == "address":
        target += "&options=" + quote(options)
    for setting, value in settings.items() if where in {"database", "role"} else ():
        what = f"DATABASE {name}" if where == "database" else f"ROLE {user}"
        run_sql(postgres, f"ALTER {what} SET {setting} TO '{value}'")
    session = await open_session(target)
    try:
        for purpose in (Purpose.BROWSE, Purpose.WATCH, Purpose.QUERY, Purpose.EDIT):
            assert await answer(session, PRINTED, purpose) == (
                "2026-02-01 \\xff -1 days +02:00:00 0.30000000000000004 2026-02-01 00:00:00"
            )
            moment = await answer(session, "SELECT now()::text", purpose)
            assert re.search(r" \d\d:\d\d:[\d.]+[+-]\d\d", str(moment))
        assert (
            await session.reflect(
                lambda c: str(c.exec_driver_sql("SELECT DATE '2026-02-01'::text").scalar_one())
            )
            == "2026-02-01"
        )
    finally:
        await session.close()
        if where == "role":
            run_sql(postgres, f"DROP ROLE {user}")


async def test_the_write_transaction_writes_where_reading_is_the_default(
    postgres: str, open_session: Opener
) -> None:
    name = postgres.removeprefix("postgresql://postgres@/").partition("?")[0]
    run_sql(postgres, f"ALTER DATABASE {name} SET default_transaction_read_only TO on")
    session = await open_session(postgres)
    server = await session.identify()
    assert not server.read_only
    assert "read-only by default" in server.facts
    async with session.lane(Purpose.EDIT).transaction() as transaction:
        await transaction.fetch("CREATE TABLE t ()")


async def test_many_lanes_at_once_do_not_wait_for_each_other(
    postgres: str, open_session: Opener
) -> None:
    session = await open_session(postgres)
    slow = asyncio.create_task(session.lane(Purpose.QUERY).fetch("SELECT pg_sleep(5)"))
    assert await answer(session, "SELECT 1", Purpose.BROWSE) == "1"
    assert not slow.done()
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
