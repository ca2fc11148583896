"""Lines that a terminal or a mail program broke, joined again; prompts around a plan, taken off.

A line is joined to the one before only where that one cannot be whole: its brackets are open, it
is a node without its numbers, or it fills the width at which everything was broken.
"""

import re
from collections.abc import Sequence

NODE = re.compile(r"^\s*->")
NUMBERS = re.compile(r"\((?:cost|actual time|actual rows)=|\(never executed\)")
CONTINUES = re.compile(r"^\s*\((?:cost=|actual |never executed\))")
LABELLED = re.compile(
    r"^\s*(?:->|[A-Z][\w/]*(?:[ -][\w/()-]+){0,4}: ?|(?:InitPlan|SubPlan|CTE|Worker) \S|JIT:"
    r"|Planning:|Trigger )"
)
PROMPT = re.compile(
    r"^(?:\[[\w.-]+\] )?[\w@.:/~-]{1,80}[=\-^'\"(*!?][*!?^]?[#>](?: .*)?$|^(?:mysql|sqlite)> "
)
SUMMARY = re.compile(r"^\s*(?:Planning|Execution) [Tt]ime: |^\s*Total runtime: ")
NARROWEST = 30


def without_prompts(lines: Sequence[str]) -> list[str]:
    """Without lines that begin with psql's prompt: what was typed, and what came after."""
    if not any(PROMPT.match(line) for line in lines):
        return list(lines)
    return [line for line in lines if not PROMPT.match(line)]


def joined(lines: Sequence[str]) -> list[str]:
    """The lines as the server wrote them."""
    width = max((len(line.rstrip()) for line in lines), default=0)
    costed = sum(1 for line in lines if NUMBERS.search(line)) > 0
    if width < NARROWEST or not costed:
        return list(lines)
    found: list[str] = []
    began = False
    full = False
    for line in lines:
        if found and line.strip() and _continues(found[-1], line, full=full, began=began):
            last = found[-1]
            found[-1] = f"{last}{line}" if full else f"{last.rstrip()} {line.lstrip()}"
        else:
            found.append(line)
            began = began or bool(NUMBERS.search(line) or NODE.match(line))
        full = len(line.rstrip()) == width
    return found


def _continues(last: str, line: str, *, full: bool, began: bool) -> bool:
    if not last.strip() or (NODE.match(line) and NUMBERS.search(line)) or SUMMARY.match(line):
        return False
    if CONTINUES.match(line):
        return True
    if not began:
        return False
    if is_open(last):
        return True
    if NODE.match(last) and not NUMBERS.search(last) and NUMBERS.search(line):
        return not NODE.match(line) and not LABELLED.match(line)
    indent = len(line) - len(line.lstrip())
    return full and indent <= 1 and not LABELLED.match(line) and not NODE.match(line)


def is_open(text: str) -> bool:
    """Whether a bracket or a quoted constant is not closed; a plan's own lines close all."""
    depth, quote = 0, ""
    for char in text:
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        else:
            depth += (char in "([{") - (char in ")]}")
    return depth > 0 or bool(quote)
