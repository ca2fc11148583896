"""Candidates for one place of a text, best first, and the text once one is taken."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from studio.completion import made
from studio.completion.known import CompletionCatalog
from studio.completion.matching import NONE, PREFIX, tier
from studio.completion.objects import ObjectCandidates
from studio.completion.offer import COMMON, FUNCTION, LAST, LATER, LEAD, Offer
from studio.completion.operands import Operands
from studio.completion.relations import RelationCandidates
from studio.completion.scope import StatementScope
from studio.sqltext.places.around import StatementReader
from studio.sqltext.places.finder import look
from studio.sqltext.places.place import Looked, WantedHere
from studio.sqltext.tokens import TokenKind

MOST = 50
"""Candidates that are told at once."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that can be taken."""

    text: str
    """What is inserted."""
    kind: str
    detail: str = ""
    caret: int = 0
    """How far in front of its end the cursor stands afterwards."""
    is_prefix: bool = True
    """Whether it begins as what is typed, or is it."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What is offered at a place."""

    candidates: tuple[Candidate, ...] = ()
    start: int = 0
    """What a candidate replaces, in characters."""
    end: int = 0
    typed: str = ""
    looked: Looked | None = None

    def taken(self, text: str, candidate: Candidate) -> tuple[str, int]:
        """The whole text with `candidate` in it, and where the cursor stands."""
        after = text[: self.start] + candidate.text + text[self.end :]
        return after, self.start + len(candidate.text) - candidate.caret


class Completer:
    """Completes in one text that changes key by key."""

    def __init__(self, known: CompletionCatalog, reader: StatementReader | None = None) -> None:
        """`reader`: one that has read the text already."""
        self.known = known
        self.reader = reader or StatementReader(known.syntax)

    def complete(self, text: str, position: int) -> Completion:
        """Everything that fits at `position`, best first."""
        around = self.reader.around(text, position)
        looked = look(around, self.known.syntax)
        if looked.place.wanted is WantedHere.NOTHING:
            return Completion(start=around.word_start, end=around.word_end, looked=looked)
        word = around.word.lower()
        offers = _Offers(self.known, looked, word, around.quote)
        if looked.place.kind in made.KINDS:
            offers.objects.made = made.made_names(
                looked.place.kind, text, around.word_start, self.known.syntax
            )
        found = _ranked(offers.all(), word)
        behind = text[around.word_end : around.word_end + 1]
        closes = behind == ")" and _has_opened(looked)
        typed = text[around.word_start : around.word_end]
        candidates = _candidates(found, "(" if behind == "(" else ")" if closes else "")
        return Completion(candidates, around.word_start, around.word_end, typed, looked)


def _has_opened(looked: Looked) -> bool:
    """Whether the parenthesis that closes behind the cursor has none that it belongs to."""
    depth = 0
    for token in looked.around.left:
        if token.kind is TokenKind.PUNCTUATION:
            depth += {"(": 1, ")": -1}.get(token.text, 0)
    return depth <= 0


def _ranked(offers: Iterator[Offer], word: str) -> list[tuple[int, Offer]]:
    """What fits, the best tier first; keywords behind names of the same tier."""
    found: list[tuple[int, int, int, Offer]] = []
    for order, offer in enumerate(offers):
        fits = tier(word, offer.name, is_keyword=offer.is_word)
        if fits != NONE:
            found.append((fits, offer.fit, order, offer))
    found.sort(key=lambda entry: entry[:3])
    return [(fits, offer) for fits, _, _, offer in found]


def _candidates(found: list[tuple[int, Offer]], behind: str) -> tuple[Candidate, ...]:
    kept: dict[str, Candidate] = {}
    for fits, offer in found:
        text, caret = offer.text, offer.caret
        if offer.kind == "function" and behind == "(" and text.endswith("()"):
            text, caret = text[:-2], 0
        elif offer.kind == "function" and behind == ")" and caret:
            text, caret = text[:-1], 0
        if text not in kept:
            kept[text] = Candidate(text, offer.kind, offer.detail, caret, fits <= PREFIX)
        if len(kept) >= MOST:
            break
    return tuple(kept.values())


