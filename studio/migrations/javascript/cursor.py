"""A place among the tokens of a script, and the ways to move it."""

from studio.migrations.javascript.tokens import END, Kind, ScriptToken, tokens

_OPENING = frozenset("([{")


class ScriptCursor:
    """Moves through a script; never past its end."""

    def __init__(self, source: str) -> None:
        self._tokens = tokens(source)
        self.index = 0

    def peek(self, ahead: int = 0) -> ScriptToken:
        """The token `ahead` of the current one; END behind the last."""
        at = self.index + ahead
        return self._tokens[at] if at < len(self._tokens) else END

    def take(self) -> ScriptToken:
        """The current token; moves past it."""
        token = self.peek()
        self.index += 1
        return token

    def follows(self, text: str, ahead: int = 0) -> bool:
        """Whether a name or mark comes next, or `ahead` of that."""
        token = self.peek(ahead)
        return token.text == text and token.kind in {Kind.PUNCTUATION, Kind.NAME}

    def follows_all(self, *texts: str) -> bool:
        """Whether these names and marks come next, one after the other."""
        return all(self.follows(text, ahead) for ahead, text in enumerate(texts))

    def accept(self, text: str) -> bool:
        """Move past `text` if it comes next."""
        if self.follows(text):
            self.index += 1
            return True
        return False

    def skip_balanced(self) -> None:
        """Past the bracket that closes the one at the current token."""
        depth = 0
        while token := self.take():
            if token.kind is Kind.PUNCTUATION and token.text in _OPENING:
                depth += 1
            elif token.kind is Kind.PUNCTUATION and token.text in {")", "]", "}"}:
                depth -= 1
            if depth <= 0:
                return

    def skip_to(self, *ends: str) -> None:
        """Up to one of `ends` outside brackets, or the closing bracket of the surrounding pair."""
        while token := self.peek():
            if token.kind is Kind.PUNCTUATION:
                if token.text in ends or token.text in {")", "]", "}"}:
                    return
                if token.text in _OPENING:
                    self.skip_balanced()
                    continue
            self.index += 1

    def skip_type(self) -> None:
        """Past a type, up to what ends an expression."""
        while token := self.peek():
            if token.kind is Kind.PUNCTUATION and token.text in {
                ",", ";", ")", "]", "}", "??", "||", "?", "=", "+",
            }:  # fmt: skip
                return
            if token.kind is Kind.PUNCTUATION and token.text in _OPENING:
                self.skip_balanced()
                continue
            if token.text in {"export", "const", "let", "module", "import"}:
                return
            if token.text in {"as", "satisfies"} and token.kind is Kind.NAME:
                return
            self.index += 1

    def skip_type_arguments(self) -> None:
        """Past `<…>` before a call; nowhere when it is a comparison."""
        start = self.index
        self.index += 1
        self.skip_to(">", ";")
        if not (self.accept(">") and self.follows("(")):
            self.index = start
