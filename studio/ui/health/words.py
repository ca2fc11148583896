"""What the page of findings says, apart from how it is drawn."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from rich.style import Style
from rich.text import Text

from studio.doctor.folding import More, reasons
from studio.doctor.run import HealthReport
from studio.migrations.declarations.places import Declaration
from studio.model.health import HealthFinding, HealthSeverity
from studio.model.words import plural
from studio.ui.widgets.labels import fit, one_line, plain, plain_lines

SIGNS = {HealthSeverity.ERROR: "E", HealthSeverity.WARNING: "W", HealthSeverity.NOTICE: "n"}
_MOST_GONE = 50
"""Lines of what is gone, and of what is ignored."""
_WIDE = 88
"""From so many columns on there is room for the check's own words."""


@dataclass(frozen=True, slots=True)
class Tones:
    """The theme's styles."""

    by_severity: dict[HealthSeverity, Style]
    dim: Style

    @classmethod
    def of(cls, found: Mapping[str, Style]) -> Self:
        """Of the theme's `error`, `warning` and `dim`."""
        tones = {HealthSeverity.ERROR: found["error"], HealthSeverity.WARNING: found["warning"]}
        return cls({**tones, HealthSeverity.NOTICE: Style()}, found["dim"])


def title_of(
    report: HealthReport | None, stopped: str, at: str, *, tables: int, is_looking: bool
) -> str:
    """What is known, and what was not looked at: that is not healthy. `at`: when it was looked,
    said where looking again did not succeed.
    """
    if report is None:
        return (
            "Health · looking…" if is_looking else f"Health · {stopped or 'nothing was looked at'}"
        )
    counts = [plural(n, s.value) for s in HealthSeverity if (n := report.count(s))]
    if not counts:
        whole = report.complete and not report.blind
        counts = [
            "nothing to report"
            if whole
            else "nothing found so far"
            if is_looking
            else "nothing found"
        ]
    looked = f"{len(report.looked):,} of {plural(len(report.checks), 'check')}"
    if report.complete:
        looked = f"{plural(len(report.looked), 'check')}, {report.ms / 1000:.1f} s"
        if not report.findings:
            looked = f"{plural(len(report.looked), 'check')} looked at {plural(tables, 'table')}"
            looked = f"{looked} in {report.ms / 1000:.1f} s"
    is_old = bool(stopped) and report.complete and not is_looking
    as_of = f"as of {at} · {stopped} · " if is_old else ""
    parts = [f"Health · {as_of}{', '.join(counts)}", looked, *_beside(report)]
    if not is_looking and not report.complete:
        parts.append(stopped or "stopped")
    return " · ".join(parts)


def _beside(report: HealthReport) -> Iterator[str]:
    """What the findings do not tell."""
    blind = {one.check for one in report.blind}
    if blind:
        yield f"{len(blind):,} could not look (b)"
    if report.not_run:
        yield f"{len(report.not_run):,} need a full read (F)"
    if since := _since_last(report):
        yield since
    if report.ignored:
        yield f"{len(report.ignored):,} ignored"


def _since_last(report: HealthReport) -> str:
    """What came, grew and went since last time; what is gone is told with what was not seen."""
    gone = len(report.gone())
    parts = [f"{count:,} {word}" for word in ("new", "worse") if (count := report.came[word])]
    return ", ".join([*parts, *([f"{gone:,} gone (b)"] if gone else [])])


def line_of(finding: HealthFinding, title: str, word: str, width: int, tones: Tones) -> Text:
    """One finding: severity, check where there is room, object, `new` or `worse`, what was
    measured.
    """
    tone = tones.by_severity[finding.severity]
    line = Text(f" {SIGNS[finding.severity]}  ", style=tone)
    if width >= _WIDE:
        line.append(f"{fit(title, width // 5)}  ", style="not bold")
    line.append(f"{fit(plain(finding.object), max(12, width // 4))}  ", style="default")
    if word:
        line.append(f"{word}  ", style=tone)
    line.append(plain(finding.says), style=tones.dim)
    return line


