"""Files that are cut or taken away while studio reads them: a -shm in a process apart, since what
is tested would end it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio.backends.base import Purpose
from studio.backends.sqlite.mapped import mapped
from studio.db.session import Session
from studio.db.url import parse
from studio.model.errors import Refused, StatementFailed
from tests.backends.sqlite import situations
from tests.wal.programs import Program

can_tell = pytest.mark.skipif(mapped() is None, reason="this system cannot tell")
ROWS, BLOCK = 4_000, 32_768
_READER = """
import asyncio, json, os, sys
from contextlib import aclosing
from pathlib import Path

from studio.backends.base import Purpose
from studio.db.session import Session
from studio.db.url import parse
from studio.model.errors import StudioError

path, size = Path(sys.argv[1]), int(sys.argv[2])

async def main():
    session = await Session.open(parse(str(path)))
    lane = session.lane(Purpose.BROWSE)
    said, count = "", 0
    try:
        async with aclosing(lane.stream("SELECT id, body FROM big", chunk_rows=10)) as chunks:
            async for chunk in chunks:
                count += len(chunk.rows)
                if count == 10:
                    os.truncate(f"{path}-shm", size)
    except StudioError as error:
        said = str(error)
    again = await lane.fetch("SELECT count(*), sum(length(body)) FROM big")
    print(json.dumps([said, count, again.rows[0], session.opening.how]))
    await session.close()

asyncio.run(main())
"""


@can_tell
@pytest.mark.parametrize("size", [0, 4096, BLOCK])
def test_a_statement_ends_with_a_sentence_and_the_next_reads_a_copy(size: int, tmp_path: Path):
    path = tmp_path / "app.db"
    program = Program(path)
    for statement in (
        "PRAGMA page_size=512", "PRAGMA journal_mode=wal", "PRAGMA wal_autocheckpoint=0",
        "CREATE TABLE big (id INTEGER PRIMARY KEY, body BLOB)",
        f"WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < {ROWS}) "
        "INSERT INTO big SELECT i, zeroblob(900) FROM r",
    ):  # fmt: skip
        program.sql(statement)
    found = subprocess.run(
        [sys.executable, "-c", _READER, str(path), str(size)],
        check=False,
        capture_output=True,
        text=True,
    )
    program.kill()
    assert found.returncode == 0, found.stderr
    said, count, again, how = json.loads(found.stdout)
    assert "the -shm beside the database was cut while it was read" in said
    assert count < ROWS
    assert again == [ROWS, 900 * ROWS]
    assert "copy" in how


@can_tell
def test_another_bus_error_ends_the_process_as_ever(tmp_path: Path):
    code = (
        "import mmap, os, sys\n"
        "from studio.backends.sqlite.mapped import mapped\n"
        "mapped()\n"
        "with open(sys.argv[1], 'w+b') as file:\n"
        "    file.truncate(8192)\n"
        "    there = mmap.mmap(file.fileno(), 8192)\n"
        "    os.truncate(file.name, 0)\n"
        "    there[5000]\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "other")]
    assert subprocess.run(command, check=False).returncode == -7


async def test_a_wal_taken_from_under_its_program_is_named(tmp_path: Path):
    path = tmp_path / "app.db"
    program = situations.live(path)
    session = await Session.open(parse(str(path)))
    lane = session.lane(Purpose.BROWSE)
    assert (await lane.fetch("SELECT count(*) FROM event")).rows == ((50,),)
    Path(f"{path}-wal").rename(tmp_path / "away")
    with pytest.raises(Refused, match="but its -wal is not beside it: it was removed"):
        await lane.fetch("SELECT count(*) FROM event")
    (tmp_path / "away").rename(f"{path}-wal")
    assert (await lane.fetch("SELECT count(*) FROM event")).rows == ((50,),)
    await session.close()
    program.kill()


async def test_a_wal_cut_under_its_program_is_named(tmp_path: Path):
    path = tmp_path / "app.db"
    program = situations.live(path)
    session = await Session.open(parse(str(path)))
    lane = session.lane(Purpose.BROWSE)
    os.truncate(f"{path}-wal", 100)
    with pytest.raises(StatementFailed) as caught:
        await lane.fetch("SELECT count(*) FROM event")
    assert "its -wal is shorter than its programs left it" in caught.value.hint
    await session.close()
    program.kill()
