"""Literals of JavaScript, TypeScript and JSON-with-comments, read without running anything.

What would have to be run is `Undetermined`, with the reason. `process.env.X` is looked up in the
variables the caller gives; constants of the same file are followed.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from studio.migrations.tokens_js import END, Kind, Token, tokens, unescape

MAX_NESTING = 60


@dataclass(frozen=True, slots=True)
class Undetermined:
    """A value that only running the file could tell."""

    reason: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call or a `new` whose arguments could be read."""

    name: str
    arguments: tuple["Literal", ...]


Literal: TypeAlias = (
    bool | int | float | str | list["Literal"] | dict[str, "Literal"] | Undetermined | Call | None
)

_WRAPPER = re.compile(r"^(define\w*|\w*[cC]onfig|freeze|with\w+|satisfies)$")
_JOINS = frozenset({"join", "resolve", "posix.join", "fileURLToPath"})
_KEYWORDS: Mapping[str, Literal] = {"true": True, "false": False, "null": None, "undefined": None}
_OPENING = {"(": ")", "[": "]", "{": "}"}


@dataclass
class Module:
    """What one file says without being run."""

    exported: Literal = field(default_factory=lambda: Undetermined("nothing is exported"))
    """`export default …` or `module.exports = …`."""
    constants: dict[str, Literal] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    """Every `name({…})` and `new Name({…})` with an object as first argument, in order."""

    def objects(self, name: str) -> Iterator[dict[str, Literal]]:
        """The first arguments given to `name` anywhere in the file."""
        for call in self.calls:
            if call.name.rpartition(".")[2] == name and isinstance(call.arguments[0], dict):
                yield call.arguments[0]


def read(source: str, variables: Mapping[str, str], folder: Path) -> Module:
    """The literals of one file; `folder` is what `__dirname` means in it."""
    return _Parser(source, variables, folder).module()


def lookup(value: Literal, *path: str) -> Literal:
    """The value under nested keys: None where one is absent, Undetermined where unknowable."""
    for key in path:
        if isinstance(value, Undetermined | Call):
            return value if isinstance(value, Undetermined) else Undetermined(f"{value.name}()")
        if not isinstance(value, dict):
            return None
        value = value[key] if key in value else value.get("...")
    return value


def text(value: Literal) -> str | None:
    """The value when it is text, else None."""
    return value if isinstance(value, str) else None


def texts(value: Literal) -> tuple[str, ...]:
    """One string or a list of them."""
    if isinstance(value, str):
        return (value,)
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()


