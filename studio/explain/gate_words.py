"""Which words a gate takes: severities, and ids of findings that somebody's plans can have.

A word nobody knows fails no plan ever: it is refused before anything is run.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from difflib import get_close_matches

from studio.backends.registry import own_finding_ids
from studio.model.errors import ConfigInvalid
from studio.model.finding import Severity

_NEAREST = 3
_LONGEST = 60
"""Characters of a word that somebody mistyped."""


def check(words: Sequence[str], guests: Callable[[], Collection[str]]) -> None:
    """Raise ConfigInvalid for a word that is no severity and no finding of studio's own engines,
    nor of `guests`, who are asked for theirs only where that matters.
    """
    known = {severity.value for severity in Severity} | own_finding_ids()
    if known.issuperset(words):
        return
    known.update(guests())
    for word in words:
        if word not in known:
            raise ConfigInvalid(f"--fail-on {word[:_LONGEST]}: {_says(word, known)}")


def _says(word: str, known: Iterable[str]) -> str:
    severities = ", ".join(severity.value for severity in Severity)
    folded = word[:_LONGEST].casefold().replace("-", "_")
    near = " or ".join(get_close_matches(folded, sorted(known), _NEAREST))
    meant = f" Did you mean {near}?" if near else ""
    return f"no severity ({severities}) and no finding that a plan can have.{meant}"
