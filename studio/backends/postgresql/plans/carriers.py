"""Plans inside another kind of document: a web page, asciidoc, LaTeX, as psql and tickets make
them → the plain text of the plan.
"""

import html
import re

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
FENCE = re.compile(r"^\s*(?:```|~~~)\w*\s*$", re.M)


def plain_text(text: str) -> str:
    """The text without the document around it; as it is where there is none."""
    text = _unescaped(text)
    if FENCE.search(text):
        text = FENCE.sub("", text)
    if is_xml(text):
        return text
    if ASCIIDOC.search(text):
        return _from_asciidoc(text)
    if LATEX.search(text):
        return _from_latex(text)
    return _from_html(text)


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
