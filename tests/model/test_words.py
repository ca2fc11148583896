"""Counts and owners in sentences; and nobody builds either by hand."""

import re
from pathlib import Path

import pytest

import studio
from studio.model.words import plural, possessive

ROOT = Path(studio.__file__).parent
OTHERS = ("explain", "ui/plan", "ui/query")
"""Rooms with words of their own for numbers that are measured."""
BY_HAND = re.compile(r"""\}'s\b|['"]s['"] if |['"]["'] if [^{}]* == 1 else""")


@pytest.mark.parametrize(
    ("count", "nouns", "wanted"),
    [
        (0, "", "0 rows"),
        (1, "", "1 row"),
        (2, "", "2 rows"),
        (20_000, "", "20,000 rows"),
        (2, "of them", "2 of them"),
    ],
)
def test_a_count_goes_with_its_noun(count, nouns, wanted):
    assert plural(count, "row", nouns) == wanted


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("ada", "ada's"), ("customers", "customers'"), ("ORDERS", "ORDERS'"), ("boss", "boss'")],
)
def test_what_belongs_to_a_name(name, wanted):
    assert possessive(name) == wanted


def test_no_sentence_makes_its_own_plural():
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sorted(ROOT.rglob("*.py"))
        if not str(path.relative_to(ROOT)).startswith((*OTHERS, "model/words.py"))
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if BY_HAND.search(line) and "{engine}'s SQL" not in line
    ]
    assert not found, "\n".join(found)
