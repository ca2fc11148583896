"""Query plans of SQLite as the shell and other clients print them."""

import json

import pytest

from studio.backends.sqlite.plans import explain, pasted

ROWS = (
    (4, 0, 0, "SCAN o"),
    (9, 0, 0, "SEARCH c USING COVERING INDEX i (a=? AND b>?)"),
    (12, 0, 0, "CORRELATED SCALAR SUBQUERY 1"),
    (15, 12, 0, "SEARCH x USING INTEGER PRIMARY KEY (rowid=?)"),
)
TREE = """\
|--SCAN o
|--SEARCH c USING COVERING INDEX i (a=? AND b>?)
`--CORRELATED SCALAR SUBQUERY 1
   `--SEARCH x USING INTEGER PRIMARY KEY (rowid=?)
"""


def list_mode(rows):
    return "\n".join("|".join(map(str, row)) for row in rows) + "\n"


def box_mode(rows):
    body = "\n".join(f"│ {i:<2} │ {p:<6} │ {n:<7} │ {d:<60} │" for i, p, n, d in rows)
    return f"┌────┬───┐\n│ id │ parent │ notused │ detail │\n├────┼───┤\n{body}\n└────┴───┘\n"


def column_mode(rows):
    body = "\n".join(f"{i:<2}  {p:<6}  {n:<7}  {d}" for i, p, n, d in rows)
    return f"id  parent  notused  detail\n--  ------  -------  ------\n{body}\n"


def csv_mode(rows):
    body = "\r\n".join(f'{i},{p},{n},"{d}"' for i, p, n, d in rows)
    return f"id,parent,notused,detail\r\n{body}\r\n"


SHAPES = {
    "list": list_mode(ROWS),
    "headers": "id|parent|notused|detail\n" + list_mode(ROWS),
    "box": box_mode(ROWS),
    "column": column_mode(ROWS),
    "csv": csv_mode(ROWS),
    "tuples": "\n".join(map(str, ROWS)),
    "list-of-tuples": str(list(ROWS)).replace("), (", "),\n ("),
    "json": json.dumps(ROWS),
    "json-objects": json.dumps(
        [dict(zip(("id", "parent", "notused", "detail"), row, strict=True)) for row in ROWS]
    ),
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_rows_are_the_same_however_they_are_printed(text):
    assert pasted.is_saved(text)
    assert pasted.parse(text) == explain.steps(ROWS)


@pytest.mark.parametrize(
    "text",
    [
        TREE,
        f"QUERY PLAN\n{TREE}",
        f"sqlite> EXPLAIN QUERY PLAN SELECT 1;\nQUERY PLAN\n{TREE}sqlite> ",
        "".join(f"    {line}\n" for line in ["QUERY PLAN", *TREE.splitlines()]),
        f"QUERY PLAN\n{TREE}".replace("\n", "\r\n"),
    ],
    ids=["bare", "titled", "prompt", "indented", "crlf"],
)
def test_the_tree_is_the_same_whatever_is_around_it(text):
    assert pasted.is_saved(text)
    assert [(s.id, s.parent, s.raw) for s in pasted.parse(text)] == [
        (1, 0, ROWS[0][3]), (2, 0, ROWS[1][3]), (3, 0, ROWS[2][3]), (4, 3, ROWS[3][3]),
    ]  # fmt: skip


def test_rows_of_old_servers_have_no_tree_but_their_selects_stay_apart():
    old = "0|0|0|SCAN TABLE t AS a\n0|1|1|SEARCH TABLE u USING INDEX i (x=?)\n1|0|0|SCAN TABLE v\n"
    steps = pasted.parse(f"selectid|order|from|detail\n{old}")
    assert [(s.object, s.table) for s in steps] == [("a", "t"), ("u", ""), ("v", "")]
    assert steps[0].parent == steps[1].parent != steps[2].parent
    assert len({s.id for s in steps}) == 3


@pytest.mark.parametrize(
    "text",
    ["", "id|parent|notused|detail\n", "1|2|3|Hello\n", "1|2|3|SCAN t\nnothing\n", "a,b\n1,2\n"],
)
def test_other_text_is_no_query_plan(text):
    assert not pasted.is_saved(text)


@pytest.mark.parametrize(
    ("line", "kind", "rest"),
    [
        ("CREATE BLOOM FILTER", "CREATE_BLOOM_FILTER", {}),
        ("SCAN t EXISTS", "SCAN", {"object": "t"}),
        ("SEARCH t EXISTS USING INDEX i (a=?)", "SEARCH", {"object": "t", "index": "i"}),
    ],
)
def test_lines_of_newer_libraries(line, kind, rest):
    step = explain.step(1, 0, line)
    assert step.kind == kind
    assert {name: getattr(step, name) for name in rest} == rest
