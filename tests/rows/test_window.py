"""The window over a real table: what it holds is true, whatever way somebody scrolls."""

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from studio.model.catalog import Table
from studio.model.page import Direction, PageKey, RowCount, Sort
from studio.rows.window import Moved, RowWindow
from tests.examples import examples
from tests.rows.places import Place

SETTINGS = settings(
    max_examples=examples(150),
    phases=[Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
PAGE = 8
SCREEN = 5
ROWS = 300
KINDS = {
    "pk": "id INTEGER PRIMARY KEY, v TEXT",
    "text": "id TEXT PRIMARY KEY, v TEXT -- WITHOUT ROWID",
}


class Person:
    """Somebody with a screen of SCREEN rows over a window, and the database behind it."""

    def __init__(self, place: Place, table: Table, window: RowWindow) -> None:
        self.place = place
        self.table = table
        self.window = window
        self.top = 0
        self.settle(Direction.FORWARD)

    def settle(self, direction: Direction) -> int:
        """Fetch what the window wants until it is content; how many pages that took."""
        for fetched in range(60):
            request = self.window.wanted(self.top, self.top + SCREEN - 1, direction)
            if request is None:
                return fetched
            moved = self.window.accept(self.place.page(self.table, request))
            assert moved is not None
            self.follow(moved)
        raise AssertionError("the window never has enough")

    def follow(self, moved: Moved) -> None:
        self.top += moved.shift
        if moved.goto is not None:
            self.top = moved.goto
        self.top = max(0, min(self.top, self.window.height - SCREEN))

    def scroll(self, to: int) -> None:
        direction = Direction.FORWARD if to >= self.top else Direction.BACKWARD
        self.top = max(0, min(to, self.window.height - SCREEN))
        self.settle(direction)

    @property
    def seen(self) -> list[object]:
        """The identities on the screen."""
        shown = range(self.top, min(self.top + SCREEN, self.window.height))
        rows = [self.window.row(index) for index in shown]
        assert None not in rows
        return [row.identity[0] for row in rows]

    @property
    def held(self) -> list[object]:
        return [self.window.row(index).identity[0] for index in self.window.held]


def text_key(number: int) -> str:
    return f"{number:05}"


def opened(
    place: Place, numbers: list[int], kind: str = "pk", *, order: tuple[Sort, ...] = (), **options
) -> Person:
    ids = [n if kind == "pk" else text_key(n) for n in numbers]
    table = place.make(KINDS[kind], [(i, f"v{i}") for i in ids])
    return Person(place, table, RowWindow(table, order, page_rows=PAGE, **options))


moves = st.lists(
    st.one_of(
        st.tuples(st.just("scroll"), st.integers(0, ROWS + 20)),
        st.tuples(st.just("by"), st.integers(-30, 30)),
        st.tuples(st.just("first"), st.just(0)),
        st.tuples(st.just("last"), st.just(0)),
        st.tuples(st.just("percent"), st.integers(0, 100)),
        st.tuples(st.just("key"), st.integers(-5, 3 * ROWS)),
        st.tuples(st.just("estimate"), st.integers(1, 3 * ROWS)),
        st.tuples(st.just("count"), st.just(0)),
        st.tuples(st.just("refresh"), st.just(0)),
    ),
    max_size=14,
)
others = st.tuples(st.sampled_from(["insert", "delete"]), st.integers(0, 3 * ROWS))
numbers = st.one_of(
    st.lists(st.integers(0, 3 * ROWS), unique=True, max_size=ROWS),
    st.builds(
        lambda count, start, step: list(range(start, start + count * step, step)),
        st.integers(0, ROWS),
        st.integers(0, 50),
        st.integers(1, 3),
    ),
)


def go(person: Person, name: str, argument: int, actual: int) -> None:
    window = person.window
    match name:
        case "scroll":
            person.scroll(argument)
            return
        case "by":
            person.scroll(person.top + argument)
            return
        case "estimate":
            person.follow(window.learn(RowCount(argument, exact=False)))
        case "count":
            person.follow(window.learn(RowCount(actual, exact=True)))
        case "first" | "last" | "refresh":
            getattr(window, name)()
        case "percent":
            window.percent(argument / 100)
        case "key":
            is_text = person.table.columns[0].kind.value == "text"
            window.key(PageKey((text_key(argument) if is_text else argument,)))
    person.settle(Direction.FORWARD)


@SETTINGS
@given(found=numbers, kind=st.sampled_from(list(KINDS)), moves=moves, descending=st.booleans())
def test_what_is_shown_is_a_stretch_of_the_table_and_exact_numbers_are_true(
    sqlite, found, kind, moves, descending
) -> None:
    order = (Sort("id", True),) if descending else ()
    person = opened(sqlite, found, kind, order=order, max_bytes=4000)
    truth = sorted((n if kind == "pk" else text_key(n) for n in found), reverse=descending)
    for name, argument in moves:
        go(person, name, argument, len(truth))
        held = person.held
        start = truth.index(held[0]) if held else 0
        assert held == truth[start : start + len(held)]
        assert (
            person.seen
            == truth[start - person.window.held.start + person.top :][: len(person.seen)]
        )
        if name in {"first", "last"}:
            assert person.seen == (truth[:SCREEN] if name == "first" else truth[-SCREEN:])
        if held and person.window.number(person.window.held.start).exact:
            assert start == person.window.held.start
        if person.window.is_exact:
            assert person.window.height == len(truth)
        assert person.window.held_bytes <= 4000 + 4 * 2500


@SETTINGS
@given(found=numbers, script=st.lists(st.tuples(others, moves), max_size=5))
def test_others_never_make_a_row_appear_twice_or_disappear(sqlite, found, script) -> None:
    person = opened(sqlite, found, max_bytes=6000)
    lasting = set(found)
    present = set(found)
    for (deed, number), steps in script:
        if deed == "insert" and number not in present:
            sqlite.insert([(number, "new")])
            present.add(number)
        elif deed == "delete" and number in present:
            sqlite.run(f"DELETE FROM t WHERE id = {number}")
            present.discard(number)
            lasting.discard(number)
        for name, argument in steps:
            go(person, name, argument, len(present))
            held = person.held
            assert held == sorted(set(held))
            if held:
                between = {n for n in lasting if held[0] <= n <= held[-1]}
                assert between <= set(held)


@SETTINGS
@given(count=st.integers(0, 120), moves=moves)
def test_a_relation_without_identity_is_read_by_offset(sqlite, count, moves) -> None:
    sqlite.run("DROP VIEW IF EXISTS v")
    sqlite.make("id INTEGER PRIMARY KEY, v TEXT", [(i, "x") for i in range(count)])
    sqlite.run("CREATE VIEW v AS SELECT id FROM t")
    table = sqlite.table("v")
    window = RowWindow(table, page_rows=PAGE, max_bytes=4000)
    assert not window.is_stable
    person = Person(sqlite, table, window)
    for name, argument in moves:
        if name == "key":
            continue
        go(person, name, argument, count)
        shown = range(person.top, min(person.top + SCREEN, window.height))
        assert [window.row(i).values for i in shown] == [(i,) for i in shown]
        assert window.number(person.top).exact
        if window.is_exact:
            assert window.height == count


def test_first_and_last_come_in_one_page_each(sqlite) -> None:
    person = opened(sqlite, list(range(ROWS)))
    person.window.last()
    request = person.window.wanted(0, 4)
    assert request is not None
    moved = person.window.accept(sqlite.page(person.table, request))
    assert moved is not None
    assert person.window.row(moved.goto).identity == (ROWS - 1,)
    person.window.first()
    request = person.window.wanted(moved.goto, moved.goto)
    assert request is not None
    assert person.window.accept(sqlite.page(person.table, request)).goto == 0
    assert person.window.row(0).identity == (0,)


def test_numbers_from_the_end_are_estimates_until_the_count_is_known(sqlite) -> None:
    person = opened(sqlite, list(range(ROWS)))
    person.follow(person.window.learn(RowCount(ROWS - 50, exact=False, source="sampled leaves")))
    person.window.last()
    person.settle(Direction.FORWARD)
    assert str(person.window.number(person.top)).startswith("~")
    assert not person.window.is_exact
    before = person.seen
    person.follow(person.window.learn(RowCount(ROWS, exact=True, source="count")))
    assert person.seen == before
    assert str(person.window.number(person.top)) == f"{before[0] + 1}"
    assert person.window.is_exact


def test_numbers_from_the_end_are_no_numbers_where_nothing_is_known(sqlite) -> None:
    person = opened(sqlite, list(range(ROWS)))
    person.window.last()
    person.settle(Direction.FORWARD)
    assert person.seen[-1] == ROWS - 1
    assert str(person.window.number(person.top)) == "?"
    assert person.window.count is None
    person.follow(person.window.learn(RowCount(ROWS, exact=True, source="count")))
    assert str(person.window.number(person.top)) == f"{person.seen[0] + 1}"


def test_an_answer_to_another_question_is_ignored(sqlite) -> None:
    person = opened(sqlite, list(range(ROWS)))
    person.window.last()
    late = person.window.wanted(0, 4)
    person.window.first()
    wanted = person.window.wanted(0, 4)
    assert late is not None
    assert wanted is not None
    assert person.window.accept(sqlite.page(person.table, late)) is None
    assert person.window.accept(sqlite.page(person.table, wanted)) is not None


def test_what_failed_is_asked_again_only_when_told(sqlite) -> None:
    table = sqlite.make(KINDS["pk"], [(i, "x") for i in range(50)])
    window = RowWindow(table, page_rows=PAGE)
    request = window.wanted(0, 4)
    assert request is not None
    window.failed(request)
    assert window.wanted(0, 4) is None
    window.retry()
    assert window.wanted(0, 4) == request


@SETTINGS
@given(
    found=numbers,
    steps=st.lists(
        st.tuples(
            st.sampled_from(
                ["look", "look", "answer", "answer", "late", "fail", "last", "percent"]
            ),
            st.integers(0, ROWS),
            st.sampled_from(list(Direction)),
        ),
        max_size=40,
    ),
)
def test_answers_may_come_late_or_never(sqlite, found, steps) -> None:
    person = opened(sqlite, found, max_bytes=6000)
    window, truth = person.window, sorted(found)
    asked = []
    for step, number, direction in steps:
        if step == "look":
            person.top = max(0, min(number, window.height - SCREEN))
        if step == "last":
            window.last()
        if step == "percent":
            window.percent(number / ROWS)
        if step in {"look", "last", "percent"}:
            request = window.wanted(person.top, person.top + SCREEN - 1, direction)
            asked += [request] if request is not None else []
        elif asked and step == "answer":
            moved = window.accept(sqlite.page(person.table, asked.pop()))
            if moved is not None:
                person.follow(moved)
            asked.clear()
        elif len(asked) > 1 and step == "late" and asked[0] != asked[-1]:
            assert window.accept(sqlite.page(person.table, asked.pop(0))) is None
        elif asked and step == "fail":
            window.failed(asked[-1])
        held = person.held
        start = truth.index(held[0]) if held else 0
        assert held == truth[start : start + len(held)]
    for request in asked:
        window.failed(request)
    window.retry()
    person.settle(Direction.FORWARD)
    assert person.seen == truth[truth.index(person.seen[0]) :][:SCREEN] if truth else True


def test_pages_are_read_ahead_in_the_direction_of_travel(sqlite) -> None:
    person = opened(sqlite, list(range(ROWS)))
    person.window.percent(0.5)
    person.settle(Direction.FORWARD)
    person.scroll(person.top + 3)
    assert person.window.held.stop - (person.top + SCREEN) >= PAGE
    person.scroll(person.top - 1)
    assert person.top - person.window.held.start >= PAGE


def test_memory_is_bounded_while_scrolling_through(sqlite) -> None:
    person = opened(sqlite, list(range(ROWS)), max_bytes=4000)
    for top in range(0, ROWS - SCREEN, 3):
        person.scroll(top)
        assert person.seen == list(range(top, top + SCREEN))
        assert person.window.held_bytes <= 4000 + 2 * 2500
    for top in range(ROWS - SCREEN, -1, -3):
        person.scroll(top)
        assert person.seen == list(range(top, top + SCREEN))
        assert str(person.window.number(top)) == str(top + 1)


def test_a_refresh_shows_what_changed_in_place(sqlite) -> None:
    person = opened(sqlite, list(range(ROWS)))
    for top in range(0, 101, 10):
        person.scroll(top)
    sqlite.run("UPDATE t SET v = 'changed' WHERE id = 102")
    sqlite.run("DELETE FROM t WHERE id = 100")
    assert person.window.row(102).values == (102, "v102")
    person.window.refresh()
    person.settle(Direction.FORWARD)
    assert person.top == 100
    assert person.seen == [101, 102, 103, 104, 105]
    assert person.window.row(101).values == (102, "changed")
