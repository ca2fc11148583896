"""Where names without a schema are, in a database that was read."""

from studio.migrations.registry import framework
from studio.model.catalog import Catalog
from studio.model.migration import MigrationStatus


def default_namespace(status: MigrationStatus, catalog: Catalog) -> str | None:
    """Where unqualified names of the migrations went, or will go."""
    tool = framework(status.framework)
    if tool.history_tells_schema and status.history is not None and status.history.schema:
        return status.history.schema
    used = {table.ref.schema for table in catalog.tables()}
    if None in used or not used:
        return None
    return "public" if "public" in {s.name for s in catalog.schemas} else catalog.schemas[0].name
