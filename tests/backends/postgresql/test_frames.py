"""Everything people paste around a plan: the answer is that of the plan alone."""

import csv
import io
import json
from pathlib import Path

import pytest

from studio.backends.postgresql.plans import pasted
from studio.backends.postgresql.plans.explained import explained

SAMPLES = Path(__file__).parents[2] / "samples" / "explain"
CASES = ("parallel_seq_agg", "correlated_columns_misestimate", "delete_unindexed_fk")


def rows(text):
    """What a client gets: a JSON plan is one value of many lines, a text plan one row per line."""
    whole = text.rstrip("\n")
    return [whole] if whole.startswith("[") else whole.split("\n")


def in_csv(text, quoting=csv.QUOTE_MINIMAL, header=True):
    file = io.StringIO()
    writer = csv.writer(file, quoting=quoting)
    writer.writerows([["QUERY PLAN"]] if header else [])
    writer.writerows([row] for row in rows(text))
    return file.getvalue()


def expanded(text, bar="|", rule="-"):
    lines = []
    for number, row in enumerate(rows(text), 1):
        lines.append(f"{rule}[ RECORD {number} ]{rule * 30}")
        for place, line in enumerate(row.split("\n")):
            last = place == row.count("\n")
            name = " " * 10 if place else "QUERY PLAN"
            lines.append(f"{name} {bar} {line:<70}{' ' if last else '+'}".rstrip())
    return "\n".join(lines)


def each_line(mark):
    return lambda text: "\n".join(f"{mark}{line}" for line in text.rstrip("\n").split("\n"))


def fenced(text):
    return f"The plan:\n```\n{text}```\nWhy is it slow?\n"


def markdown(text):
    body = "\n".join(f"| {line} |" for line in text.rstrip("\n").split("\n"))
    return f"| QUERY PLAN |\n|------------|\n{body}\n"


def from_syslog(text):
    lines = text.rstrip("\n").split("\n")
    prefix = "Nov  1 10:00:00 db postgres[4711]: "
    body = "\n".join(f"{prefix}[5-{n}] #011{line}" for n, line in enumerate(lines, 2))
    return f"{prefix}[5-1] LOG:  duration: 99.5 ms  plan:\n{body}\n"


def from_jsonlog(text):
    message = f"duration: 99.5 ms  plan:\n{text.rstrip()}"
    return json.dumps({"timestamp": "2026-01-01 10:00:00.1 UTC", "user": "u", "message": message})


def from_csvlog(text):
    file = io.StringIO()
    message = f"duration: 99.5 ms  plan:\n{text.rstrip()}"
    csv.writer(file).writerow(["2026-01-01 10:00:00 UTC", "u", 7, "LOG", "00000", message, ""])
    return file.getvalue()


def exported(text):
    """As clients save a result in JSON."""
    return json.dumps([{"QUERY PLAN": row} for row in rows(text)])


def exported_decoded(text):
    values = [json.loads(row) for row in rows(text)] if text.startswith("[") else rows(text)
    return json.dumps([{"QUERY PLAN": value} for value in values], indent=1)


FRAMES = {
    "csv": in_csv,
    "csv-bare": lambda text: in_csv(text, header=False),
    "csv-quoted": lambda text: in_csv(text, csv.QUOTE_ALL),
    "expanded": expanded,
    "expanded-unicode": lambda text: expanded(text, "│", "─"),
    "mail": each_line("> "),
    "mail-twice": each_line("> > "),
    "comment": each_line("-- "),
    "indented": each_line("\t"),
    "fenced": fenced,
    "markdown": markdown,
    "syslog": from_syslog,
    "jsonlog": from_jsonlog,
    "csvlog": from_csvlog,
    "exported": exported,
    "exported-decoded": exported_decoded,
}


def answer(text):
    return explained(pasted.read(text)[0]).as_json()


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
@pytest.mark.parametrize("form", ["plan.json", "plan.txt"])
@pytest.mark.parametrize("case", CASES)
def test_the_frame_changes_nothing(case, form, frame):
    text = (SAMPLES / case / form).read_text()
    assert answer(frame(text)) == answer(text)


def test_the_duration_in_a_log_stands_for_the_execution_time_the_plan_lacks():
    text = (SAMPLES / "delete_unindexed_fk" / "plan.txt").read_text()
    bare = "\n".join(line for line in text.splitlines() if "Time:" not in line)
    shown = answer(f"LOG:  duration: 5400.25 ms  plan:\n{bare}\n")
    assert shown["execution_ms"] == 5400.25
    assert "fk_trigger_time" in {finding["id"] for finding in shown["findings"]}


def test_a_plan_that_was_not_run_took_no_time_whatever_the_log_says():
    shown = answer("LOG:  duration: 12.5 ms  plan:\n\tSeq Scan on t  (cost=0..1 rows=1 width=4)\n")
    assert shown["execution_ms"] is None


ROW = "(cost=0.00..1.00 rows=1 width=4) (actual time=0.010..0.020 rows=1 loops=1)"


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([{"Plan": {"Node Type": "Result"}}, {"Plan": {"Node Type": "Sort"}}]),
        f"Result  {ROW}\n  Output: 1\nExecution Time: 0.030 ms\n\n"
        f"Sort  {ROW}\n  ->  Seq Scan on t  {ROW}\nExecution Time: 0.040 ms\n",
        f"LOG:  duration: 1.0 ms  plan:\n\tResult  {ROW}\n"
        f"LOG:  duration: 2.0 ms  plan:\n\tSort  {ROW}\n\t  ->  Seq Scan on t  {ROW}\n",
    ],
    ids=["json", "text", "log"],
)
def test_of_several_plans_the_first_is_shown_and_the_others_are_told_of(text):
    shown = answer(text)
    assert [node["node"] for node in shown["nodes"]] == ["Result"]
    assert shown["notes"] == ["The first of 2 plans in this text."]


@pytest.mark.parametrize(
    "text",
    [
        "<explain xmlns='http://www.postgresql.org/2009/explain'>\n<Query/>",
        "QUERY PLAN | <explain>+\n           | </explain>\n",
        json.dumps([{"QUERY PLAN": "<explain></explain>"}]),
        "<!DOCTYPE x [<!ENTITY a 'b'>]>\n<explain><Query><Plan>&a;</Plan></Query></explain>",
    ],
)
def test_xml_without_a_plan_is_refused(text):
    with pytest.raises(pasted.StudioError):
        pasted.read(text)


@pytest.mark.parametrize(
    "text",
    [
        "- Plan: \n    Node Type: Result\n",
        " QUERY PLAN \n-----\n - Plan:               +\n     Node Type: Result  +\n(1 row)",
        '"- Plan: \n    Node Type: ""Result"""\n',
        "<explain><Query><Plan><Node-Type>Result</Node-Type></Plan></Query></explain>",
    ],
)
def test_yaml_and_xml_are_read_in_every_frame(text):
    assert [node["node"] for node in answer(text)["nodes"]] == ["Result"]


def test_yaml_with_aliases_is_refused():
    with pytest.raises(pasted.StudioError, match="aliases"):
        pasted.read("- Plan: \n    Node Type: &a Result\n    Alias: *a\n")
