"""Reading only what moved gives the same answers as reading everything anew."""

import random
from pathlib import Path
from typing import Any

import pytest

from studio.wal.history import opened
from studio.wal.questions import reply
from studio.wal.steady import FilesKept
from tests.examples import examples
from tests.wal.programs import Program, glance


def answers(path: Path, kept: FilesKept | None) -> list[Any]:
    """Everything that can be asked of the WAL, refusals too."""
    with opened(path) as history:
        frames = [commit.last_frame for commit in history.commits]
    questions = [["--report"], *(["--commit", str(frame)] for frame in frames)]
    return [reply(path, question, lambda _told: None, kept) for question in questions]


@pytest.mark.parametrize("seed", range(examples(40)))
def test_the_same_answers_while_a_program_writes(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    path = tmp_path / "app.db"
    program, reader = Program(path), Program(path)
    program.sql("PRAGMA journal_mode=wal")
    program.sql("PRAGMA wal_autocheckpoint=0")
    program.sql("CREATE TABLE a (id INTEGER PRIMARY KEY, x)")
    program.sql("CREATE TABLE b (id INTEGER PRIMARY KEY, x)")
    kept, reads = FilesKept(), False
    for _ in range(20):
        for _ in range(rng.randrange(3)):
            table = rng.choice("ab")
            program.sql(f"INSERT INTO {table}(x) VALUES (zeroblob({rng.randrange(5000)}))")
        if rng.random() < 0.3:
            how = "PASSIVE" if reads else rng.choice(("PASSIVE", "RESTART", "TRUNCATE"))
            program.sql(f"PRAGMA wal_checkpoint({how})")
        if rng.random() < 0.3:
            reader.sql("COMMIT" if reads else "BEGIN")
            reads = not reads
            if reads:
                reader.sql("SELECT count(*) FROM a")
        before = glance(tmp_path)
        assert answers(path, kept) == answers(path, None)
        assert glance(tmp_path) == before
    kept.close()
    program.close()
    reader.close()
    assert [one.name for one in tmp_path.iterdir()] == ["app.db"]
