"""Statements that would make views and policies what is declared: to be read, never run."""

from studio.migrations.drift.reconcile import DdlWriter
from studio.model.catalog import Table, TableKind, TableRef
from studio.model.policies import Policing, Policy

_WORDS = {TableKind.MATERIALIZED_VIEW: "MATERIALIZED VIEW"}
_KEYWORDS = frozenset({"public", "current_user", "session_user", "current_role"})


def settings(view: Table) -> list[str]:
    """Its options that are settings, as `security_invoker=true`."""
    return sorted(option for option in view.options if "=" in option)


def create_view(view: Table, query: str, write: DdlWriter) -> str:
    """Make the view, with its indexes."""
    given = settings(view)
    options = f" WITH ({', '.join(given)})" if given else ""
    made = f"CREATE {_word(view)} {write.ref(view.ref)}{options} AS {query};"
    return " ".join((made, *(write.create_index(view, index) for index in view.indexes)))


def drop_view(view: Table, write: DdlWriter) -> str:
    """Take the view away."""
    return f"DROP {_word(view)} {write.ref(view.ref)};"


def rename_view(live: Table, declared: Table, query: str, write: DdlWriter) -> str:
    """Give the view its declared name; SQLite has to make it anew."""
    if write.rebuilds:
        return f"{drop_view(live, write)} {create_view(declared, query, write)}"
    name = write.name(declared.ref.name)
    return f"ALTER {_word(live)} {write.ref(live.ref)} RENAME TO {name};"


def change_view(live: Table, declared: Table, query: str, write: DdlWriter) -> str:
    """Make the view as declared, in place of the one that is there."""
    is_plain = declared.kind is live.kind is TableKind.VIEW and not write.rebuilds
    names = declared.column_names
    if is_plain and names and live.column_names == names[: len(live.column_names)]:
        return create_view(declared, query, write).replace("CREATE ", "CREATE OR REPLACE ", 1)
    made = f"{drop_view(live, write)} {create_view(declared, query, write)}"
    return (
        made
        if write.rebuilds
        else f"-- its rights are to be given anew, and its rows are read anew\n{made}"
    )


def create_policy(ref: TableRef, policy: Policy, write: DdlWriter) -> str:
    """Make the policy."""
    kind = "" if policy.permissive else " AS RESTRICTIVE"
    using = f" USING ({policy.using})" if policy.using else ""
    check = f" WITH CHECK ({policy.check})" if policy.check else ""
    place = f"{write.name(policy.name)} ON {write.ref(ref)}{kind}"
    roles = _roles(policy, write)
    return f"CREATE POLICY {place} FOR {policy.command} TO {roles}{using}{check};"


def drop_policy(ref: TableRef, policy: Policy, write: DdlWriter) -> str:
    """Take the policy away."""
    drop = f"DROP POLICY {write.name(policy.name)} ON {write.ref(ref)};"
    if policy.permissive:
        return drop
    return f"-- what this policy held back is let through without it\n{drop}"


def change_policy(ref: TableRef, live: Policy, declared: Policy, write: DdlWriter) -> str:
    """Make the policy as declared; at no moment is there none of its name."""
    is_kept = (live.command, live.permissive) == (declared.command, declared.permissive)
    loses = (live.using and not declared.using) or (live.check and not declared.check)
    if is_kept and not loses:
        using = f" USING ({declared.using})" if declared.using else ""
        check = f" WITH CHECK ({declared.check})" if declared.check else ""
        place = f"{write.name(declared.name)} ON {write.ref(ref)}"
        return f"ALTER POLICY {place} TO {_roles(declared, write)}{using}{check};"
    drop = f"DROP POLICY {write.name(live.name)} ON {write.ref(ref)};"
    return f"BEGIN; {drop} {create_policy(ref, declared, write)} COMMIT;"


def police(ref: TableRef, declared: Policing, live: Policing, write: DdlWriter) -> str:
    """Have the table's policies count, or not, and for its owner too, or not."""
    words = []
    if declared.enabled != live.enabled:
        words.append(f"{'ENABLE' if declared.enabled else 'DISABLE'} ROW LEVEL SECURITY")
    if declared.forced != live.forced:
        words.append(f"{'' if declared.forced else 'NO '}FORCE ROW LEVEL SECURITY")
    change = f"ALTER TABLE {write.ref(ref)} {', '.join(words)};"
    if live.enabled and not declared.enabled:
        return f"-- every row is then there for everybody who may read the table\n{change}"
    return change


def protect(table: Table, write: DdlWriter) -> str:
    """What a table that is made anew needs to be policed as declared; "" for nothing."""
    policing = table.policing or Policing()
    words = [create_policy(table.ref, policy, write) for policy in policing.policies]
    if policing.enabled or policing.forced:
        words.append(police(table.ref, policing, Policing(), write))
    return " ".join(words)


def _word(view: Table) -> str:
    return _WORDS.get(view.kind, "VIEW")


def _roles(policy: Policy, write: DdlWriter) -> str:
    named = (r if r.lower() in _KEYWORDS else write.name(r) for r in policy.roles)
    return ", ".join(named) or "public"
