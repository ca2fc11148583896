"""SQL laid out anew keeps every token and every comment, or is left alone with a reason."""

import json
from pathlib import Path

import pytest

from studio.sqltext.layout import CannotLayOut, laid_out
from studio.sqltext.split import split
from studio.sqltext.syntax import POSTGRESQL, SQLITE
from studio.sqltext.tokens import TokenKind, lex

SAMPLES = Path(__file__).parents[1] / "samples"
LATE = """\
with late as (select id, placed_at::date as d /* the day */ from orders -- all of them
where status='placed' and Placed_At < NOW() - :since::interval)
-- by customer
select c."Email",l.d from late l join customers c on c.id=l.id order by 2 desc
nulls last limit $1"""
LAID_OUT = """\
with late as (
  select
    id,
    placed_at::date as d /* the day */
  from orders -- all of them
  where
    status = 'placed'
    and Placed_At < NOW() - :since::interval
)
-- by customer
select
  c."Email",
  l.d
from late l
join customers c
  on c.id = l.id
order by
  2 desc nulls last
limit $1"""


def tokens(text, syntax):
    return [t.text.rstrip() for t in lex(text, syntax) if t.kind is not TokenKind.SPACE]


def test_lines_break_where_clauses_begin_and_nothing_else_is_another():
    assert laid_out(LATE, POSTGRESQL) == LAID_OUT
    assert laid_out(LAID_OUT, POSTGRESQL) == LAID_OUT


@pytest.mark.parametrize(
    ("sql", "out"),
    [
        (
            "insert into t(a,[b c]) values (1,?2) returning `a`",
            "insert into t (a, [b c])\nvalues\n  (1, ?2)\nreturning `a`",
        ),
        ("select 1 -- end", "select\n  1 -- end"),
        ("-- start\nselect @a", "-- start\nselect\n  @a"),
        ("select /* in */ a/**/, b", "select /* in */\n  a /**/,\n  b"),
    ],
)
def test_names_parameters_and_comments_stay_as_they_are(sql, out):
    assert laid_out(sql, SQLITE) == out


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("select 'never closed", "it holds something that is no SQL here"),
        ("vacuum", "it is of a kind that is not laid out"),
        ("do $$ begin perform 1; end $$", "it is of a kind that is not laid out"),
        ("select from from where", "it could not be read: "),
        ("select " + ", ".join(["1"] * 3000), "it is too long"),
        ("select " + "(" * 1900 + "1" + ")" * 1900, "it could not be read: "),
    ],
)
def test_what_cannot_be_laid_out_says_why(sql, why, capfd):
    with pytest.raises(CannotLayOut, match=why):
        laid_out(sql, POSTGRESQL)
    assert capfd.readouterr() == ("", "")


def texts():
    for line in (SAMPLES / "completion" / "cases.jsonl").read_text().splitlines():
        case = json.loads(line)
        yield case["sql"].replace("\\|", "\0").replace("|", "").replace("\0", "|"), case["engine"]
    for path in sorted((SAMPLES / "scripts").rglob("*.sql")):
        yield path.read_text(), "sqlite" if "sqlite" in str(path) else "postgresql"


def test_every_statement_of_the_samples_is_itself_afterwards():
    done = 0
    for text, engine in texts():
        syntax = SQLITE if engine == "sqlite" else POSTGRESQL
        for statement in split(text, syntax):
            try:
                out = laid_out(statement.text, syntax)
            except CannotLayOut:
                continue
            assert tokens(out, syntax) == tokens(statement.text, syntax)
            done += 1
    assert done > 100
