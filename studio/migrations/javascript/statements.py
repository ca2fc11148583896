"""The statements of a script that tell something: constants, exports and calls."""

from collections.abc import Mapping
from pathlib import Path

from studio.migrations.javascript.cursor import ScriptCursor
from studio.migrations.javascript.expressions import ExpressionReader
from studio.migrations.javascript.scope import FileScope
from studio.migrations.javascript.tokens import Kind
from studio.migrations.javascript.values import Literal, Module, Undetermined, lookup


def read(source: str, variables: Mapping[str, str], folder: Path) -> Module:
    """The literals of one file; `folder` is what `__dirname` means in it."""
    return _Statements(source, FileScope(variables, folder)).module()


class _Statements:
    """One pass over one file."""

    def __init__(self, source: str, scope: FileScope) -> None:
        self._at = ScriptCursor(source)
        self._scope = scope
        self.found = Module(constants=scope.constants)
        self._expressions = ExpressionReader(self._at, scope, self.found.calls, self.statement)

    def module(self) -> Module:
        """Constants, exports and calls, wherever in the file they are."""
        if self._at.follows("{"):  # JSON, with or without comments
            self.found.exported = self._expressions.read()
            return self.found
        while self._at.peek():
            self.statement()
        return self.found

    def statement(self) -> None:
        """Take what comes next, or one token of it."""
        start = self._at.index
        if self._at.accept("export"):
            self._export()
        elif self._at.peek().text in {"const", "let", "var"} and self._at.peek().kind is Kind.NAME:
            self._at.index += 1
            self._declaration()
        elif (
            self._at.follows("module")
            and self._at.follows(".", 1)
            and self._at.follows("exports", 2)
        ):
            self._at.index += 3
            self._exports()
        elif self._at.follows("exports") and self._at.follows(".", 1) and self._at.follows("=", 3):
            name = self._at.peek(2).text
            self._at.index += 4
            self._scope.constants[name] = value = self._expressions.read()
            if name == "default":
                self.found.exported = value
        elif self._starts_call():
            self._expressions.read()
        if self._at.index == start:
            self._at.index += 1

    def _export(self) -> None:
        """`export default …` and `export { config as default }`; others are statements."""
        if self._at.accept("default"):
            self.found.exported = self._expressions.read()
        elif self._at.accept("{"):
            while self._at.peek() and not self._at.accept("}"):
                name = self._at.take().text
                if self._at.accept("as") and self._at.follows("default"):
                    self.found.exported = self._scope.reference(name)
                self._at.skip_to(",")
                self._at.accept(",")

    def _exports(self) -> None:
        if self._at.accept("="):
            self.found.exported = self._expressions.read()
        elif self._at.accept(".") and self._at.follows("=", 1):
            name = self._at.take().text
            self._at.index += 1
            self._scope.constants[name] = self._expressions.read()

    def _starts_call(self) -> bool:
        if self._at.follows("new"):
            return True
        return (
            self._at.peek().kind is Kind.NAME
            and self._at.follows("(", 1)
            and self._at.follows("{", 2)
        )

    def _declaration(self) -> None:
        if self._at.accept("{"):
            self._destructured()
            return
        if self._at.peek().kind is not Kind.NAME:
            return
        name = self._at.take().text
        if self._at.follows(":"):
            self._at.skip_to("=", ";")
        if self._at.accept("="):
            self._scope.constants[name] = self._expressions.read()

    def _destructured(self) -> None:
        """`const { a, b: c, d = 1 } = …`, one level deep; the rest stays unknown."""
        wanted: list[tuple[str, str, Literal]] = []
        while self._at.peek() and not self._at.accept("}"):
            key = self._at.take().text
            local = self._at.take().text if self._at.accept(":") else key
            wanted.append((key, local, self._expressions.read() if self._at.accept("=") else None))
            self._at.skip_to(",")
            self._at.accept(",")
        if self._at.follows(":"):
            self._at.skip_to("=", ";")
        if not self._at.accept("="):
            return
        value = self._expressions.read()
        for key, local, default in wanted:
            found = lookup(value, key)
            is_unset = found is None or (isinstance(found, Undetermined) and found.is_unset)
            self._scope.constants[local] = default if is_unset and default is not None else found
