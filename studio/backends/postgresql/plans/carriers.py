"""Plans inside another kind of document: a web page, asciidoc, LaTeX, as psql and tickets make
them → the plain text of the plan.
"""

import ast
import html
import json
import re
from collections.abc import Sequence
from urllib.parse import unquote

from studio.backends.postgresql.plans.markup import is_xml

ESCAPED = re.compile(r"-&(?:gt|#62|#x3e);|&(?:quot|#34|#39|#x27|lt|gt|amp);", re.IGNORECASE)
CELL = re.compile(r"<td\b[^>]*>(.*?)</td>", re.DOTALL | re.IGNORECASE)
BREAK = re.compile(r"<br\s*/?>\n?", re.IGNORECASE)
WRAPPER = re.compile(r"</?(?:pre|code|div|p|span|html|body|samp|tt)\b[^>]*>", re.IGNORECASE)
ASCIIDOC = re.compile(r"^\|={3,}\s*$", re.M)
ASCIIDOC_CELL = re.compile(r"^(?:[\^<>]?[a-z])?\|")
LATEX = re.compile(r"\\begin\{(?:tabular|longtable)\}")
LATEX_END = re.compile(r"\s*(?:\\\\|\\tabularnewline)\s*$")
LATEX_WORDS = {
    r"\textless{}": "<", r"\textgreater{}": ">", r"\textbackslash{}": "\\", r"\textbar{}": "|",
    r"\^{}": "^", r"\~{}": "~", r"\#": "#", r"\$": "$", r"\%": "%", r"\&": "&", r"\_": "_",
    r"\{": "{", r"\}": "}",
}  # fmt: skip
LATEX_WORD = re.compile("|".join(re.escape(word) for word in LATEX_WORDS))
LITERAL = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")
FENCE = re.compile(r"^\s*(?:(?:```|~~~)\w*|\{(?:code|noformat)(?::[^}\n]*)?\})\s*$", re.M)
ROW = re.compile(
    r"""^[\s\[({+]*(?:["']?QUERY\ PLAN["']?\s*(?:=>|:)\s*)?(?P<quote>["'])(?P<text>.*)(?P=quote)"""
    r"""[\s\])},;+]*$""",
    re.X,
)
"""A row as a program prints it: of a list, a tuple, an object, or joined by `+`."""
SPACES = re.compile("[\u2000-\u200a\u202f\u205f\u3000]")
DRAWN_ARROW = re.compile(r"^(\s*)(?:[\u2012-\u2015]>|\u2192|\u27f6)(?=\s)", re.M)
"""What word processors and chats make of `->`."""


def plain_text(text: str) -> str:
    """The text without the document around it; as it is where there is none."""
    text = DRAWN_ARROW.sub(r"\1->", SPACES.sub(" ", _unescaped(of_program(_of_address(text)))))
    if FENCE.search(text):
        text = FENCE.sub("", text)
    if is_xml(text):
        return text
    if ASCIIDOC.search(text):
        return _from_asciidoc(text)
    if LATEX.search(text):
        return _from_latex(text)
    return _from_html(text)


def _of_address(text: str) -> str:
    """What a web address carried."""
    whole = text.strip()
    return unquote(whole) if "%20" in whole and not re.search(r"\s", whole) else text


def of_program(text: str) -> str:
    """The rows of a list as a program prints it, each a literal; the lines of a log of JSON."""
    whole = text.strip()
    if whole[:1] == whole[-1:] == "`" and "`" not in whole[1:-1]:
        return whole[1:-1]
    lines = [line for line in whole.split("\n") if line.strip(" \t[](){},;+")]
    if all(line.strip()[:1] == line.strip()[-1:] == "`" for line in lines):
        return "\n".join(line.strip()[1:-1] for line in lines)
    if logged := _log_lines(lines):
        return logged
    if len(lines) == 1 and whole[:2] in {"['", '["', "[("}:
        return _listed(whole) or text
    # Rows in quotes alone are a CSV, and are read as that; one row is no list.
    is_listed = whole[:1] == "[" or any(
        line.strip()[0] in "[({+" or line.rstrip()[-1] == "+" for line in lines
    )
    if len(lines) <= 1 or not is_listed or not all(map(ROW.match, lines)):
        return text
    return "\n".join(map(_literal, lines))


def _literal(line: str) -> str:
    row = ROW.match(line)
    return LITERAL.sub(_meant, row["text"].removesuffix("\\n")) if row else ""


def _log_lines(lines: Sequence[str]) -> str:
    """What containers wrote, one JSON object a line."""
    if not lines or not all(line.startswith("{") and '"log"' in line for line in lines):
        return ""
    try:
        return "".join(str(json.loads(line)["log"]) for line in lines)
    except (ValueError, KeyError, TypeError):
        return ""


def _listed(text: str) -> str:
    """Rows of one column as Python prints them."""
    try:
        rows = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return ""
    firsts = [row[0] if isinstance(row, tuple) and len(row) == 1 else row for row in rows]
    return "\n".join(firsts) if all(isinstance(each, str) for each in firsts) else ""


def _unescaped(text: str) -> str:
    """The lines of what a log or a program printed as one literal, `"Limit …\\n  ->  …"`."""
    whole = text.strip()
    if whole[:1] in {"{", "["}:
        # JSON says itself what its escapes mean.
        return text
    if "\n" in whole or "\\n" not in whole or "->" not in whole.replace("\\u003e", ">"):
        return text
    if whole[:1] == whole[-1:] and whole[:1] in {'"', "'"}:
        whole = whole[1:-1]
    return LITERAL.sub(_meant, whole)


def _meant(found: re.Match[str]) -> str:
    escape = found[1]
    if len(escape) > 1:
        return chr(int(escape[1:], 16))
    return {"n": "\n", "t": "\t", "r": ""}.get(escape, escape)


def _from_html(text: str) -> str:
    cells = CELL.findall(text)
    if cells:
        text = "\n".join(cells)
    if "<" in text[:200] or cells:
        text = WRAPPER.sub("", BREAK.sub("\n", text))
    if cells or _is_escaped(text):
        text = html.unescape(text)
        if _is_escaped(text):
            # Escaped twice on its way.
            text = html.unescape(text)
    return text.replace("\xa0", " ")


def _is_escaped(text: str) -> bool:
    """Whether `&gt;` stands for an arrow or an operator, rather than in somebody's constant."""
    if "->" in text or '"Node Type"' in text:
        return False
    return ESCAPED.search(text) is not None


def _from_asciidoc(text: str) -> str:
    found: list[str] = []
    inside = False
    for line in text.split("\n"):
        if ASCIIDOC.match(line):
            inside = not inside
        elif inside:
            found.append(ASCIIDOC_CELL.sub("", line, count=1).replace("\\|", "|"))
    return "\n".join(found)


def _from_latex(text: str) -> str:
    found = []
    for line in text.split("\n"):
        if line.startswith((r"\begin", r"\end", r"\hline", r"\noindent", r"\toprule", r"\endhead")):
            continue
        if line.startswith((r"\midrule", r"\bottomrule", r"\endfoot", r"\endfirsthead")):
            continue
        row = LATEX_END.sub("", line)
        for word in (r"\raggedright{", r"\textit{", r"\textbf{", r"\small\textbf{\textit{"):
            if row.startswith(word):
                row = row.removeprefix(word).removesuffix("}")
        found.append(LATEX_WORD.sub(lambda match: LATEX_WORDS[match[0]], row))
    return "\n".join(found)
