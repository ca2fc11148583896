"""Row policies that are declared and not there, there and not declared, or say something else."""

from collections.abc import Iterator

from studio.migrations.drift import view_statements as statements
from studio.migrations.drift.declared.schema import POLICIES
from studio.migrations.drift.sides import Sides, named
from studio.model.catalog import Table, TableRef
from studio.model.migration import Drift
from studio.model.policies import Policing, Policy

_WHOEVER = frozenset({"current_user", "session_user", "current_role"})
"""Words for a role, of which the database keeps who it was."""


def row_policies(declared: Table, live: Table, given: Sides) -> Iterator[Drift]:
    """The differences of one table; nothing where a side does not tell."""
    wanted, found = declared.policing, live.policing
    if POLICIES not in given.knows or wanted is None or found is None:
        return
    place = named(live.ref)
    there = {policy.name: policy for policy in found.policies}
    for policy in wanted.policies:
        other = there.pop(policy.name, None)
        where = f"{place}.{policy.name}"
        if other is None:
            made = statements.create_policy(live.ref, policy, given.writer)
            yield Drift("missing_policy", where, _told(policy), "", made)
        else:
            yield from _compared(policy, other, live.ref, given)
    for policy in there.values():
        drop = statements.drop_policy(live.ref, policy, given.writer)
        yield Drift("extra_policy", f"{place}.{policy.name}", "", _told(policy), drop)
    if (wanted.enabled, wanted.forced) != (found.enabled, found.forced):
        change = statements.police(live.ref, wanted, found, given.writer)
        yield Drift("row_security", place, _state(wanted), _state(found), change)


def _compared(wanted: Policy, found: Policy, ref: TableRef, given: Sides) -> Iterator[Drift]:
    place = f"{named(ref)}.{wanted.name}"
    heads = [(p.command, p.permissive) for p in (wanted, found)]
    is_other = heads[0] != heads[1] or not _have_same_roles(wanted, found)
    for one, two in ((wanted.using, found.using), (wanted.check, found.check)):
        if is_other:
            break
        if one and two:
            same = given.same.conditions(one, two, ref, printed=given.printed)
            if same is None:
                given.same.unknown.append(f"the policy {place}")
                return
            is_other = not same
        else:
            is_other = bool(one) != bool(two)
    if is_other:
        statement = statements.change_policy(ref, found, wanted, given.writer)
        yield Drift("policy", place, _told(wanted), _told(found), statement)


def _have_same_roles(wanted: Policy, found: Policy) -> bool:
    named_by_word = any(role.lower() in _WHOEVER for role in wanted.roles)
    return named_by_word or set(wanted.roles) == set(found.roles)


def _told(policy: Policy) -> str:
    kind = "" if policy.permissive else "restrictive "
    using = f" using ({policy.using})" if policy.using else ""
    check = f" with check ({policy.check})" if policy.check else ""
    return f"{kind}for {policy.command.lower()} to {', '.join(policy.roles)}{using}{check}"


def _state(policing: Policing) -> str:
    if not policing.enabled:
        return "off, forced" if policing.forced else "off"
    return "on, forced" if policing.forced else "on"