class _Offers:
    """Everything one place may be offered."""

    def __init__(self, known: CompletionCatalog, looked: Looked, word: str, quote: str) -> None:
        self.known = known
        self.looked = looked
        self.place = looked.place
        self.word = word
        self.quote = quote
        self.scope = StatementScope(known, looked)
        self.objects = ObjectCandidates(known, self.scope, word, quote)
        self._is_lower = _prefers_small(looked)

    def all(self) -> Iterator[Offer]:
        """In the order of the place; keywords where no quote was opened."""
        found = _READ.get(self.place.wanted)
        if found is not None:
            quote = self.quote
            for offer in found(self):
                if quote and offer.kind in _NO_NAMES:
                    continue
                # A quote that was opened is closed: what needs none gets it all the same.
                yield _quoted(offer, quote, self.known) if quote else offer
        if not self.quote and not self.place.qualifier:
            alone = self.place.wanted is WantedHere.WORDS or found is None
            yield from self.words(self.place.words, LEAD if alone else LAST)
            if alone and "LIKE" in self.place.words:
                yield from self.words(self.known.vocabulary.comparisons, LEAD)

    def words(self, words: tuple[str, ...], fit: int) -> Iterator[Offer]:
        """Keywords the engine has, in the case of this text."""
        for words_of_one in words:
            if words_of_one == "(" or self.place.kind == "option" or self.known.says(words_of_one):
                text = words_of_one.lower() if self._is_lower else words_of_one
                yield Offer(words_of_one, text, "keyword", "", fit)

    def start(self) -> Iterator[Offer]:
        """Verbs; behind EXPLAIN what may be explained, and how."""
        verbs = self.known.vocabulary.verbs
        if self.scope.shape.mark(0) == "EXPLAIN":
            own = [verb.removeprefix("EXPLAIN").strip() for verb in verbs]
            verbs = tuple(
                word
                for verb, word in zip(verbs, own, strict=True)
                if word and (word == verb or self.scope.shape.mark(1) not in {"QUERY", "ANALYZE"})
            )
        return self.words(verbs, LEAD)

    def relations(self) -> Iterator[Offer]:
        """For FROM."""
        return RelationCandidates(self.known, self.scope, self.word, self.quote).sources()

    def targets(self) -> Iterator[Offer]:
        """For writes."""
        return RelationCandidates(self.known, self.scope, self.word, self.quote).targets()

    def operands(self) -> Iterator[Offer]:
        """For expressions and lists."""
        place, wanted = self.place, self.place.wanted
        operands = Operands(self.known, self.scope, self.word)
        if place.qualifier:
            yield from operands.members()
            yield from operands.functions_of(place.qualifier[-1])
            return
        yield from self._first(operands)
        yield from operands.extras()
        if not (wanted is WantedHere.ORDER and place.query.first is not None):
            yield from operands.columns()
        if self.known.vocabulary.outputs_in_where and place.clause in {"WHERE", "HAVING"}:
            yield from operands.outputs(LATER)
        if wanted is WantedHere.ITEM and operands.items:
            yield from self._stars(operands)
        yield from operands.parameters()
        yield from operands.aliases()
        yield from operands.named_arguments()
        yield from operands.system_columns()
        yield from self._moments(COMMON if not operands.items else FUNCTION)
        yield from operands.functions(COMMON if not operands.items else FUNCTION)
        if place.column or place.column_index >= 0:
            yield from self.words(("DEFAULT", "NULL"), LATER)
        yield from operands.anywhere()

    def _moments(self, fit: int) -> Iterator[Offer]:
        for word in self.known.vocabulary.moments if self.word else ():
            if self.known.says(word):
                text = word.lower() if self._is_lower else word
                yield Offer(word, text, "value", "", fit)

    def _first(self, operands: Operands) -> Iterator[Offer]:
        """What comes before any column."""
        yield from operands.values()
        if self.place.wanted is WantedHere.CONDITION:
            yield from operands.conditions()
        elif self.place.wanted in {WantedHere.ORDER, WantedHere.GROUP}:
            yield from operands.listed(LEAD, grouping=self.place.wanted is WantedHere.GROUP)

    def _stars(self, operands: Operands) -> Iterator[Offer]:
        if not self.word:
            yield Offer("*", "*", "column", "every column", COMMON)
            own = [item.source for item in operands.items if item.distance == 0]
            for source in own if len(own) > 1 else ():
                if source.written:
                    yield Offer(f"{source.written}.*", f"{source.written}.*", "column", "", COMMON)

    def windows(self) -> Iterator[Offer]:
        """The windows this query names."""
        shape = self.scope.shape
        bounds = self.place.query.clause("WINDOW")
        for first, _ in shape.items(*bounds) if bounds else ():
            if shape.is_name(first):
                yield Offer(shape.name(first), shape.tokens[first].text, "window", "", LEAD)


