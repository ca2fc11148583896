"""The samples, each by their own judge."""

from tests.completion.shops import cases, judged


def test_every_sample_is_completed_as_its_judge_says(shops):
    wrong = {case["id"]: judged(shops[case["engine"]], case) for case in cases()}
    assert {name: found for name, found in wrong.items() if found} == {}
