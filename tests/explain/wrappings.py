"""One plan as people paste it: every wrapping made by code out of what the server printed."""

import html
import json
import re
import textwrap
from urllib.parse import quote
from xml.sax.saxutils import escape

LATEX = {
    "\\": r"\textbackslash{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    "^": r"\^{}", "~": r"\~{}", "#": r"\#", "$": r"\$", "%": r"\%", "&": r"\&", "_": r"\_",
    "{": r"\{", "}": r"\}",
}  # fmt: skip


def rows(text):
    return text.rstrip("\n").split("\n")


def table(text):
    return f"QUERY PLAN\n{'-' * 40}\n" + "\n".join(f" {row}" for row in rows(text))


def wrapped(width):
    """As a terminal of that width shows it, and hands it to the clipboard."""

    def broken(text):
        pieces = []
        for row in rows(text):
            pieces += [row[at : at + width] for at in range(0, max(len(row), 1), width)]
        return "\n".join(pieces)

    return broken


def prompted(text):
    head = "[local] me@shop=# EXPLAIN ANALYZE SELECT 1\n[local] me@shop-# FROM t;\n"
    return f"{head}{table(text)}\n({len(rows(text))} rows)\n\n[local] me@shop=# \n"


def plain_prompt(text):
    return f"shop=> explain analyze select 1;\n{table(text)}\n(9 rows)\n\nTime: 1.2 ms\nshop=>"


def asciidoc(text):
    body = "\n".join("l|" + row.replace("|", "\\|") for row in rows(text))
    return (
        '\n[options="header",cols="<l",frame="none"]\n|====\n^l|QUERY PLAN\n'
        f"{body}\n|====\n\n....\n(9 rows)\n....\n"
    )


def latex(text):
    def cell(row):
        return "".join(LATEX.get(char, char) for char in row)

    body = "\n".join(f"{cell(row)} \\\\" for row in rows(text))
    return (
        "\\begin{tabular}{l}\n\\textit{QUERY PLAN} \\\\\n\\hline\n"
        f"{body}\n\\end{{tabular}}\n\n\\noindent (9 rows) \\\\\n"
    )


def psql_html(text):
    def cell(row):
        inner = row.lstrip(" ")
        return "&nbsp;" * (len(row) - len(inner)) + html.escape(inner)

    body = "\n".join(
        f'  <tr valign="top">\n    <td align="left">{cell(row)}</td>\n  </tr>' for row in rows(text)
    )
    return (
        '<table border="1">\n  <tr>\n    <th align="center">QUERY PLAN</th>\n  </tr>\n'
        f"{body}\n</table>\n<p>(9 rows)<br />\n</p>\n"
    )


def escaped(text):
    return "<pre>\n" + html.escape(text) + "</pre>"


def psql_wrapped(columns, border, mark):
    """As `\\pset format wrapped` breaks rows, by its three borders."""
    room = columns - (1, 2, 4)[border]

    def broken(row):
        parts = [row[at : at + room] for at in range(0, len(row), room)] or [""]
        for place, part in enumerate(parts):
            left = mark if place else " "
            right = mark if place < len(parts) - 1 else " "
            if border == 0:
                yield f"{part}{right}".rstrip(" ") if right == " " else f"{part:<{room}}{right}"
            elif border == 1:
                yield f"{left}{part:<{room}}{right}".rstrip(" ")
            else:
                yield f"|{left}{part:<{room}}{right}|"

    def made(text):
        rule = "-" * (room + (0, 2, 2)[border])
        head = f"{'QUERY PLAN':^{len(rule)}}"
        around = [f"+{rule}+", f"|{head}|", f"+{rule}+"] if border > 1 else [head, rule]
        return "\n".join(
            [*around, *(part for row in rows(text) for part in broken(row)), "(9 rows)"]
        )

    return made


def psql_expanded(columns):
    """The same in expanded mode."""

    def made(text):
        lines = []
        for number, row in enumerate(rows(text), start=1):
            lines.append(f"-[ RECORD {number} ]{'-' * 30}")
            parts = [row[at : at + columns] for at in range(0, len(row), columns)] or [""]
            for place, part in enumerate(parts):
                head = "           |." if place else "QUERY PLAN | "
                lines.append(f"{head}{part}{'.' if place < len(parts) - 1 else ''}")
        return "\n".join(lines)

    return made


def fenced(text):
    return f"```sql\n{text.rstrip()}\n```\n"


