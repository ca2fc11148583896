"""The samples, each by their own judge."""

import pytest

from tests.completion.shops import CLINIC, HARBOUR, cases, judged, postgres_shop, sqlite_shop


def test_every_sample_is_completed_as_its_judge_says(shops):
    wrong = {case["id"]: judged(shops[case["engine"]], case) for case in cases()}
    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.parametrize("samples", [CLINIC, HARBOUR])
def test_every_sample_of_another_database_is_completed_as_the_judge_says(
    postgres, tmp_path, samples
):
    known = {
        "postgresql": postgres_shop(postgres, samples),
        "sqlite": sqlite_shop(tmp_path / "other.db", samples),
    }
    wrong = {case["id"]: judged(known[case["engine"]], case) for case in cases(samples)}
    assert {name: found for name, found in wrong.items() if found} == {}
