"""Findings and index hints as every engine's plan prints them, for people and as JSON."""

from collections.abc import Iterator, Mapping, Sequence

from studio.backends.plans.words import printable
from studio.model.finding import Finding, IndexHint, Severity


def marked(findings: Sequence[Finding]) -> dict[str, int]:
    """Path → how many findings it has; information is not marked."""
    marks: dict[str, int] = {}
    for finding in findings:
        if finding.path is not None and finding.severity is not Severity.INFO:
            marks[finding.path] = marks.get(finding.path, 0) + 1
    return marks


def finding_lines(findings: Sequence[Finding], width: int) -> Iterator[str]:
    """Each finding with its cause, what to try, and its doubt; nothing where there is none."""
    if not findings:
        return
    yield ""
    yield f"findings {len(findings)}"
    for finding in findings:
        mark = "·" if finding.severity is Severity.INFO else "⚠"
        where = f" at {finding.path}" if finding.path is not None else ""
        how = " (by estimate)" if finding.estimated else ""
        yield f"{mark} {finding.id}{where}{how}"
        for text in (finding.says, finding.cause):
            yield from _wrapped(text, width)
        for text in finding.fix.splitlines():
            yield f"    → {printable(text)}"
        if finding.doubt:
            yield from _wrapped(f"but: {finding.doubt}", width)


def _wrapped(text: str, width: int) -> Iterator[str]:
    line = ""
    for word in printable(text).split():
        if line and len(line) + len(word) + 5 > width:
            yield f"    {line}"
            line = word
        else:
            line = f"{line} {word}".strip()
    if line:
        yield f"    {line}"


def finding_json(finding: Finding) -> Mapping[str, object]:
    """One member of `findings` (explain/README.md, §5)."""
    return {
        "id": finding.id,
        "path": finding.path,
        "severity": finding.severity.value,
        "evidence": dict(finding.evidence),
        "says": finding.says,
        "cause": finding.cause,
        "fix": finding.fix,
        "doubt": finding.doubt,
        "saves_ms": round(finding.saves_ms, 3),
        "estimated": finding.estimated,
    }


def hint_json(hint: IndexHint) -> Mapping[str, object]:
    """One member of `index_hints`."""
    return {
        "table": hint.table,
        "columns": list(hint.columns),
        "sql": hint.sql,
        "kind": hint.kind,
        "doubt": hint.doubt,
        "replaces": list(hint.replaces),
    }
