"""The SQL of a set as text: written when looked at, the same however it is reached."""

from studio.db.session import Session
from studio.db.url import parse
from studio.edits.sql.prepared import Prepared, prepare
from studio.edits.sql.preview import GUARD, PreviewLines, lines, preview
from studio.model.catalog import TableRef
from studio.model.change import DEFAULT, Delete, Insert, Update
from tests.edits.databases import Database

T = TableRef(None, "t")


async def test_lines_are_the_same_by_place_by_slice_and_in_a_row(database: Database) -> None:
    row = database.row
    database.run("CREATE TABLE t (id integer PRIMARY KEY, n integer DEFAULT 3, m text)")
    session = await Session.open(parse(database.target))
    try:
        ready = await prepare(
            session,
            [
                Insert(T, row(id=5, m="o'clock")),
                *(Update(T, row(id=i), row(n=None), row(m=str(i))) for i in range(3)),
                Update(T, row(id=9), {}, {"n": DEFAULT}),
                Delete(T, row(id=8), row(m="%s")),
            ],
        )
        begin = session.backend.begin_write
    finally:
        await session.close()
    found = lines(ready)
    assert [found[at] for at in range(len(found))] == list(found) == list(found[:])
    assert found[-1] == found[len(found) - 1]
    assert tuple(line.change for line in found) == found.order
    assert sorted(found.order) == list(range(6))
    script = str(preview(ready, begin)).splitlines()
    assert (script[0], script[-1]) == (f"{begin};", "COMMIT;")
    assert script[1:-1] == [str(line) for line in found]
    assert sum(line.endswith(GUARD) for line in script) == 5
    assert any("'o''clock'" in line for line in script)
    assert any("'%s'" in line for line in script)


async def prepared(database: Database, *changes: Update | Delete | Insert) -> Prepared:
    """The set as it would run."""
    session = await Session.open(parse(database.target))
    try:
        return await prepare(session, changes)
    finally:
        await session.close()


async def test_a_folded_line_shows_the_key_and_what_changes_and_counts_the_rest(
    database: Database,
) -> None:
    row = database.row
    database.run("CREATE TABLE t (id integer PRIMARY KEY, a text, b text, c text, d text)")
    seen = row(a="one", b="two", c=None, d="x" * 500)
    ready = await prepared(
        database,
        Update(T, row(id=1), seen, row(b="three")),
        Update(T, row(id=2), seen, row(d="y" * 500, a=None)),
        Delete(T, row(id=3), seen),
    )
    whole, folded = PreviewLines(ready), PreviewLines(ready, folded=True)
    assert folded.order == whole.order
    by_change = {line.change: line for line in folded}
    first, second, gone = (by_change[at] for at in range(3))
    assert [line.left_out for line in (first, second, gone)] == [3, 2, 4]
    assert "'two'" in first.sql
    assert "'three'" in first.sql
    assert "'one'" not in first.sql
    assert first.sql.endswith("/* and 3 values as seen */")
    assert len(second.sql) < 300
    assert "'xxx" in second.sql
    assert "'yyy" in second.sql
    assert gone.sql.endswith("/* and 4 values as seen */")
    assert all("xx…xx" not in line.sql and not line.left_out for line in whole)
    assert all("'one'" in line.sql for line in whole)


async def test_what_a_row_holds_already_moves_no_value_to_another_column(
    database: Database,
) -> None:
    row = database.row
    database.run("CREATE TABLE t (id integer PRIMARY KEY, a text, n integer)")
    change = Update(T, row(id=1), row(a="same", n=1), row(a="same", n=7))
    ready = await prepared(database, change)
    for folded in (False, True):
        (line,) = PreviewLines(ready, folded=folded)
        assert '"n"=7' in line.sql.replace("'7'", "7")
        assert '"a"=' not in line.sql
        assert line.left_out == 0
