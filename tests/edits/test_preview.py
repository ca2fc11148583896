"""The SQL of a set as text: written when looked at, the same however it is reached."""

from studio.db.session import Session
from studio.db.url import parse
from studio.edits.plan import plan
from studio.edits.preview import GUARD, lines, preview
from studio.model.catalog import TableRef
from studio.model.change import DEFAULT, Delete, Insert, Update
from tests.edits.databases import Database

T = TableRef(None, "t")


async def test_lines_are_the_same_by_place_by_slice_and_in_a_row(database: Database) -> None:
    row = database.row
    database.run("CREATE TABLE t (id integer PRIMARY KEY, n integer DEFAULT 3, m text)")
    session = await Session.open(parse(database.target))
    try:
        ready = await plan(
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