class _Parser:
    def __init__(self, source: str, variables: Mapping[str, str], folder: Path) -> None:
        self._tokens = tokens(source)
        self._at = 0
        self._depth = 0
        self._variables = variables
        self._folder = str(folder)
        self._module = Module()

    # -- tokens

    def _peek(self, ahead: int = 0) -> Token:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else END

    def _take(self) -> Token:
        token = self._peek()
        self._at += 1
        return token

    def _is(self, text: str, ahead: int = 0) -> bool:
        token = self._peek(ahead)
        return token.text == text and token.kind in {Kind.PUNCTUATION, Kind.NAME}

    def _accept(self, text: str) -> bool:
        if self._is(text):
            self._at += 1
            return True
        return False

    def _skip_balanced(self) -> None:
        """Past the bracket that closes the one at the current token."""
        depth = 0
        while token := self._take():
            if token.kind is Kind.PUNCTUATION and token.text in _OPENING:
                depth += 1
            elif token.kind is Kind.PUNCTUATION and token.text in {")", "]", "}"}:
                depth -= 1
            if depth <= 0:
                return

    def _skip_to(self, *ends: str) -> None:
        """Up to one of `ends` outside brackets, or the closing bracket of the surrounding pair."""
        while token := self._peek():
            if token.kind is Kind.PUNCTUATION:
                if token.text in ends or token.text in {")", "]", "}"}:
                    return
                if token.text in _OPENING:
                    self._skip_balanced()
                    continue
            self._at += 1

    # -- statements

    def module(self) -> Module:
        """Constants, exports and calls, wherever in the file they are."""
        if self._is("{"):  # JSON, with or without comments
            self._module.exported = self._expression()
            return self._module
        while self._peek():
            self._statement()
        return self._module

    def _statement(self) -> None:
        start = self._at
        if self._accept("export") and self._accept("default"):
            self._module.exported = self._expression()
        elif self._peek().text in {"const", "let", "var"} and self._peek().kind is Kind.NAME:
            self._at += 1
            self._declaration()
        elif self._is("module") and self._is(".", 1) and self._is("exports", 2):
            self._at += 3
            self._exports()
        elif self._is("exports") and self._is(".", 1) and self._is("=", 3):
            name = self._peek(2).text
            self._at += 4
            self._module.constants[name] = value = self._expression()
            if name == "default":
                self._module.exported = value
        elif self._starts_call():
            self._expression()
        if self._at == start:
            self._at += 1

    def _exports(self) -> None:
        if self._accept("="):
            self._module.exported = self._expression()
        elif self._accept(".") and self._is("=", 1):
            name = self._take().text
            self._at += 1
            self._module.constants[name] = self._expression()

    def _starts_call(self) -> bool:
        if self._is("new"):
            return True
        return self._peek().kind is Kind.NAME and self._is("(", 1) and self._is("{", 2)

    def _declaration(self) -> None:
        if self._peek().kind is not Kind.NAME:
            return
        name = self._take().text
        if self._is(":"):
            self._skip_to("=", ";")
        if self._accept("="):
            self._module.constants[name] = self._expression()

    # -- expressions

    def _expression(self) -> Literal:
        return self._operators(self._operand())

    def _operators(self, value: Literal) -> Literal:
        while True:
            if self._accept("as") or self._accept("satisfies"):
                self._skip_type()
            elif self._is("??") or self._is("||"):
                self._at += 1
                other = self._operand()
                empty = value is None or (isinstance(value, str) and not value)
                unset = isinstance(value, Undetermined) and value.reason.endswith("is not set")
                value = other if empty or unset else value
            elif self._accept("+"):
                value = _joined(value, self._operand())
            elif self._is("?"):
                self._skip_to(",", ";")
                return Undetermined("a condition")
            elif self._is_other_operator():
                self._skip_to(",", ";")
                return Undetermined("an expression")
            else:
                return value

    def _is_other_operator(self) -> bool:
        token = self._peek()
        return token.kind is Kind.PUNCTUATION and token.text in {
            "&&", "-", "*", "/", "%", "===", "==", "!==", "!=", "<", ">", "<=", ">=", "=>",
        }  # fmt: skip

    def _skip_type(self) -> None:
        while token := self._peek():
            if token.kind is Kind.PUNCTUATION and token.text in {
                ",", ";", ")", "]", "}", "??", "||", "?", "=", "+",
            }:  # fmt: skip
                return
            if token.kind is Kind.PUNCTUATION and token.text in _OPENING:
                self._skip_balanced()
                continue
            if token.text in {"export", "const", "let", "module", "import"}:
                return
            if token.text in {"as", "satisfies"} and token.kind is Kind.NAME:
                return
            self._at += 1

    def _operand(self) -> Literal:
        self._depth += 1
        try:
            if self._depth > MAX_NESTING:
                self._skip_to(",", ";")
                return Undetermined("nested too deeply")
            return self._plain_operand()
        finally:
            self._depth -= 1

    def _plain_operand(self) -> Literal:
        token = self._peek()
        if token.kind is Kind.PUNCTUATION:
            return self._postfix(self._bracketed(token))
        self._at += 1
        if token.kind is Kind.STRING:
            return self._postfix(token.text)
        if token.kind is Kind.TEMPLATE:
            return self._postfix(self._template(token.text))
        if token.kind is Kind.NUMBER:
            return _number(token.text)
        if token.kind is Kind.NAME:
            return self._named(token.text)
        return Undetermined("a regular expression" if token else "the file ends too early")

    def _bracketed(self, token: Token) -> Literal:
        readers: dict[str, Callable[[], Literal]] = {
            "{": self._object, "[": self._array, "(": self._parenthesis,
        }  # fmt: skip
        if token.text in readers:
            return readers[token.text]()
        self._at += 1
        if token.text in {"-", "+", "!"}:
            value = self._operand()
            return (
                -value
                if token.text == "-" and isinstance(value, int | float)
                else (Undetermined("an expression") if token.text == "!" else value)
            )
        if token.text == "<":  # an old-style type assertion: <Config>{…}
            self._skip_to(">")
            self._accept(">")
            return self._operand()
        return Undetermined(f"unexpected {token.text!r}")

    def _object(self) -> Literal:
        self._at += 1
        found: dict[str, Literal] = {}
        while self._peek() and not self._accept("}"):
            start = self._at
            self._member(found)
            self._accept(",")
            if self._at == start:
                self._at += 1
        return found

    def _member(self, found: dict[str, Literal]) -> None:
        if self._accept("..."):
            self._spread(found, self._expression())
            return
        if self._is("["):
            self._skip_balanced()
            if self._accept(":"):
                self._expression()
            found.setdefault("...", Undetermined("a computed key"))
            return
        while self._peek().text in {"async", "get", "set", "*"} and not self._ends_key(1):
            self._at += 1
        key = self._take()
        if self._accept(":"):
            found[key.text] = self._expression()
        elif self._is("("):
            self._skip_to("{")
            self._skip_balanced()
            found[key.text] = Undetermined("a function")
        elif key.kind is Kind.NAME:
            found[key.text] = self._reference(key.text)
            self._skip_to(",")

    def _ends_key(self, ahead: int) -> bool:
        return any(self._is(mark, ahead) for mark in (":", ",", "}", "("))

    @staticmethod
    def _spread(found: dict[str, Literal], value: Literal) -> None:
        if isinstance(value, dict):
            found.update(value)
        else:
            why = value.reason if isinstance(value, Undetermined) else "a call"
            found["..."] = Undetermined(f"spread of {why}")

    def _array(self) -> Literal:
        self._at += 1
        found: list[Literal] = []
        while self._peek() and not self._accept("]"):
            start = self._at
            if self._accept("..."):
                value = self._expression()
                found.extend(value if isinstance(value, list) else [Undetermined("a spread")])
            else:
                found.append(self._expression())
            self._accept(",")
            if self._at == start:
                self._at += 1
        return found

    def _parenthesis(self) -> Literal:
        if self._is_arrow():
            return self._arrow()
        self._at += 1
        value = self._expression()
        while self._accept(","):
            value = self._expression()
        self._skip_to(")")
        self._accept(")")
        return value

    def _is_arrow(self) -> bool:
        start = self._at
        self._skip_balanced()
        if self._is(":"):
            self._skip_to("=>", ",", ";")
        found = self._is("=>")
        self._at = start
        return found

    def _arrow(self) -> Literal:
        """`(…) => ({…})` is worth reading: some tools take a function that returns settings."""
        if self._is("("):
            self._skip_balanced()
        self._skip_to("=>")
        self._accept("=>")
        if self._is("(") and self._is("{", 1):
            return self._parenthesis()
        if self._is("{"):
            return self._body()
        self._skip_to(",", ";")
        return Undetermined("a function")

    def _body(self) -> Literal:
        """The object a block returns, if its last word is a literal."""
        start = self._at
        self._skip_balanced()
        end, self._at = self._at, start + 1
        returned: Literal = Undetermined("a function")
        while self._at < end - 1 and self._peek():
            if self._accept("return"):
                returned = self._expression()
            else:
                self._statement()
        self._at = end
        return returned

    def _named(self, name: str) -> Literal:
        if name in _KEYWORDS:
            return _KEYWORDS[name]
        if name in {"await", "void", "typeof"}:
            value = self._operand()
            return value if name == "await" else Undetermined(name)
        if name in {"function", "class", "async"}:
            return self._function(name)
        if name == "new":
            return self._operand()
        if self._is("=>"):
            return self._arrow()
        return self._postfix(self._dotted(name))

    def _function(self, name: str) -> Literal:
        if name == "async" and not self._is("function"):
            return (
                self._arrow() if self._is("(") or self._is("=>", 1) else Undetermined("a function")
            )
        self._skip_to("{", ",", ";")
        if self._is("("):
            self._skip_balanced()
        if self._is("{"):
            value = self._body()
            return value if name != "class" else Undetermined("a class")
        return Undetermined("a function")

    def _dotted(self, name: str) -> Literal:
        """A chain of names: an environment variable, a constant of this file, or a call."""
        chain = [name]
        while True:
            if (self._is(".") or self._is("?.")) and self._peek(1).kind is Kind.NAME:
                chain.append(self._peek(1).text)
                self._at += 2
            elif self._is("[") and self._peek(1).kind is Kind.STRING and self._is("]", 2):
                chain.append(self._peek(1).text)
                self._at += 3
            else:
                break
        if self._is("<"):
            self._skip_type_arguments()
        if self._is("("):
            return self._call(chain)
        return self._chain(chain)

    def _skip_type_arguments(self) -> None:
        start = self._at
        self._at += 1
        self._skip_to(">", ";")
        if not (self._accept(">") and self._is("(")):
            self._at = start

    def _chain(self, chain: list[str]) -> Literal:
        if chain[:2] == ["process", "env"] or chain[:3] == ["import", "meta", "env"]:
            return self._variable(chain[-1])
        if chain in (["__dirname"], ["import", "meta", "dirname"]):
            return self._folder
        if chain == ["process", "cwd"]:
            return self._folder
        value = self._reference(chain[0])
        return lookup(value, *chain[1:]) if len(chain) > 1 else value

    def _reference(self, name: str) -> Literal:
        return self._module.constants.get(name, Undetermined(f"{name} comes from elsewhere"))

    def _variable(self, name: str) -> Literal:
        value = self._variables.get(name)
        return Undetermined(f"the variable {name} is not set") if value is None else value

    def _call(self, chain: list[str]) -> Literal:
        name = ".".join(chain)
        arguments = self._arguments()
        if arguments and isinstance(arguments[0], dict):
            self._module.calls.append(Call(name, tuple(arguments)))
        last = chain[-1]
        if last in {"env", "getenv"} and arguments and isinstance(arguments[0], str):
            return self._variable(arguments[0])
        if name == "process.cwd":
            return self._folder
        if last in _JOINS:
            return self._path(arguments)
        if last == "URL" and arguments and isinstance(arguments[0], str):
            return self._path([self._folder, arguments[0]]) if len(arguments) > 1 else arguments[0]
        if _WRAPPER.match(last) and arguments and isinstance(arguments[0], dict):
            return arguments[0]
        return Call(name, tuple(arguments))

    def _arguments(self) -> list[Literal]:
        self._at += 1
        found: list[Literal] = []
        while self._peek() and not self._accept(")"):
            start = self._at
            found.append(self._expression())
            self._accept(",")
            if self._at == start:
                self._at += 1
        return found

    def _path(self, parts: list[Literal]) -> Literal:
        joined = ""
        for part in parts:
            if not isinstance(part, str):
                return part if isinstance(part, Undetermined) else Undetermined("a computed path")
            joined = part if part.startswith("/") or not joined else f"{joined}/{part}"
        return joined

    def _postfix(self, value: Literal) -> Literal:
        while True:
            if self._is("!") and not self._is("=", 1):
                self._at += 1
            elif self._is("."):
                self._at += 2
                value = lookup(value, self._peek(-1).text)
                if self._is("("):
                    self._arguments()
                    value = Undetermined("a call")
            elif self._is("(") and isinstance(value, Call | Undetermined):
                self._arguments()
                value = Undetermined("a call")
            elif self._is("[") and isinstance(value, dict | list | Undetermined | Call):
                self._skip_balanced()
                value = Undetermined("an element")
            else:
                return value

    def _template(self, raw: str) -> Literal:
        parts: list[str] = []
        for piece in re.split(r"(\$\{[^{}]*\})", raw):
            if piece.startswith("${"):
                inner = _Parser(piece[2:-1], self._variables, Path(self._folder))
                inner._module.constants = self._module.constants
                value = inner._expression()
                if not isinstance(value, str | int):
                    return value if isinstance(value, Undetermined) else Undetermined("a template")
                parts.append(str(value))
            else:
                parts.append(unescape(piece))
        return "".join(parts)


def _joined(left: Literal, right: Literal) -> Literal:
    for side in (left, right):
        if isinstance(side, Undetermined):
            return side
    if isinstance(left, str | int | float) and isinstance(right, str | int | float):
        return f"{left}{right}" if isinstance(left, str) or isinstance(right, str) else left + right
    return Undetermined("an expression")


def _number(source: str) -> Literal:
    plain = source.replace("_", "").removesuffix("n")
    try:
        return int(plain, 0) if not plain.isdigit() else int(plain)
    except ValueError:
        pass
    try:
        return float(plain)
    except ValueError:
        return Undetermined("a number")
