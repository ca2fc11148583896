"""SQLAlchemy's psycopg dialect, as a lane needs it: no questions of its own, values as text."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.adapt import AdaptersMap
from psycopg.types.bool import BoolDumper
from psycopg.types.none import NoneDumper
from psycopg.types.numeric import DecimalDumper, FloatDumper, IntDumper
from psycopg.types.string import ByteaBinaryLoader, BytesDumper, StrDumperUnknown, TextLoader
from sqlalchemy import Connection
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg, PGDialectAsync_psycopg
from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext
from sqlalchemy.types import UserDefinedType

from studio.backends.base import Copied
from studio.backends.postgresql import copying, failures

DRIVERNAME = "postgresql+studio"
ASYNC_DRIVERNAME = "postgresql+studio_async"


def _text_adapters() -> AdaptersMap:
    # A map without a template knows no type at all, so every oid falls back to 0: the server's
    # text is exact where psycopg's own loaders raise (infinity, BC, 24:00) or round (intervals).
    adapters = AdaptersMap()
    adapters.register_loader(0, TextLoader)
    # Only a binary COPY asks for it.
    adapters.register_loader(0, ByteaBinaryLoader)
    adapters.register_dumper(str, StrDumperUnknown)
    adapters.register_dumper(type(None), NoneDumper)
    adapters.register_dumper(int, IntDumper)
    adapters.register_dumper(float, FloatDumper)
    adapters.register_dumper(bool, BoolDumper)
    adapters.register_dumper(Decimal, DecimalDumper)
    adapters.register_dumper(bytes, BytesDumper)
    return adapters


TEXT_ADAPTERS = _text_adapters()
"""Text leaves untyped, so that the server infers its type, and every value arrives as text."""


class Untyped(UserDefinedType[Any]):
    """A parameter whose type the server infers from where it stands: no cast is written.

    Not a NullType: SQLAlchemy would give that the type of what it is compared with, and a cast.
    """

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """PostgreSQL's own name for it."""
        return "unknown"


class _Quiet(PGDialect_psycopg):
    """What both dialects change."""

    def initialize(self, connection: Connection) -> None:
        """Take from the connection what SQLAlchemy asks the server about in five round trips.

        Its questions expect numbers and booleans back, and here every value is text.
        """
        info = connection.connection.dbapi_connection.info  # type: ignore[union-attr]
        number = info.server_version
        self.server_version_info = (number // 10000, number % 10000)
        self.default_schema_name = "public"
        self.default_isolation_level = "READ COMMITTED"
        strings = info.parameter_status("standard_conforming_strings")
        self._backslash_escapes = strings == "off"
        self.supports_identity_columns = True
        self._supports_jsonb_subscripting = self.server_version_info >= (14,)
        self.supports_virtual_generated_columns = self.server_version_info >= (18,)

    def copied(self, connection: Connection, statement: str) -> Copied | None:
        """COPY … TO STDOUT."""
        return copying.copied(connection, statement)

    def do_execute(
        self,
        cursor: DBAPICursor,
        statement: str,
        parameters: Sequence[Any] | Mapping[str, Any] | None,
        context: ExecutionContext | None = None,
    ) -> None:
        """Run a statement; text somebody wrote, without parameters, reaches the server untouched.

        psycopg reads `%` as a placeholder as soon as there are parameters, even none of them.
        """
        try:
            if parameters or (context is not None and context.compiled is not None):
                cursor.execute(statement, parameters)
            else:
                cursor.execute(statement)
        except UnicodeEncodeError as error:
            # Bytes that are no text pass only where the server knows no encoding (SQL_ASCII).
            part = ascii(error.object[error.start : error.end])
            raise psycopg.DataError(f"{part} is no text in this database's encoding") from error
        except psycopg.Error as error:
            if name := getattr(cursor, "name", ""):
                # The server counts places from the DECLARE that psycopg writes in front.
                failures.shift(error, len(f'DECLARE "{name}" CURSOR FOR '))
            raise


class StudioDialect(_Quiet):
    """Blocking."""

    supports_statement_cache = True


class StudioAsyncDialect(_Quiet, PGDialectAsync_psycopg):
    """For asyncio."""

    supports_statement_cache = True


registry.register("postgresql.studio", __name__, "StudioDialect")
registry.register("postgresql.studio_async", __name__, "StudioAsyncDialect")