def more_of(more: More, title: str, tones: Tones) -> Text:
    """In place of those that are not shown."""
    line = Text(f" {SIGNS[more.severity]}  ", style=tones.by_severity[more.severity])
    return line.append(f"+ {more.count:,} more: {title} (a shows all)", style=tones.dim)


def details_of(finding: HealthFinding, title: str, report: HealthReport, tones: Tones) -> Text:
    """All of one finding."""
    text = Text(f"{title}: {plain(finding.object)}", style="bold")
    text.append(f"\n{plain(finding.says)}", style="not bold")
    for label, words in (
        ("fix", finding.fix),
        ("cost", finding.cost),
        ("doubt", finding.doubt),
        ("evidence", " · ".join(f"{n} {_measured(v)}" for n, v in finding.evidence.items())),
        ("since", _history(finding, report)),
    ):
        if words:
            text.append(f"\n{label:<9}", style=tones.dim)
            text.append(plain_lines(words).replace("\n", f"\n{'':<9}"), style="not bold")
    return text


def declared_at(path: str, place: Declaration, fix: str, tones: Tones) -> Text:
    """The line of a schema file that makes it, and what to write there."""
    text = Text()
    said = place.text.splitlines()[0] if place.text else ""
    for label, words in (("schema", f"{path}:{place.line}  {said}"), ("there", fix)):
        if words:
            text.append(f"\n{label:<9}", style=tones.dim)
            text.append(plain(words), style="not bold")
    return text


def _history(finding: HealthFinding, report: HealthReport) -> str:
    """Since when it is known; empty where nobody looked before."""
    if report.last is None:
        return ""
    since, word = report.last.since(finding), report.word_of(finding)
    if since:
        return f"{_moment(since)}{', worse than last time' if word == 'worse' else ''}"
    return f"new since {_moment(report.last.at)}" if word == "new" else ""


def _moment(text: str) -> str:
    """`2026-11-30T16:03:48Z` for people."""
    return f"{text[:16].replace('T', ' ')} UTC"


def _measured(value: object) -> str:
    """A value of the evidence; a list by its members."""
    if value is None:
        return "not known"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def query_of(finding: HealthFinding) -> str:
    """The fix for a query tab, with its warning in front; nothing runs by itself."""
    notes = [f"{finding.check}: {finding.object}", finding.says]
    notes += [f"{label}: {words}" for label, words in _warnings(finding) if words]
    return "".join(f"-- {one_line(note)}\n" for note in notes) + finding.fix


def statement_of(finding: HealthFinding) -> str:
    """What found it, for a query tab; it only reads."""
    notes = (f"what found {finding.check}: {finding.object}", finding.says)
    return "".join(f"-- {one_line(note)}\n" for note in notes) + finding.found_by


def _warnings(finding: HealthFinding) -> Iterator[tuple[str, str]]:
    yield "cost", finding.cost
    yield "doubt", finding.doubt


def not_looked(report: HealthReport, cut: str = "") -> Text:
    """Which checks were blind or not run, why, and what would help. `cut`: why no schema file was
    looked for.
    """
    text = Text("Could not look", style="bold")
    for who, why in reasons(report.blind):
        text.append(f"\n{who}: {plain(why)}", style="not bold")
    for one in report.not_run:
        text.append(f"\n{one.check}: {plain(one.why)}", style="not bold")
    if not (report.blind or report.not_run):
        text.append("\nevery check looked at everything", style="not bold")
    if cut:
        text.append(f"\nno schema file was looked for: {cut}", style="not bold")
    _add_gone(text, report)
    for finding, by in report.ignored[:_MOST_GONE]:
        reason = f": {by.reason}" if by.reason else ""
        text.append(f"\nignored: {finding.check} {plain(finding.object)}", style="not bold")
        text.append(f" ({plain(by.by)}{plain(reason)})", style="not bold")
    return text


def _add_gone(text: Text, report: HealthReport) -> None:
    gone = report.gone()
    if gone and report.last is not None:
        text.append(f"\n\nGone since {_moment(report.last.at)}", style="bold")
        for check, name in gone[:_MOST_GONE]:
            text.append(f"\n{check}: {plain(name)}", style="not bold")
        if len(gone) > _MOST_GONE:
            text.append(f"\nand {len(gone) - _MOST_GONE:,} more", style="not bold")
