"""Files that are replaced whole."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from studio.config.paths import write_private


def test_many_at_once_leave_one_whole_file(tmp_path):
    path = tmp_path / "state" / "1.sql"
    texts = [f"{number}" * 50_000 for number in range(10)]
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda text: write_private(path, text), texts * 4))
    assert path.read_text() in texts
    assert [entry.name for entry in path.parent.iterdir()] == ["1.sql"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_written_leaves_the_old_text(tmp_path):
    path = tmp_path / "1.sql"
    write_private(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_private(path, "new \ud800")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["1.sql"]
