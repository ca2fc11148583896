"""The migration tools studio knows: its own, and those third parties bring by entry point."""

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from studio.migrations.framework import Framework

ENTRY_POINTS = "studio.migrations"

BUILT_IN = (
    "drizzle:Drizzle",
    "prisma:Prisma",
    "supabase:Supabase",
    "knex:Knex",
    "typeorm:TypeORM",
    "mikroorm:MikroORM",
    "sequelize:Sequelize",
    "node_pg_migrate:NodePgMigrate",
    "alembic:Alembic",
    "django:Django",
    "yoyo:Yoyo",
    "rails:Rails",
    "laravel:Laravel",
    "ecto:Ecto",
    "flyway:Flyway",
    "liquibase:Liquibase",
    "refinery:Refinery",
    "sqlx:Sqlx",
    "diesel:Diesel",
    "sql_migrate:SqlMigrate",
    "goose:Goose",
    "dbmate:Dbmate",
    "atlas:Atlas",
    "sqitch:Sqitch",
    "golang_migrate:GolangMigrate",
    "kysely:Kysely",
)
"""Module and class; the more a history table's columns prove, the earlier."""


_TROUBLE = (ImportError, AttributeError, TypeError, ValueError, OSError, RuntimeError, SyntaxError)
"""What loading a guest may raise: a line in a report, not a crash."""


@cache
def frameworks() -> tuple[Framework, ...]:
    """Every framework, studio's own first."""
    found: list[Framework] = []
    for place in BUILT_IN:
        module, _, name = place.partition(":")
        found.append(getattr(import_module(f"studio.migrations.{module}"), name)())
    found.extend(guest for guest, _ in _guests() if guest is not None)
    return tuple(found)


def failures() -> tuple[str, ...]:
    """Guests that could not be loaded, each as a sentence."""
    return tuple(reason for _, reason in _guests() if reason)


@cache
def _guests() -> tuple[tuple[Framework | None, str], ...]:
    found: list[tuple[Framework | None, str]] = []
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda p: p.name):
        try:
            guest = point.load()()
        except _TROUBLE as error:
            found.append((None, f"The migration framework {point.name} cannot be loaded: {error}"))
            continue
        if isinstance(guest, Framework):
            found.append((guest, ""))
        else:
            found.append((None, f"{point.value} is not a studio migration framework"))
    return tuple(found)


def framework(name: str) -> Framework:
    """The framework called `name`; raises KeyError."""
    for known in frameworks():
        if known.name == name:
            return known
    raise KeyError(name)
