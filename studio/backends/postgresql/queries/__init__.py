"""PostgreSQL's catalog, one question a file."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from sqlalchemy import Connection

Record = dict[str, str | None]
"""One row: the server's text by column name."""

_PORTION = 1000


@cache
def text(name: str, version: int, package: str = __name__) -> str:
    """The query called `name` for a server of major `version`: the newest variant that fits."""
    folder = files(package)
    for since in range(version, 11, -1):
        variant = folder / f"{name}_since_{since}.sql"
        if variant.is_file():
            return variant.read_text("utf-8")
    return (folder / f"{name}.sql").read_text("utf-8")


def ask(connection: Connection, name: str, /, **parameters: object) -> list[Record]:
    """The answer to one of the questions."""
    return asked(connection, __name__, name, parameters)


def asked(
    connection: Connection, package: str, name: str, parameters: Mapping[str, object]
) -> list[Record]:
    """The answer to a question that lies in another folder."""
    version = (connection.dialect.server_version_info or (12,))[0]
    # psycopg takes every percent sign of a statement with parameters for a placeholder.
    result = connection.exec_driver_sql(text(name, version, package), parameters or None)
    names = tuple(result.keys())
    records: list[Record] = []
    # In portions, because the driver holds the interpreter while it makes rows.
    while rows := result.fetchmany(_PORTION):
        records += (dict(zip(names, row, strict=True)) for row in rows)
    return records
