"""COPY out row by row: all of it, and an idle connection after whatever goes wrong."""

import psycopg
import pytest
from psycopg import sql

from studio.backends.postgresql.receiving import received

ROWS = 30_000
COPY = "COPY (SELECT i, repeat('é', 20) FROM generate_series(1, {}) i) TO STDOUT (FORMAT csv)"
MANY = sql.SQL(COPY.format(ROWS)).format()
LATE = sql.SQL(
    "COPY (SELECT 1 / (i - 20000) FROM generate_series(1, 30000) i) TO STDOUT (FORMAT csv)"
).format()


@pytest.fixture
def driver(postgres):
    with psycopg.connect(postgres) as connection:
        yield connection


def is_idle(driver: psycopg.Connection) -> bool:
    driver.rollback()
    return driver.execute("SELECT 7").fetchone() == (7,)


def test_every_row_comes_once_in_the_transaction_that_is_open(driver):
    lines, told = [], []
    count = received(driver, MANY, lambda: lambda line: lines.append(bytes(line)), told.append)
    assert count == ROWS
    assert lines == [f"{i},{'é' * 20}\n".encode() for i in range(1, ROWS + 1)]
    assert told
    assert told == sorted(set(told))
    assert len(told) <= ROWS // 5000
    assert told[-1] <= ROWS
    assert driver.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
    assert is_idle(driver)


def test_no_row_is_an_answer(driver):
    assert received(driver, sql.SQL(COPY.format(0)).format(), lambda: print, print) == 0
    assert is_idle(driver)


def test_an_error_behind_many_rows_is_the_servers_own(driver):
    lines = []
    with pytest.raises(psycopg.errors.DivisionByZero, match="division by zero"):
        received(driver, LATE, lambda: lambda line: lines.append(bytes(line)), print)
    assert len(lines) < 20_000
    assert is_idle(driver)


def test_an_error_before_any_row_begins_nothing(driver):
    begun = []
    with pytest.raises(psycopg.errors.UndefinedTable) as found:
        received(
            driver,
            sql.SQL("COPY (SELECT * FROM nowhere) TO STDOUT").format(),
            lambda: begun.append,
            print,
        )
    assert found.value.diag.sqlstate == "42P01"
    assert begun == []
    assert is_idle(driver)


def test_where_nothing_can_be_written_the_rest_is_left_on_the_server(driver):
    def full(line: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        received(driver, sql.SQL(COPY.format(2_000_000)).format(), lambda: full, print)
    assert is_idle(driver)


def test_a_session_that_is_ended_is_an_error_and_a_closed_connection(driver, postgres):
    ended: list[object] = []

    def end(line: object) -> None:
        if ended:
            return
        ended.append(line)
        with psycopg.connect(postgres, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (driver.info.backend_pid,))

    with pytest.raises(psycopg.OperationalError):
        received(driver, sql.SQL(COPY.format(2_000_000)).format(), lambda: end, print)
    assert driver.broken or driver.closed
