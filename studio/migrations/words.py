"""A statement of a migration, read word by word."""

from collections.abc import Sequence

from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import Token, TokenKind, seen, unquoted


def words_of(statement: str, syntax: Syntax) -> "Words":
    """The words of one statement."""
    return Words(seen(statement, syntax), syntax)


class Words:
    """A statement as words: keywords in capitals, names as they are."""

    def __init__(self, tokens: Sequence[Token], syntax: Syntax) -> None:
        self._tokens = tokens
        self._syntax = syntax
        self.at = 0

    def take(self, *wanted: str) -> bool:
        """Move past `wanted` if they come next."""
        after = self.at + len(wanted)
        if after > len(self._tokens):
            return False
        for token, word in zip(self._tokens[self.at : after], wanted, strict=True):
            if (token.word or token.text) != word:
                return False
        self.at = after
        return True

    def name(self) -> str:
        """The last part of the name that comes next; moves past it."""
        return self.qualified()[1]

    def qualified(self) -> tuple[str, str]:
        """The name that comes next with the part before its last dot; moves past both."""
        before = last = ""
        while self.at < len(self._tokens):
            token = self._tokens[self.at]
            if token.kind not in {TokenKind.WORD, TokenKind.NAME, TokenKind.STRING}:
                break
            before, last = last, unquoted(token, self._syntax)
            self.at += 1
            if not self.take("."):
                break
        return before, last

    def rest(self) -> list[str]:
        """The words from here to the next comma outside brackets; moves past it."""
        words: list[str] = []
        depth = 0
        while self.at < len(self._tokens):
            token = self._tokens[self.at]
            self.at += 1
            depth += (token.text == "(") - (token.text == ")")
            if token.text == "," and depth == 0:
                break
            words.append(token.word or token.text)
        return words

    @property
    def ended(self) -> bool:
        """Whether nothing is left."""
        return self.at >= len(self._tokens)
