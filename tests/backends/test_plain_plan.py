"""A plan of which only the lines are known answers all that every plan answers."""

import json

from studio.backends.plans.plain import PlainLine, PlainPlan
from studio.explain.history import kept_run
from studio.explain.printing import as_json, places_of_node
from studio.explain.saved import saved
from studio.model.finding import Finding, IndexHint, Severity
from studio.sqltext.syntax import GENERIC

SQL = "SELECT * FROM t JOIN u ON t.a = u.b"
FOUND = Finding(
    "slow", "1", Severity.WARNING, "It reads all of u.", "No index.", "CREATE INDEX x;", ""
)
HINT = IndexHint("u", ("b",), "CREATE INDEX x ON u (b);")
STEPS = (
    PlainLine("JOIN"),
    PlainLine("SCAN\x1b[31m u", 0, ("u",)),
    PlainLine("SEEK t", 0, ("t", "")),
)


def plan(ms=None, steps=STEPS, engine="duck", source=""):
    return PlainPlan(engine, steps, ms, (FOUND,), (HINT,), source)


def test_it_is_printed_as_a_tree_without_a_control_character():
    text = "\n".join(plan(12.5).lines(60))
    assert text.splitlines()[:5] == ["JOIN", "├ SCAN [31m u  ⚠ 1", "└ SEEK t", "", "12.5 ms"]
    assert "It reads all of u." in text
    assert "\x1b" not in text
    drawn = plan().outline()
    assert "".join(p.text for p in drawn.words(1, 60)) == "SCAN [31m u  ⚠ 1"
    assert [drawn.path(line) for line in range(3)] == ["0", "1", "2"]
    assert drawn.columns() == drawn.heats() == ()


def test_its_document_has_the_keys_of_every_engine():
    document = json.loads(as_json(plan(2.0)))
    assert {"engine", "findings", "index_hints"} <= document.keys()
    assert document["steps"][1] == {"text": "SCAN\x1b[31m u", "parent": 0}
    assert document["execution_ms"] == 2.0
    assert document["index_hints"][0]["sql"] == HINT.sql


def test_it_says_what_it_reads_and_what_it_took():
    assert plan().headline(3.0) == ["not executed"]
    assert plan(4.0).headline(5.0) == ["executed 4.0 ms", "5.0 ms seen from here"]
    assert places_of_node(plan(), 1, SQL, GENERIC) == ((21, 22), (32, 35))
    assert places_of_node(plan(), 7, SQL, GENERIC) == ()
    assert [list(plan().details(line)) for line in (2, 3)] == [[("", "SEEK t")], []]
    assert plan().printed().splitlines()[-1] == "SEEK t"
    assert plan(source="as it came").printed() == "as it came"


def test_two_runs_are_compared_by_their_lines_and_other_engines_not_at_all():
    later = plan(2.0, (*STEPS[:2], PlainLine("SCAN t", 0)))
    drawn = later.since(plan(4.0))
    assert [drawn.cell(line, "mark") for line in range(4)] == [" ", " ", "-", "+"]
    assert drawn.words(4, 60)[0].text == "4.0 → 2.0 ms"
    assert later.since(plan(engine="goose")) is None
    sqlite = saved("QUERY PLAN\n`--SCAN t\n")
    assert later.since(sqlite) is None
    assert sqlite.since(later) is None


def test_a_history_keeps_it_where_it_can_be_read_again():
    assert kept_run(SQL, plan()) is None
    kept = kept_run(SQL, plan(1.0, source="duck SCAN t"))
    assert (kept.ms, kept.document, kept.actuals) == (1.0, "duck SCAN t", None)
