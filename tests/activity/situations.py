"""Sessions that stand in each other's way, on a real server."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Self

import psycopg
from psycopg import sql

from tests.patience import IN_VAIN_S

SCHEMA = """
CREATE SCHEMA locks;
CREATE TABLE locks.account (id int PRIMARY KEY, v int);
INSERT INTO locks.account SELECT g, 0 FROM generate_series(1, 100) g;
CREATE TABLE locks.report (id int PRIMARY KEY, v int);
INSERT INTO locks.report VALUES (1, 1);
CREATE TABLE locks.queue (id int PRIMARY KEY, v int);
CREATE TABLE locks.prepared (id int PRIMARY KEY, v int);
INSERT INTO locks.prepared VALUES (1, 1);
CREATE TABLE locks.old (id int PRIMARY KEY, v int);
CREATE TABLE locks.event (id int, at date, v int, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE locks.event_2026 PARTITION OF locks.event
    FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO locks.event VALUES (1, '2026-05-05', 0)
"""
GID = "locks_prepared"


class Actor:
    """One session. `ask` runs statements; `wait` begins one that blocks."""

    def __init__(self, url: str, name: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True, application_name=name)
        self.pid = self.connection.info.backend_pid
        self._threads: list[threading.Thread] = []

    def ask(self, *statements: str) -> Self:
        for statement in statements:
            self.connection.execute(statement.encode())
        return self

    def wait(self, statement: str) -> Self:
        def run() -> None:
            with contextlib.suppress(psycopg.Error):
                self.connection.execute(statement.encode())

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self._threads.append(thread)
        return self

    def end(self) -> None:
        for thread in self._threads:
            thread.join(IN_VAIN_S)
        self.connection.close()


class Stage:
    """Opens actors, waits until they are where a situation needs them, and ends them all."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._boss = psycopg.connect(url, autocommit=True)
        self._actors: list[Actor] = []

    def actor(self, name: str) -> Actor:
        made = Actor(self.url, name)
        self._actors.append(made)
        return made

    def until(self, condition: str, *pids: int) -> None:
        """Wait until `condition` holds for a row of pg_stat_activity of each of `pids`."""
        which = f"pid = ANY ('{{{','.join(map(str, pids))}}}'::int[]) AND ({condition})"
        self._until(f"(SELECT count(*) FROM pg_stat_activity WHERE {which}) = {len(pids)}")

    def none(self, condition: str) -> None:
        """Wait until `condition` holds for no row of this database."""
        self._until(
            "NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
            f" AND ({condition}))"
        )

    def _until(self, holds: str) -> None:
        # The server looks itself: one statement, and no guess how long it takes.
        self._boss.execute(
            f"""
            DO $$ BEGIN
              FOR i IN 1..{int(IN_VAIN_S * 100)} LOOP
                PERFORM pg_stat_clear_snapshot();
                IF {holds} THEN RETURN; END IF;
                PERFORM pg_sleep(0.01);
              END LOOP;
              RAISE EXCEPTION 'in vain';
            END $$
            """.encode()
        )

    def blocked(self, *actors: Actor) -> None:
        waits = "EXISTS (SELECT FROM pg_locks l WHERE l.pid = pg_stat_activity.pid AND NOT granted)"
        self.until(waits, *(actor.pid for actor in actors))

    def working(self, actor: Actor) -> None:
        self.until("state = 'active' AND wait_event = 'PgSleep'", actor.pid)

    def end(self) -> None:
        gids = self._boss.execute(
            "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()"
        )
        for (gid,) in gids.fetchall():
            self._boss.execute(sql.SQL("ROLLBACK PREPARED {}").format(sql.Literal(gid)))
        self._boss.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ANY (%s)",
            ([actor.pid for actor in self._actors],),
        )
        for actor in self._actors:
            actor.end()
        self._boss.close()


@contextlib.contextmanager
def stage(url: str) -> Iterator[Stage]:
    """A stage that is empty again after the block."""
    made = Stage(url)
    try:
        yield made
    finally:
        made.end()


@dataclass
class Tree:
    """What is expected of a node: the pid, how its root is, what it waits for, who waits for it."""

    pid: int | None
    what: tuple[object, ...]
    waiting: list["Tree"] = field(default_factory=list)


def wants(actor: Actor, lock: str, mode: str, on: str, direct: list[int], *behind: Tree) -> Tree:
    return Tree(actor.pid, (lock, mode, on, tuple(direct)), list(behind))


