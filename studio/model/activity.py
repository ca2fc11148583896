"""What the sessions of a server do at one moment, and who waits for whom."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CommandProgress:
    """How far a long command came."""

    what: str
    """VACUUM, CREATE INDEX, COPY, …"""
    on: str
    phase: str
    done: int | None = None
    total: int | None = None

    @property
    def share(self) -> float | None:
        """From 0 to 1; None: not known."""
        if self.done is None or not self.total:
            return None
        return min(1.0, self.done / self.total)


@dataclass(frozen=True, slots=True)
class ServerSession:
    """One process of the server. What is hidden from our role is None."""

    pid: int
    leader: int | None = None
    """Of a parallel worker: whose worker it is."""
    backend: str | None = None
    """client backend, autovacuum worker, walsender, …"""
    database: str | None = None
    role: str | None = None
    application: str | None = None
    client: str | None = None
    state: str | None = None
    """active, idle, idle in transaction, …"""
    wait: str | None = None
    """What it waits for, as the server calls it: "IO DataFileRead"."""
    xid: str | None = None
    """Its transaction id: it has written, or locked rows or a table alone."""
    xmin_age: int | None = None
    """By how many transactions what it may still see is behind."""
    connected_s: float | None = None
    transaction_s: float | None = None
    query_s: float | None = None
    state_s: float | None = None
    query: str | None = None
    """What it runs; of an idle session its last statement, which is over."""
    is_hidden: bool = False
    """Our role may not see what it does."""
    is_superuser: bool = False
    query_id: int | None = None
    usual_ms: float | None = None
    """What its statement takes in the mean; None: nobody counts, or it was not asked."""
    progress: CommandProgress | None = None
    began: str | None = None
    """When it connected, as the server writes it: with the pid, who it is."""
    query_began: str | None = None

    @property
    def is_active(self) -> bool:
        """Whether a statement runs."""
        return self.state in {"active", "fastpath function call"}

    @property
    def is_idle_in_transaction(self) -> bool:
        """Whether it holds a transaction open and does nothing."""
        return self.state is not None and self.state.startswith("idle in transaction")

    @property
    def is_client(self) -> bool:
        """Whether somebody is at its other end, as far as that can be seen."""
        return self.backend == "client backend" or (
            self.backend is None and self.is_hidden and self.database is not None
        )

    @property
    def may_have_written(self) -> bool:
        """Whether ending it may lose work: a lock alone takes a transaction id too, and of a hidden
        session nobody knows.
        """
        return self.xid is not None or self.is_hidden

    @property
    def age_s(self) -> float | None:
        """Of what it does now: of the statement, or of the transaction while idle in one."""
        if self.is_idle_in_transaction:
            return self.transaction_s
        return self.query_s if self.is_active else self.state_s


@dataclass(frozen=True, slots=True)
class Blocker:
    """Who is in the way: a session, or a prepared transaction that has none."""

    pid: int | None
    gid: str | None = None
    """Of a prepared transaction; "?" where it is not known which."""
    is_queued: bool = False
    """It holds nothing of it, and only stands before the waiter in the queue."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What one session waits for."""

    pid: int
    lock: str
    """The kind of lock, as the server calls it: relation, transactionid, tuple, advisory, …"""
    mode: str
    on: str
    """What is locked, in words: a relation, `advisory 42, 7`."""
    blockers: tuple[Blocker, ...]
    direct: tuple[int, ...] = ()
    """The same as the server told it: 0 for a prepared transaction."""
    row: str | None = None
    """Which row, as `(page,tuple)`."""
    parent: str | None = None
    """The partitioned table that `on` is a part of."""
    waiting_s: float | None = None


@dataclass(frozen=True, slots=True)
class MoreWaits:
    """Waiters beyond those that were asked for one by one."""

    lock: str
    mode: str
    on: str
    count: int


@dataclass(frozen=True, slots=True)
class PreparedTransaction:
    """A transaction that waits for COMMIT PREPARED, in no session."""

    gid: str
    owner: str
    database: str
    age_s: float
    xid_age: int | None = None


@dataclass(frozen=True, slots=True)
class Standby:
    """Who is sent this server's changes."""

    pid: int
    name: str
    client: str | None
    state: str | None
    sync: str | None
    lag_bytes: int | None
    lag_s: float | None


@dataclass(frozen=True, slots=True)
class ReplicationSlot:
    """A promise to keep WAL, and perhaps old rows, for somebody."""

    name: str
    kind: str
    database: str | None
    is_active: bool
    pid: int | None
    retained_bytes: int | None
    xmin_age: int | None


@dataclass(frozen=True, slots=True)
class Moment:
    """One look at a server."""

    version: str
    database: str
    role: str
    at: str
    """By the server's clock, ISO 8601 in UTC."""
    sees_all: bool
    """Whether our role may see what the sessions of others do."""
    in_recovery: bool
    limit: int
    """Connections that ordinary roles may have."""
    sessions: tuple[ServerSession, ...]
    waits: tuple[Wait, ...] = ()
    more_waits: tuple[MoreWaits, ...] = ()
    prepared: tuple[PreparedTransaction, ...] = ()
    standbys: tuple[Standby, ...] = ()
    slots: tuple[ReplicationSlot, ...] = ()
    ms: float = 0.0
    """What looking took, seen from here."""
    ours: tuple[ServerSession, ...] = ()
    """The connection that looked, and those of pages like this one: each takes a place of `limit`
    and is counted, and none is listed.
    """


@dataclass(frozen=True, slots=True)
class DatabaseFigures:
    """What a server counts of one database, since its statistics began."""

    name: str
    commits: int | None
    rollbacks: int | None
    blocks_read: int | None
    """From outside of shared buffers; the system may have had them."""
    blocks_hit: int | None
    temp_bytes: int | None
    deadlocks: int | None
    since: str | None
    """When it began to count: ISO 8601, UTC; None: with the server, or not known."""
    bytes: int | None = None
    """None: not asked for, or our role may not connect to it."""

    @property
    def hit_share(self) -> float | None:
        """From 0 to 1; None: nothing was read yet."""
        if self.blocks_hit is None or self.blocks_read is None:
            return None
        blocks = self.blocks_hit + self.blocks_read
        return self.blocks_hit / blocks if blocks else None


@dataclass(frozen=True, slots=True)
class Overview:
    """A server with all its databases at one moment; figures grow until somebody resets them."""

    databases: tuple[DatabaseFigures, ...]
    at_s: float
    """By the server's clock, seconds since 1970."""
    wal_bytes: int | None
    """Written so far, or received where it is a standby."""
    checkpoints_timed: int | None
    checkpoints_requested: int | None
    """Asked for by WAL that grew too fast, a command, or a backup."""
    checkpoints_since: str | None
    autovacuum_workers: int
    """At work now."""
    autovacuum_limit: int | None
