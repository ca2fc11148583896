"""The signs studio draws with, for terminals that know Unicode and for those that do not."""

from collections.abc import Mapping
from typing import NamedTuple


class Glyphs(NamedTuple):
    """One sign for each meaning; all are one cell wide except `null`."""

    ascii_only: bool
    null: str
    ellipsis: str
    loading: str
    mark: str
    key: str
    reference: str
    ascending: str
    descending: str
    changed: str
    inserted: str
    deleted: str
    news: str
    """Somebody else changed it a moment ago."""
    rule: str
    """Stands between the pinned columns and the rest."""
    more_left: str
    more_right: str
    thumb: str
    track: str
    space: str
    """A blank that is not U+0020."""
    broken: str
    """A byte that is not UTF-8."""

    def sign(self, sign: str) -> str:
        """The sign of a row or cell as a model writes it, in this terminal's characters."""
        return {"~": self.changed, "+": self.inserted, "×": self.deleted}.get(sign, " ")


UNICODE = Glyphs(
    ascii_only=False,
    null="∅",
    ellipsis="…",
    loading="·",
    mark="●",
    key="◊",
    reference="→",
    ascending="↑",
    descending="↓",
    changed="~",
    inserted="+",
    deleted="×",
    news="•",
    rule="│",
    more_left="‹",
    more_right="›",
    thumb="┃",
    track="│",
    space="␣",
    broken="�",
)

ASCII = Glyphs(
    ascii_only=True,
    null="NULL",
    ellipsis=">",
    loading=".",
    mark="*",
    key="#",
    reference=">",
    ascending="^",
    descending="v",
    changed="~",
    inserted="+",
    deleted="x",
    news="*",
    rule="|",
    more_left="<",
    more_right=">",
    thumb="#",
    track="|",
    space="_",
    broken="?",
)

_PLAIN_TERMINALS = {"linux", "vt100", "vt102", "vt220", "dumb"}


def glyphs_for(environment: Mapping[str, str]) -> Glyphs:
    """The signs that TERM and the locale promise will be legible."""
    if environment.get("TERM") in _PLAIN_TERMINALS:
        return ASCII
    # Python turns a C locale into LC_CTYPE=C.UTF-8 (PEP 538) before anyone can ask what the
    # person had set, so that value says nothing.
    ctype = environment.get("LC_CTYPE", "")
    spoken = "" if ctype == "C.UTF-8" else ctype
    locale = environment.get("LC_ALL") or spoken or environment.get("LANG") or "UTF-8"
    return UNICODE if "utf" in locale.lower() else ASCII
