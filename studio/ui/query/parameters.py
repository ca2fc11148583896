"""The parameters of a query tab: asked for once, kept as long as the tab, always bound."""

from collections.abc import Callable, Mapping, Sequence

from textual.widgets import Static

from studio.backends.halves.explaining import BoundValues
from studio.backends.halves.syntax import syntax_of
from studio.queries.query import Values
from studio.queries.values import names_in, reader, types_in
from studio.sqltext.parameters import by_place, numbered, shown_name
from studio.sqltext.secrets import names_secret
from studio.sqltext.syntax import ParameterStyle
from studio.ui.query.value_fields import AskValues, Given
from studio.ui.shell.tab import Tab
from studio.ui.widgets.labels import plain
from studio.ui.work_ends import begin_work
from studio.ui.workspace import Workspace

_GROUP = "parameters"
_LONGEST = 40
"""Characters of a value on the line that names them."""


class ValuesLine(Static):
    """Which values the last run had."""

    DEFAULT_CSS = """
    ValuesLine { height: 1; padding: 0 1; color: $dim; text-overflow: ellipsis; text-wrap: nowrap; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self.display = False


class Parameters:
    """Knows the values that were given in one tab; the tab holds it. Nothing of it is on disk."""

    def __init__(self, tab: Tab, workspace: Workspace) -> None:
        self._tab = tab
        self._workspace = workspace
        self._syntax = syntax_of(workspace.session.backend)
        self._read = reader(workspace.session.backend)
        self._given: dict[str, Given] = {}
        self.line = ValuesLine()

    def with_values(self, text: str, go_on: Callable[[Values], None]) -> None:
        """Go on with a value for each parameter of `text`, asking first for all of them where one
        is new; not at all when nobody gives them.
        """
        names = names_in(text, self._syntax)
        if all(name in self._given for name in names):
            self._tell(names)
            go_on(self._values(names))
        else:
            self._ask(text, names, go_on)

    def ask(self, text: str) -> bool:
        """Ask for other values; whether `text` wants any."""
        names = names_in(text, self._syntax)
        if names:
            self._ask(text, names, lambda _: None)
        return bool(names)

    def for_a_plan(self, text: str, go_on: Callable[[str, BoundValues], object]) -> None:
        """Go on with `text` as the engine plans it: where the server numbers parameters, with
        numbers for their names, and their values where all were given.
        """
        names = names_in(text, self._syntax)
        if ParameterStyle.DOLLAR_NUMBER in self._syntax.parameters:
            one = numbered(text, self._syntax, names)
            text, by_number = one.text, one.names
        else:
            by_number, _ = by_place(text, self._syntax)
        if not all(name in self._given for name in by_number):
            # The plan for any values; who measures it is asked for some there.
            go_on(text, ())
            return
        values = self._values(by_number)
        go_on(text, tuple(values[name] for name in by_number))

    def _ask(self, text: str, names: Sequence[str], go_on: Callable[[Values], None]) -> None:
        label = self._workspace.label
        shown = {name: shown_name(name, self._syntax) for name in names}
        screen = AskValues(f"Values for its parameters · {label}", shown, self._given, self._read)

        def answered(given: Mapping[str, Given] | None) -> None:
            if given is not None:
                self._given |= given
                self._tell(names)
                go_on(self._values(names))

        async def look() -> None:
            screen.know(await types_in(self._workspace.session, text))

        # At once: what is typed from now on is typed into it.
        self._tab.app.push_screen(screen, answered)
        begin_work(self._tab, look, _GROUP)

    def _values(self, names: Sequence[str]) -> Values:
        given = ((name, self._given[name]) for name in names)
        return {name: self._read(one.text, one.kind) for name, one in given}

    def _tell(self, names: Sequence[str]) -> None:
        self.line.display = bool(names)
        named = [(shown_name(name, self._syntax), self._shown(name)) for name in names]
        shown = " · ".join(f"{name} = {value}" for name, value in named)
        self.line.update(plain(f"with {shown}   f8: other values") if names else "")

    def _shown(self, name: str) -> str:
        one = self._given[name]
        if one.kind == "null":
            return "NULL"
        if names_secret(name):
            return "***"
        text = one.text if len(one.text) <= _LONGEST else f"{one.text[:_LONGEST]}…"
        return repr(text) if not text or text != text.strip() else text
