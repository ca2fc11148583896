"""Views and row policies of Drizzle's snapshots, of both layouts."""

import re
from collections.abc import Iterable, Iterator, Mapping

from studio.migrations.reading import manifests
from studio.model.catalog import Table, TableKind, TableRef
from studio.model.policies import Policing, Policy

_CAPITAL = re.compile(r"(?=[A-Z])")

Item = Mapping[str, object]


def views(items: Iterable[Item]) -> Iterator[Table]:
    """The views a snapshot lists; one that is only mentioned there has no text."""
    for item in items:
        name, schema = (manifests.string(item.get(key)) for key in ("name", "schema"))
        is_kept = item.get("materialized") is True
        kind = TableKind.MATERIALIZED_VIEW if is_kept else TableKind.VIEW
        is_elsewhere = item.get("isExisting") is True
        text = "" if is_elsewhere else manifests.string(item.get("definition"))
        ref = TableRef(schema or None, name)
        yield Table(ref, kind, (), options=tuple(_options(item.get("with"))), sql=text)


def _options(given: object) -> Iterator[str]:
    """`securityInvoker: true` as PostgreSQL keeps it."""
    for name, value in manifests.mapping(given).items():
        told = str(value).lower() if isinstance(value, bool) else value
        if isinstance(told, str | int | float):
            yield f"{_CAPITAL.sub('_', name).lower()}={told}"


def policing(table: Item, policies: Iterable[Item] | None) -> Policing | None:
    """The policies of one table; None where the snapshot is from before there were any."""
    enabled = table.get("isRLSEnabled", table.get("isRlsEnabled"))
    if policies is None and enabled is None:
        return None
    found = tuple(_policy(item) for item in policies or ())
    # Drizzle turns security on wherever it makes a policy.
    return Policing(enabled is True or bool(found), policies=found)


def _policy(item: Item) -> Policy:
    roles = item.get("to", item.get("roles"))
    names = (r for r in roles if isinstance(r, str)) if isinstance(roles, list) else ()
    return Policy(
        manifests.string(item.get("name")),
        manifests.string(item.get("for"), "ALL").upper(),
        manifests.string(item.get("as"), "PERMISSIVE").upper() != "RESTRICTIVE",
        tuple(sorted(names)) or ("public",),
        manifests.string(item.get("using")) or None,
        manifests.string(item.get("withCheck")) or None,
    )
