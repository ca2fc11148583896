"""What a finding says where there is none of what it speaks of."""

import psycopg

from tests.doctor.test_command import document


def test_a_table_that_was_never_analyzed_is_said_to_be(postgres, capsys):
    with psycopg.connect(postgres, autocommit=True) as made:
        made.execute("CREATE TABLE t (id int PRIMARY KEY) WITH (autovacuum_enabled = off)")
        made.execute("INSERT INTO t SELECT generate_series(1, 20000)")
        made.execute("SELECT pg_stat_force_next_flush()")
    _, found = document(capsys, postgres, "--only", "stale_statistics")
    (one,) = found["findings"]
    assert one["says"].endswith("since the last ANALYZE (never)")