_NO_NAMES = frozenset({"function", "value", "condition", "join", "columns"})
"""What cannot be meant where a quote was opened."""


def _quoted(offer: Offer, quote: str, known: CompletionCatalog) -> Offer:
    """An offer of a name inside the quote that was opened."""
    if offer.kind in {"column", "cte", "alias", "type"} and offer.text in {
        offer.name, known.spelled(offer.name)
    }:  # fmt: skip
        return offer._replace(text=known.spelled(offer.name, quote))
    return offer


def _prefers_small(looked: Looked) -> bool:
    """Whether most keywords of the text are written in small letters; no, where there are none."""
    small = capital = 0
    shape = looked.shape
    for index, mark in enumerate(shape.marks):
        if mark in _COUNTED:
            text = shape.tokens[index].text
            small += text.islower()
            capital += text.isupper()
    if small == capital == 0:
        return looked.around.word.islower()
    return small > capital


_COUNTED = frozenset(
    {"SELECT", "FROM", "WHERE", "AND", "OR", "JOIN", "ON", "INSERT", "INTO", "VALUES", "UPDATE"}
    | {"SET", "DELETE", "WITH", "AS", "ORDER", "GROUP", "BY", "CREATE", "ALTER", "DROP", "TABLE"}
    | {"LEFT", "INNER", "LIMIT", "NOT", "NULL", "IN", "IS", "USING", "RETURNING", "HAVING"}
)

_READ: Mapping[WantedHere, Callable[[_Offers], Iterator[Offer]]] = {
    WantedHere.START: _Offers.start,
    WantedHere.RELATION: _Offers.relations,
    WantedHere.TARGET: _Offers.targets,
    WantedHere.OPERAND: _Offers.operands,
    WantedHere.ITEM: _Offers.operands,
    WantedHere.GROUP: _Offers.operands,
    WantedHere.ORDER: _Offers.operands,
    WantedHere.CONDITION: _Offers.operands,
    WantedHere.SHARED: lambda offers: offers.objects.shared(),
    WantedHere.TYPE: lambda offers: offers.objects.types(),
    WantedHere.FILLED: lambda offers: offers.objects.filled(),
    WantedHere.CHANGED: lambda offers: offers.objects.changed(),
    WantedHere.UNIQUE: lambda offers: offers.objects.unique(),
    WantedHere.CONSTRAINT: lambda offers: offers.objects.constraints(),
    WantedHere.WINDOW: _Offers.windows,
    WantedHere.COLUMN: lambda offers: offers.objects.columns(),
    WantedHere.OBJECT: lambda offers: offers.objects.of_kind(offers.place.kind),
}