def single_quoted(text):
    return "\n".join("'" + row.replace("'", "''") + "'" for row in rows(text))


def cut(width, mark):
    """As a grid shows cells that are too wide."""

    def shortened(text):
        return "\n".join(
            row if len(row) <= width else row[: width - len(mark)] + mark for row in rows(text)
        )

    return shortened


def flattened(text):
    return "\n".join(row.lstrip() for row in rows(text))


def collapsed(text):
    return "\n".join(re.sub(r" +", " ", row) for row in rows(text))


def half_flattened(text):
    return "\n".join(row[min(len(row) - len(row.lstrip()), 6) :] for row in rows(text))


WRAPPINGS = {
    "table": table,
    "wrapped-60": wrapped(60),
    "wrapped-80": wrapped(80),
    "wrapped-100": wrapped(100),
    "psql-0-60": psql_wrapped(60, 0, "."),
    "psql-1-60": psql_wrapped(60, 1, "."),
    "psql-1-100": psql_wrapped(100, 1, "…"),
    "psql-2-80": psql_wrapped(80, 2, "."),
    "psql-2-60": psql_wrapped(60, 2, "…"),
    "wrapped-expanded-50": psql_expanded(50),
    "wrapped-table-80": lambda text: wrapped(80)(table(text)),
    "prompted": prompted,
    "plain-prompt": plain_prompt,
    "asciidoc": asciidoc,
    "latex": latex,
    "html-table": psql_html,
    "escaped": escaped,
    "escaped-lines": lambda text: html.escape(text, quote=False),
    "fenced": fenced,
    "single-quoted": single_quoted,
    "flattened": flattened,
    "collapsed": collapsed,
    "half-flattened": half_flattened,
    "cut-80": cut(80, "…"),
    "cut-60": cut(60, "..."),
}


def each(change):
    """Every line by itself."""
    return lambda text: "\n".join(change(number, row) for number, row in enumerate(rows(text)))


def before(mark):
    return each(lambda _, row: mark + row)


def behind(mark):
    return each(lambda _, row: row + mark)


def logged(text):
    head = (
        "2024-01-01 10:00:00 UTC [123] LOG:  duration: 12.345 ms  plan:\n\tQuery Text: SELECT 1\n"
    )
    return head + "\n".join(f"\t{row}" for row in rows(text))


