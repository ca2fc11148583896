"""Names of any letters in the conditions a server prints."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.backends.postgresql.plans.predicates import plain, terms
from studio.backends.postgresql.plans.sort_keys import sort_columns

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


@given(NAMES, NAMES)
def test_a_quoted_column_is_one_name_whatever_it_holds(alias, column):
    (term,) = terms(f"({quoted(alias)}.{quoted(column)} = 5)", [alias])
    assert (plain(term.column), term.joins, term.constant) == (column, False, "5")


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_sort_keys_are_cut_at_no_comma_inside_a_name(names):
    key = ", ".join(f"t.{quoted(name)}" for name in names)
    assert [plain(column) for column in sort_columns(key, ["t"])] == names


@pytest.mark.parametrize(
    ("written", "constant"),
    [("(InitPlan 1).col1", "$1"), ("'(InitPlan 1).col1'::text", "'(InitPlan 1).col1' :: text")],
)
def test_only_an_init_plan_outside_a_string_is_a_parameter(written, constant):
    (term,) = terms(f"(a > {written})", ["t"])
    assert term.constant == constant