def _chain(on: Stage) -> Tree:
    a, b, c = (on.actor(f"chain:{who}") for who in "abc")
    a.ask("BEGIN", "UPDATE locks.account SET v = 1 WHERE id = 1")
    b.ask("BEGIN", "UPDATE locks.account SET v = 1 WHERE id = 2")
    b.wait("UPDATE locks.account SET v = 2 WHERE id = 1")
    c.wait("UPDATE locks.account SET v = 3 WHERE id = 2")
    on.blocked(b, c)
    row = ("transactionid", "ShareLock", "locks.account")
    behind = wants(b, *row, [a.pid], wants(c, *row, [b.pid]))
    return Tree(a.pid, ("idle in transaction",), [behind])


def _two_on_one(on: Stage) -> Tree:
    a, b, c = (on.actor(f"two_on_one:{who}") for who in "abc")
    a.ask("BEGIN", "UPDATE locks.account SET v = 1 WHERE id = 10")
    a.wait("SELECT pg_sleep(600)")
    b.wait("UPDATE locks.account SET v = 2 WHERE id = 10")
    on.blocked(b)
    c.wait("UPDATE locks.account SET v = 3 WHERE id = 10")
    on.blocked(c)
    on.working(a)
    second = wants(c, "tuple", "ExclusiveLock", "locks.account", [b.pid])
    first = wants(b, "transactionid", "ShareLock", "locks.account", [a.pid], second)
    return Tree(a.pid, ("active",), [first])


def _ddl_queue(on: Stage) -> Tree:
    a, b, c, d = (on.actor(f"ddl_queue:{who}") for who in "abcd")
    a.wait("SELECT pg_sleep(600) FROM locks.report")
    on.working(a)
    b.wait("ALTER TABLE locks.report ADD COLUMN w int")
    on.blocked(b)
    c.wait("SELECT * FROM locks.report")
    d.wait("SELECT count(*) FROM locks.report")
    on.blocked(c, d)
    read = ("relation", "AccessShareLock", "locks.report", [b.pid])
    change = ("relation", "AccessExclusiveLock", "locks.report", [a.pid])
    return Tree(a.pid, ("active",), [wants(b, *change, wants(c, *read), wants(d, *read))])


def _idle_in_transaction(on: Stage) -> Tree:
    a, b = (on.actor(f"idle_in_transaction:{who}") for who in "ab")
    a.ask("BEGIN", "LOCK TABLE locks.queue IN ACCESS EXCLUSIVE MODE", "SELECT 1")
    b.wait("INSERT INTO locks.queue VALUES (1, 1)")
    on.blocked(b)
    behind = wants(b, "relation", "RowExclusiveLock", "locks.queue", [a.pid])
    return Tree(a.pid, ("idle in transaction",), [behind])


def _advisory(on: Stage) -> Tree:
    a, b = (on.actor(f"advisory:{who}") for who in "ab")
    a.ask("SELECT pg_advisory_lock(42, 7)")
    b.wait("SELECT pg_advisory_lock(42, 7)")
    on.blocked(b)
    behind = wants(b, "advisory", "ExclusiveLock", "advisory 42, 7", [a.pid])
    return Tree(a.pid, ("idle",), [behind])


def _prepared(on: Stage) -> Tree:
    a, b = (on.actor(f"prepared:{who}") for who in "ab")
    a.ask("BEGIN", "UPDATE locks.prepared SET v = 2 WHERE id = 1", f"PREPARE TRANSACTION '{GID}'")
    a.ask("SELECT 'I am innocent'")
    b.wait("UPDATE locks.prepared SET v = 3 WHERE id = 1")
    on.blocked(b)
    behind = wants(b, "transactionid", "ShareLock", "locks.prepared", [0])
    return Tree(None, ("prepared", GID), [behind])


def _partition_row(on: Stage) -> Tree:
    a, b = (on.actor(f"partition_row:{who}") for who in "ab")
    a.ask("BEGIN", "UPDATE locks.event SET v = 1 WHERE id = 1")
    b.wait("DELETE FROM locks.event_2026 WHERE id = 1")
    on.blocked(b)
    behind = wants(b, "transactionid", "ShareLock", "locks.event_2026", [a.pid])
    return Tree(a.pid, ("idle in transaction",), [behind])


def _vacuum(on: Stage) -> Tree:
    a, b = (on.actor(f"vacuum:{who}") for who in "ab")
    a.ask("BEGIN", "LOCK TABLE locks.old IN SHARE UPDATE EXCLUSIVE MODE")
    b.wait("VACUUM locks.old")
    on.blocked(b)
    behind = wants(b, "relation", "ShareUpdateExclusiveLock", "locks.old", [a.pid])
    return Tree(a.pid, ("idle in transaction",), [behind])


SITUATIONS: dict[str, Callable[[Stage], Tree]] = {
    "chain": _chain,
    "two_on_one": _two_on_one,
    "ddl_queue": _ddl_queue,
    "idle_in_transaction": _idle_in_transaction,
    "advisory": _advisory,
    "prepared": _prepared,
    "partition_row": _partition_row,
    "vacuum": _vacuum,
}
