"""What ANALYZE kept of a column: pg_stats, read and never recomputed."""

from sqlalchemy import ColumnElement, Connection, Double, case, cast, func, literal_column

from studio.backends.halves.profiling import ColumnStatistics
from studio.backends.postgresql import catalog, kinds
from studio.backends.postgresql.queries import Record, ask
from studio.model.catalog import Column, ColumnKind, Table
from studio.model.profile import Frequent

_NUMBERS = {"smallint", "integer", "bigint", "real", "double precision", "numeric"}
_FINITE = "1e300"
"""Beyond it a number is infinite, or no double precision: left out of a histogram."""


class PostgreSQLProfiling:
    """The half `profiling`."""

    def known(
        self, connection: Connection, table: Table, column: Column
    ) -> ColumnStatistics | None:
        """Two questions to the catalog."""
        oid = catalog.oid(connection, table.ref)
        found = ask(connection, "statistics", oid=oid, column=column.name)
        if not found:
            return None
        (about,) = found
        values = ask(
            connection,
            "statistics_values",
            oid=oid,
            column=column.name,
            inherited=about["inherited"],
        )
        # Negative: a share of the rows, since more rows will bring more values.
        distinct = float(about["n_distinct"] or 0)
        return ColumnStatistics(
            nulls=float(about["null_frac"] or 0),
            distinct=distinct if distinct > 0 else None,
            distinct_share=-distinct if distinct < 0 else None,
            width=int(about["avg_width"] or 0),
            frequent=tuple(_frequent(row) for row in values if row["part"] == "common"),
            bounds=tuple(row["value"] for row in values if row["part"] == "bound"),
            analyzed=about["analyzed"] or "",
        )

    def number(self, column: Column, value: ColumnElement[object]) -> ColumnElement[object] | None:
        """Numbers by a cast that cannot overflow, dates and timestamps by their epoch."""
        if column.kind in {ColumnKind.DATE, ColumnKind.TIMESTAMP}:
            epoch: ColumnElement[object] = cast(func.date_part("epoch", value), Double())
            return case((func.isfinite(value), epoch))
        if kinds.bare(column.type_name) not in _NUMBERS:
            return None
        is_finite = value.between(literal_column(f"-{_FINITE}"), literal_column(_FINITE))
        return case((is_finite, cast(value, Double())))


def _frequent(row: Record) -> Frequent:
    return Frequent(row["value"], float(row["share"] or 0))
