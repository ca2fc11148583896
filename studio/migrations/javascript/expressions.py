"""What the expressions of a script are worth, one after the other."""

import re
from collections.abc import Callable

from studio.migrations.javascript.cursor import ScriptCursor
from studio.migrations.javascript.scope import KEYWORDS, FileScope, joined, number
from studio.migrations.javascript.tokens import Kind, ScriptToken, unescape
from studio.migrations.javascript.values import Call, Literal, Undetermined, lookup

MAX_NESTING = 60


class ExpressionReader:
    """Reads at a place of one script."""

    def __init__(
        self, at: ScriptCursor, scope: FileScope, calls: list[Call], statement: Callable[[], object]
    ) -> None:
        """`calls` gathers those with an object; `statement` takes one inside a function's body."""
        self._at = at
        self._scope = scope
        self._calls = calls
        self._statement = statement
        self._depth = 0

    def read(self) -> Literal:
        """The value of the expression that comes next."""
        return self._operators(self._operand())

    def _operators(self, value: Literal) -> Literal:
        while True:
            if self._at.accept("as") or self._at.accept("satisfies"):
                self._at.skip_type()
            elif self._at.follows("??") or self._at.follows("||"):
                self._at.index += 1
                other = self._operand()
                empty = value is None or (isinstance(value, str) and not value)
                unset = isinstance(value, Undetermined) and value.is_unset
                value = other if empty or unset else value
            elif self._at.accept("+"):
                value = joined(value, self._operand())
            elif self._at.accept("?"):
                return self._chosen(value)
            elif self._is_other_operator():
                self._at.skip_to(",", ";")
                return Undetermined("an expression")
            else:
                return value

    def _chosen(self, asked: Literal) -> Literal:
        """`asked ? a : b`, where a variable or a constant decides."""
        self._depth += 1
        is_read = self._depth <= MAX_NESTING
        first = self.read() if is_read else Undetermined("nested too deeply")
        other = self.read() if is_read and self._at.accept(":") else Undetermined("a condition")
        self._depth -= 1
        if not is_read:
            self._at.skip_to(",", ";")
        if isinstance(asked, Undetermined) and asked.is_unset:
            return other
        if isinstance(asked, Undetermined | Call):
            return Undetermined("a condition")
        return first if asked or isinstance(asked, list | dict) else other

    def _is_other_operator(self) -> bool:
        token = self._at.peek()
        return token.kind is Kind.PUNCTUATION and token.text in {
            "&&", "-", "*", "/", "%", "===", "==", "!==", "!=", "<", ">", "<=", ">=", "=>",
        }  # fmt: skip

    def _operand(self) -> Literal:
        self._depth += 1
        try:
            if self._depth > MAX_NESTING:
                self._at.skip_to(",", ";")
                return Undetermined("nested too deeply")
            return self._plain_operand()
        finally:
            self._depth -= 1

    def _plain_operand(self) -> Literal:
        token = self._at.peek()
        if token.kind is Kind.PUNCTUATION:
            return self._postfix(self._bracketed(token))
        self._at.index += 1
        if token.kind is Kind.STRING:
            return self._postfix(token.text)
        if token.kind is Kind.TEMPLATE:
            return self._postfix(self._template(token.text))
        if token.kind is Kind.NUMBER:
            return number(token.text)
        if token.kind is Kind.NAME:
            return self._named(token.text)
        return Undetermined("a regular expression" if token else "the file ends too early")

    def _bracketed(self, token: ScriptToken) -> Literal:
        readers: dict[str, Callable[[], Literal]] = {
            "{": self._object, "[": self._array, "(": self._parenthesis,
        }  # fmt: skip
        if token.text in readers:
            return readers[token.text]()
        self._at.index += 1
        if token.text in {"-", "+", "!"}:
            value = self._operand()
            return (
                -value
                if token.text == "-" and isinstance(value, int | float)
                else (Undetermined("an expression") if token.text == "!" else value)
            )
        if token.text == "<":  # an old-style type assertion: <Config>{…}
            self._at.skip_to(">")
            self._at.accept(">")
            return self._operand()
        return Undetermined(f"unexpected {token.text!r}")

    def _object(self) -> Literal:
        self._at.index += 1
        found: dict[str, Literal] = {}
        while self._at.peek() and not self._at.accept("}"):
            start = self._at.index
            self._member(found)
            self._at.accept(",")
            if self._at.index == start:
                self._at.index += 1
        return found

    def _member(self, found: dict[str, Literal]) -> None:
        if self._at.accept("..."):
            self._spread(found, self.read())
            return
        if self._at.follows("["):
            self._at.skip_balanced()
            if self._at.accept(":"):
                self.read()
            found.setdefault("...", Undetermined("a computed key"))
            return
        while self._at.peek().text in {"async", "get", "set", "*"} and not self._ends_key(1):
            self._at.index += 1
        key = self._at.take()
        if self._at.accept(":"):
            found[key.text] = self.read()
        elif self._at.follows("("):
            self._at.skip_to("{")
            self._at.skip_balanced()
            found[key.text] = Undetermined("a function")
        elif key.kind is Kind.NAME:
            found[key.text] = self._scope.reference(key.text)
            self._at.skip_to(",")

    def _ends_key(self, ahead: int) -> bool:
        return any(self._at.follows(mark, ahead) for mark in (":", ",", "}", "("))

    @staticmethod
    def _spread(found: dict[str, Literal], value: Literal) -> None:
        if isinstance(value, dict):
            found.update(value)
        else:
            why = value.reason if isinstance(value, Undetermined) else "a call"
            found["..."] = Undetermined(f"spread of {why}")

    def _array(self) -> Literal:
        self._at.index += 1
        found: list[Literal] = []
        while self._at.peek() and not self._at.accept("]"):
            start = self._at.index
            if self._at.accept("..."):
                value = self.read()
                found.extend(value if isinstance(value, list) else [Undetermined("a spread")])
            else:
                found.append(self.read())
            self._at.accept(",")
            if self._at.index == start:
                self._at.index += 1
        return found

    def _parenthesis(self) -> Literal:
        if self._is_arrow():
            return self._arrow()
        self._at.index += 1
        value = self.read()
        while self._at.accept(","):
            value = self.read()
        self._at.skip_to(")")
        self._at.accept(")")
        return value

    def _is_arrow(self) -> bool:
        start = self._at.index
        self._at.skip_balanced()
        if self._at.follows(":"):
            self._at.skip_to("=>", ",", ";")
        found = self._at.follows("=>")
        self._at.index = start
        return found

    def _arrow(self) -> Literal:
        """`(…) => ({…})` is worth reading: some tools take a function that returns settings."""
        if self._at.follows("("):
            self._at.skip_balanced()
        self._at.skip_to("=>")
        self._at.accept("=>")
        if self._at.follows("(") and self._at.follows("{", 1):
            return self._parenthesis()
        if self._at.follows("{"):
            return self._body()
        self._at.skip_to(",", ";")
        return Undetermined("a function")

    def _body(self) -> Literal:
        """The object a block returns, if its last word is a literal."""
        start = self._at.index
        self._at.skip_balanced()
        end, self._at.index = self._at.index, start + 1
        returned: Literal = Undetermined("a function")
        while self._at.index < end - 1 and self._at.peek():
            if self._at.accept("return"):
                returned = self.read()
            else:
                self._statement()
        self._at.index = end
        return returned if isinstance(returned, dict) else Undetermined("a function")

    def _named(self, name: str) -> Literal:
        if name in KEYWORDS:
            return KEYWORDS[name]
        if name in {"await", "void", "typeof"}:
            value = self._operand()
            return value if name == "await" else Undetermined(name)
        if name in {"function", "class", "async"}:
            return self._function(name)
        if name == "new":
            return self._operand()
        if self._at.follows("=>"):
            return self._arrow()
        return self._postfix(self._dotted(name))

    def _function(self, name: str) -> Literal:
        if name == "async" and not self._at.follows("function"):
            return (
                self._arrow()
                if self._at.follows("(") or self._at.follows("=>", 1)
                else Undetermined("a function")
            )
        self._at.skip_to("{", ",", ";")
        if self._at.follows("("):
            self._at.skip_balanced()
        if self._at.follows("{"):
            value = self._body()
            return value if name != "class" else Undetermined("a class")
        return Undetermined("a function")

    def _dotted(self, name: str) -> Literal:
        """A chain of names: an environment variable, a constant of this file, or a call."""
        chain = [name]
        if name == "require" and self._at.follows("("):
            self._at.skip_balanced()
        while True:
            then = self._at.peek(1)
            is_dot = self._at.follows(".") or self._at.follows("?.")
            if is_dot and then.kind is Kind.NAME:
                chain.append(then.text)
                self._at.index += 2
            elif self._at.follows("[") and then.kind is Kind.STRING and self._at.follows("]", 2):
                chain.append(then.text)
                self._at.index += 3
            else:
                break
        if self._at.follows("<"):
            self._at.skip_type_arguments()
        if self._at.follows("("):
            return self._call(chain)
        return self._scope.chain(chain)

    def _call(self, chain: list[str]) -> Literal:
        arguments = self._arguments()
        if arguments and isinstance(arguments[0], dict):
            self._calls.append(Call(".".join(chain), tuple(arguments)))
        return self._scope.call(chain, arguments)

    def _arguments(self) -> list[Literal]:
        self._at.index += 1
        found: list[Literal] = []
        while self._at.peek() and not self._at.accept(")"):
            start = self._at.index
            found.append(self.read())
            self._at.accept(",")
            if self._at.index == start:
                self._at.index += 1
        return found

    def _postfix(self, value: Literal) -> Literal:
        while True:
            if self._at.follows("!") and not self._at.follows("=", 1):
                self._at.index += 1
            elif self._at.follows("."):
                self._at.index += 2
                if not (isinstance(value, str) and self._at.peek(-1).text in {"pathname", "href"}):
                    value = lookup(value, self._at.peek(-1).text)
                if self._at.follows("("):
                    self._arguments()
                    value = Undetermined("a call")
            elif self._at.follows("(") and isinstance(value, Call | Undetermined):
                self._arguments()
                value = Undetermined("a call")
            elif self._at.follows("[") and isinstance(value, dict | list | Undetermined | Call):
                self._at.skip_balanced()
                value = Undetermined("an element")
            else:
                return value

    def _template(self, raw: str) -> Literal:
        parts: list[str] = []
        for piece in re.split(r"(\$\{[^{}]*\})", raw):
            if piece.startswith("${"):
                inner = ScriptCursor(piece[2:-1])
                value = ExpressionReader(inner, self._scope, [], inner.take).read()
                if not isinstance(value, str | int):
                    return value if isinstance(value, Undetermined) else Undetermined("a template")
                parts.append(str(value))
            else:
                parts.append(unescape(piece))
        return "".join(parts)