def halved(row):
    inner = row.lstrip()
    return " " * ((len(row) - len(inner)) // 2) + inner


FURTHER = {
    "mail": before("> "),
    "mail-twice": before(">> "),
    "comment": before("-- "),
    "hash": before("# "),
    "slashes": before("// "),
    "indented": before("    "),
    "indented-by-one": before(" "),
    "tabbed": before("\t"),
    "bullet": before("* "),
    "dash": before("- "),
    "container": before("db_1  | "),
    "stamped": before("2024-01-01T00:00:00.123Z "),
    "numbered": each(lambda number, row: f"{number + 1:>3} {row}"),
    "numbered-colon": each(lambda number, row: f"{number + 1}: {row}"),
    "coloured": each(lambda _, row: f"\x1b[32m{row}\x1b[0m"),
    "zero-width": before("\u200b"),
    "byte-order": lambda text: f"\ufeff{text}",
    "no-break": lambda text: text.replace(" ", "\xa0"),
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "cr": lambda text: text.replace("\n", "\r"),
    "trailing": behind("   "),
    "semicolons": behind(";"),
    "pipes": behind(" |"),
    "pluses": each(lambda _, row: f"{row:<100}+"),
    "markdown-table": each(lambda _, row: "| " + row.replace("|", "\\|") + " |"),
    "one-literal": lambda text: text.replace("\n", "\\n"),
    "json-string": json.dumps,
    "python-string": repr,
    "json-rows": lambda text: json.dumps([{"QUERY PLAN": row} for row in rows(text)]),
    "csv": each(lambda _, row: '"' + row.replace('"', '""') + '"'),
    "csv-commas": each(lambda _, row: '"' + row.replace('"', '""') + '",'),
    "arrow": lambda text: text.replace("->", "→"),
    "dash-arrow": lambda text: text.replace("->", "–>"),
    "em-arrow": lambda text: text.replace("->", "—>"),
    "python-rows": lambda text: repr([(row,) for row in rows(text)]),
    "python-tuples": each(lambda _, row: repr((row,))),
    "python-list": lambda text: repr(rows(text)),
    "python-list-lines": lambda text: "[\n" + "".join(f"  {r!r},\n" for r in rows(text)) + "]",
    "node-rows": lambda text: (
        "[\n" + "".join(f"  {{ 'QUERY PLAN': {r!r} }},\n" for r in rows(text)) + "]"
    ),
    "ruby-rows": each(lambda _, row: f'{{"QUERY PLAN"=>{json.dumps(row)}}},'),
    "concatenated": lambda text: " +\n".join(f"  {json.dumps(r + chr(10))}" for r in rows(text)),
    "java": each(lambda _, row: f"\t+ {json.dumps(row + chr(10))}"),
    "container-log": each(lambda _, row: json.dumps({"log": f"{row}\n", "stream": "stdout"})),
    "jira": lambda text: f"{{noformat}}\n{text}\n{{noformat}}",
    "jira-code": lambda text: f"{{code:sql}}\n{text}\n{{code}}",
    "backticks": each(lambda _, row: f"`{row}`"),
    "backtick": lambda text: f"`{text}`",
    "address": quote,
    "grep": each(lambda number, row: f"plan.txt:{number + 1}:{row}"),
    "numbered-tab": each(lambda number, row: f"{number + 1:>4}\t{row}"),
    "escaped-twice": lambda text: html.escape(html.escape(text, quote=False), quote=False),
    "curled": lambda text: text.replace("'", "’"),
    "ellipsis": lambda text: text.replace("..", "…"),
    "decimal-comma": lambda text: re.sub(r"([0-9])\.([0-9])", r"\1,\2", text),
    "thousands": lambda text: re.sub(r"rows=([0-9]+)([0-9]{3})", r"rows=\1,\2", text),
    "upper": str.upper,
    "lower": str.lower,
    "blank-lines": lambda text: "\n\n".join(rows(text)),
    "headless": lambda text: "\n".join(rows(text)[1:]),
    "twice": lambda text: f"{text}\n{text}",
    "prose": lambda text: f"Hi all,\n\nthis is slow:\n\n{text}\nany ideas?\n",
    "wrapped-72": wrapped(72),
    "word-wrapped": each(lambda _, row: "\n".join(textwrap.wrap(row, 70) or [""])),
    "logged": logged,
    "half-indented": each(lambda _, row: halved(row)),
    "less-indented": each(lambda _, row: row[2:] if row.startswith("  ") else row),
}
"""What else happens to a plan on its way, one upon the other."""


def yaml_of(answer):
    """FORMAT YAML as the server prints it: quoted words, plain numbers."""

    def lines(value, indent):
        pad = "  " * indent
        for key, inner in value.items():
            if isinstance(inner, dict):
                yield f"{pad}{key}: "
                yield from lines(inner, indent + 1)
            elif isinstance(inner, list):
                yield f"{pad}{key}: "
                for item in inner:
                    if isinstance(item, dict):
                        first, *rest = lines(item, indent + 2)
                        yield f"{pad}  - {first.lstrip()}"
                        yield from rest
                    else:
                        yield f"{pad}  - {json.dumps(item)}"
            else:
                yield f"{pad}{key}: {json.dumps(inner)}"

    body = list(lines(answer[0], 1))
    return "\n".join([f"- {body[0].lstrip()}", *body[1:]]) + "\n"


SINGULAR = {"Plans": "Plan", "Workers": "Worker", "Triggers": "Trigger",
            "Grouping Sets": "Grouping Set", "Group Keys": "Group Key", "Hash Keys": "Hash Key",
            "Target Tables": "Target Table"}  # fmt: skip


def xml_of(answer):
    """FORMAT XML as the server prints it: labels as tags, items of plain lists as Item."""

    def tag(label):
        return re.sub(r"[^A-Za-z0-9_.-]", "-", label)

    def element(label, value):
        name = tag(label)
        if isinstance(value, dict):
            return f"<{name}>{''.join(element(k, v) for k, v in value.items())}</{name}>"
        if isinstance(value, list):
            inner = "".join(element(SINGULAR.get(label, "Item"), item) for item in value)
            return f"<{name}>{inner}</{name}>"
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return f"<{name}>{escape(text)}</{name}>"

    query = "".join(element(key, value) for key, value in answer[0].items())
    space = "http://www.postgresql.org/2009/explain"
    return f'<explain xmlns="{space}">\n  <Query>{query}</Query>\n</explain>\n'
