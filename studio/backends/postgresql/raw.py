"""SQL_ASCII databases: the server knows no encoding, so text is any bytes at all.

They are read as UTF-8 where they are that, and every other byte as a surrogate escape; the same
way back gives the same bytes. psycopg would take such a connection for ASCII.
"""

import codecs
from typing import TYPE_CHECKING, Any, Self

from psycopg import AsyncConnection, AsyncCursor, Connection, Cursor
from psycopg.abc import Params, QueryNoTemplate
from psycopg.adapt import Buffer, Dumper, Loader

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

SETTING = {"client_encoding": "SQL_ASCII"}
"""Any other client encoding would make the server check, and refuse, what it holds."""
_CODEC = "studio_sql_ascii"


def _decode(data: "ReadableBuffer", errors: str = "strict") -> tuple[str, int]:
    del errors
    raw = bytes(data)
    return raw.decode("utf-8", "surrogateescape"), len(raw)


def _encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
    del errors
    return text.encode("utf-8", "surrogateescape"), len(text)


def _find(name: str) -> codecs.CodecInfo | None:
    return codecs.CodecInfo(_encode, _decode, name=_CODEC) if name == _CODEC else None


codecs.register(_find)


class _RawLoader(Loader):
    def load(self, data: Buffer) -> str:
        return _decode(data)[0]


class _RawDumper(Dumper):
    def dump(self, obj: str) -> bytes:
        return _encode(obj)[0]


class _RawCursor(Cursor[Any]):
    # What names of columns and messages are decoded with.
    _encoding = _CODEC

    def execute(  # type: ignore[override]
        self,
        query: QueryNoTemplate,
        params: Params | None = None,
        *,
        prepare: bool | None = None,
        binary: bool | None = None,
    ) -> Self:
        return super().execute(_as_bytes(query), params, prepare=prepare, binary=binary)


class _AsyncRawCursor(AsyncCursor[Any]):
    _encoding = _CODEC

    async def execute(  # type: ignore[override]
        self,
        query: QueryNoTemplate,
        params: Params | None = None,
        *,
        prepare: bool | None = None,
        binary: bool | None = None,
    ) -> Self:
        return await super().execute(_as_bytes(query), params, prepare=prepare, binary=binary)


def _as_bytes(query: QueryNoTemplate) -> QueryNoTemplate:
    return _encode(query)[0] if isinstance(query, str) else query


def accept(connection: Connection[Any] | AsyncConnection[Any]) -> None:
    """Read and send text as bytes; the session is to be given SETTING too."""
    connection.adapters.register_loader(0, _RawLoader)
    connection.adapters.register_dumper(str, _RawDumper)
    if isinstance(connection, Connection):
        connection.cursor_factory = _RawCursor
    else:
        connection.cursor_factory = _AsyncRawCursor
