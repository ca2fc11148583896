"""Schemas in which a changed row is hard to name or to put back, on both engines."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import strategies as st

TEXTS = st.sampled_from(("a", "b", "A", "é", "x ", ""))
NUMBERS = st.integers(-2, 4)
IDS = st.integers(1, 5)
Columns = Mapping[str, st.SearchStrategy[object]]


@dataclass(frozen=True)
class Target:
    """A relation that is changed."""

    name: str
    key: tuple[str, ...]
    """What a person names its rows by."""
    columns: Columns
    """Columns that are set, and with what."""
    shown: tuple[str, ...] = ()
    """Columns that are seen besides."""

    @property
    def seen(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.key, *self.columns, *self.shown)))


@dataclass(frozen=True)
class World:
    """One schema, its rows, and what in it writes where."""

    name: str
    ddl: tuple[str, ...]
    targets: tuple[Target, ...]
    rows: tuple[tuple[str, tuple[str, ...], tuple[st.SearchStrategy[object], ...]], ...]
    """(table, columns, values): where rows stand at first; those refused are left out."""
    writes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By relation: the tables its triggers, rules or module may write."""


def sqlite_worlds() -> tuple[World, ...]:
    values = {"v": TEXTS, "n": NUMBERS}
    return (
        World(
            "affinities",
            (
                "CREATE TABLE t (id integer PRIMARY KEY, v text, n numeric, r real, b,"
                " g GENERATED ALWAYS AS (v || '!') STORED, d varchar(9) DEFAULT 'd')",
            ),
            (
                Target(
                    "t",
                    ("id",),
                    {
                        "v": TEXTS | NUMBERS | st.sampled_from((1.5, "2.0")),
                        "n": NUMBERS | st.sampled_from((1.5, "2.0", "1e2", "zz", "007")),
                        "r": NUMBERS | st.sampled_from((1.5, "3")),
                        "b": TEXTS | NUMBERS | st.sampled_from((2.0, "2", None)),
                    },
                    ("g", "d"),
                ),
            ),
            (("t", ("id", "v", "n", "r", "b"), (IDS, TEXTS, NUMBERS, NUMBERS, TEXTS)),),
        ),
        World(
            "without rowid, composite",
            ("CREATE TABLE t (k integer, l text, v, n, PRIMARY KEY (k, l)) WITHOUT ROWID",),
            (Target("t", ("k", "l"), values),),
            (("t", ("k", "l", "v", "n"), (IDS, TEXTS, TEXTS, NUMBERS)),),
        ),
        World(
            "no key",
            ("CREATE TABLE t (v, n)",),
            (Target("t", (), values),),
            (("t", ("v", "n"), (TEXTS, NUMBERS)),),
        ),
        World(
            "autoincrement",
            ("CREATE TABLE t (id integer PRIMARY KEY AUTOINCREMENT, v text, n integer)",),
            (Target("t", ("id",), values),),
            (("t", ("id", "v", "n"), (IDS, TEXTS, NUMBERS)),),
        ),
        World(
            "triggers",
            (
                "CREATE TABLE t (id integer PRIMARY KEY, v text, n integer, seen integer)",
                "CREATE TABLE log (what text)",
                "CREATE TRIGGER up AFTER UPDATE OF v ON t BEGIN"
                " UPDATE t SET v = upper(new.v), seen = 1 WHERE id = new.id;"
                " INSERT INTO log VALUES (new.v); END",
                "CREATE TRIGGER new AFTER INSERT ON t BEGIN"
                " UPDATE t SET n = n + 1 WHERE id = new.id; END",
                "CREATE TRIGGER gone AFTER DELETE ON t BEGIN"
                " DELETE FROM t WHERE id = old.id + 1; END",
            ),
            (Target("t", ("id",), values, ("seen",)),),
            (("t", ("id", "v", "n"), (IDS, TEXTS, NUMBERS)),),
            {"t": frozenset({"log"})},
        ),
        World(
            "cascades",
            (
                "CREATE TABLE p (id integer PRIMARY KEY, u text UNIQUE)",
                "CREATE TABLE c (id integer PRIMARY KEY, p integer REFERENCES p ON DELETE CASCADE)",
                "CREATE TABLE s (v text, u text DEFAULT 'b'"
                " REFERENCES p (u) ON DELETE SET NULL ON UPDATE SET DEFAULT)",
                "CREATE TABLE g (c integer REFERENCES c ON DELETE SET NULL)",
                "CREATE TABLE log (what text)",
                "CREATE TRIGGER g1 AFTER UPDATE ON g BEGIN INSERT INTO log VALUES ('g'); END",
            ),
            (Target("p", ("id",), {"u": TEXTS}), Target("c", ("id",), {"p": IDS})),
            (
                ("p", ("id", "u"), (IDS, TEXTS)),
                ("c", ("id", "p"), (IDS, IDS)),
                ("s", ("v", "u"), (TEXTS, TEXTS)),
                ("g", ("c",), (IDS,)),
            ),
            {"g": frozenset({"log"})},
        ),
        World(
            "a view that shouts",
            (
                "CREATE TABLE t (id integer PRIMARY KEY, v text, n integer)",
                "CREATE VIEW w AS SELECT id, v, n FROM t",
                "CREATE TRIGGER wu INSTEAD OF UPDATE ON w BEGIN"
                " UPDATE t SET v = upper(new.v), n = new.n WHERE id = old.id; END",
                "CREATE TRIGGER wd INSTEAD OF DELETE ON w BEGIN"
                " DELETE FROM t WHERE id = old.id; END",
                "CREATE TRIGGER wi INSTEAD OF INSERT ON w BEGIN"
                " INSERT INTO t VALUES (new.id, upper(new.v), new.n); END",
            ),
            (Target("w", ("id",), values),),
            (("t", ("id", "v", "n"), (IDS, TEXTS, NUMBERS)),),
            {"w": frozenset({"t"})},
        ),
        World(
            "a full-text index",
            ("CREATE VIRTUAL TABLE f USING fts5(v, n)",),
            (Target("f", ("rowid",), values),),
            (("f", ("rowid", "v", "n"), (IDS, TEXTS, TEXTS)),),
            {"f": frozenset({"f", "f_content"})},
        ),
    )


_FUNCTION = "CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {} END $$"
_LOG = "CREATE TABLE log (what text)"


def postgresql_worlds() -> tuple[World, ...]:
    values = {"v": TEXTS, "n": NUMBERS}
    plain_rows = ("t", ("id", "v", "n"), (IDS, TEXTS, NUMBERS))
    return (
        World(
            "types that do not keep values as given",
            (
                "CREATE DOMAIN rounded AS numeric(4,1)",
                "CREATE TABLE t (id int PRIMARY KEY, m numeric(5,2), c char(4), s varchar(3),"
                " ts timestamp(0), d rounded, f real, j jsonb, i interval(0), n int,"
                " g int GENERATED ALWAYS AS (n * 2) STORED)",
            ),
            (
                Target(
                    "t",
                    ("id",),
                    {
                        "m": st.sampled_from(("1.234", "1.005", "7", "1e1")),
                        "c": TEXTS,
                        "s": st.sampled_from(("ab    ", "a", "abc")),
                        "ts": st.sampled_from(("2026-01-01 00:00:00.6", "2026-01-01")),
                        "d": st.sampled_from(("1.25", "3", "9.99")),
                        "f": st.sampled_from(("0.1", "1e3", "16777217")),
                        "j": st.sampled_from(('{"b": 1,  "a": 2}', "1.0")),
                        "i": st.sampled_from(("1.6 s", "30 days", "1 mon")),
                        "n": NUMBERS,
                    },
                    ("g",),
                ),
            ),
            (
                (
                    "t",
                    ("id", "m", "c", "n"),
                    (IDS, st.sampled_from(("1", "2.5")), TEXTS, NUMBERS),
                ),
            ),
        ),
        World(
            "composite",
            ("CREATE TABLE t (k int, l text, v text, n int, PRIMARY KEY (k, l))",),
            (Target("t", ("k", "l"), values),),
            (("t", ("k", "l", "v", "n"), (IDS, TEXTS, TEXTS, NUMBERS)),),
        ),
        World(
            "inheritance with the same keys",
            (
                "CREATE TABLE ip (id int PRIMARY KEY, v text, n int)",
                "CREATE TABLE ic (x int) INHERITS (ip)",
                "CREATE TABLE id (id int PRIMARY KEY, y int) INHERITS (ip)",
                "CREATE TABLE ie (z int) INHERITS (ic)",
                "CREATE TABLE r (p int REFERENCES ip ON DELETE CASCADE)",
                "CREATE TABLE s (a int, p int REFERENCES id ON DELETE SET NULL)",
            ),
            (Target("ip", ("id",), values), Target("ic", ("id",), {**values, "x": NUMBERS})),
            (
                ("ip", ("id", "v", "n"), (IDS, TEXTS, NUMBERS)),
                ("ic", ("id", "v", "n", "x"), (IDS, TEXTS, NUMBERS, NUMBERS)),
                ("id", ("id", "v", "n", "y"), (IDS, TEXTS, NUMBERS, NUMBERS)),
                ("ie", ("id", "v", "n", "x", "z"), (IDS, TEXTS, NUMBERS, NUMBERS, NUMBERS)),
                ("r", ("p",), (IDS,)),
                ("s", ("a", "p"), (NUMBERS, IDS)),
            ),
        ),
        World(
            "rows that refer from an inheritance",
            (
                "CREATE TABLE p (id int PRIMARY KEY, u text UNIQUE)",
                "CREATE TABLE c (id int, p int REFERENCES p ON DELETE CASCADE,"
                " u text REFERENCES p (u) ON UPDATE SET NULL ON DELETE SET NULL)",
                "CREATE TABLE cc () INHERITS (c)",
            ),
            (Target("p", ("id",), {"u": TEXTS}),),
            (
                ("p", ("id", "u"), (IDS, TEXTS)),
                ("c", ("id", "p", "u"), (IDS, IDS, TEXTS)),
                ("cc", ("id", "p", "u"), (IDS, IDS, TEXTS)),
            ),
        ),
        World(
            "partitions",
            (
                "CREATE TABLE p (id int, k int, v text, n int, PRIMARY KEY (id, k))"
                " PARTITION BY LIST (k)",
                "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1, 2)",
                "CREATE TABLE p2 PARTITION OF p DEFAULT",
                "CREATE TABLE c (id int, a int, b int, FOREIGN KEY (a, b) REFERENCES p"
                " ON DELETE CASCADE ON UPDATE CASCADE) PARTITION BY LIST (id)",
                "CREATE TABLE c1 PARTITION OF c FOR VALUES IN (1, 2)",
                "CREATE TABLE c2 PARTITION OF c DEFAULT",
            ),
            (
                Target("p", ("id", "k"), {"k": IDS, **values}),
                Target("p1", ("id", "k"), values),
            ),
            (
                ("p", ("id", "k", "v", "n"), (IDS, IDS, TEXTS, NUMBERS)),
                ("c", ("id", "a", "b"), (IDS, IDS, IDS)),
            ),
        ),
        World(
            "partitions without a key",
            (
                "CREATE TABLE p (k int, v text, n int) PARTITION BY LIST (k)",
                "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1, 2)",
                "CREATE TABLE p2 PARTITION OF p DEFAULT",
            ),
            (Target("p", (), {"k": IDS, **values}), Target("p1", (), values, ("k",))),
            (("p", ("k", "v", "n"), (IDS, TEXTS, NUMBERS)),),
            {"p": frozenset({"p1", "p2"})},
        ),
        World(
            "no key",
            ("CREATE TABLE t (v text, n int)",),
            (Target("t", (), values),),
            (("t", ("v", "n"), (TEXTS, NUMBERS)),),
        ),
        World(
            "rules",
            (
                "CREATE TABLE t (id int PRIMARY KEY, v text, n int)",
                "CREATE TABLE o (t int, v text)",
                _LOG,
                "CREATE RULE d AS ON DELETE TO t DO ALSO DELETE FROM o WHERE t = old.id",
                "CREATE RULE u AS ON UPDATE TO t WHERE new.n = 3 DO INSTEAD"
                " UPDATE o SET v = new.v WHERE t = old.id",
                "CREATE RULE i AS ON INSERT TO t DO ALSO INSERT INTO log VALUES (new.v)",
            ),
            (Target("t", ("id",), values),),
            (plain_rows, ("o", ("t", "v"), (IDS, TEXTS))),
            {"t": frozenset({"o", "log"})},
        ),
        World(
            "a rule that does something else",
            (
                "CREATE TABLE t (id int PRIMARY KEY, v text, n int)",
                "CREATE TABLE o (id int PRIMARY KEY, v text, n int)",
                "CREATE RULE u AS ON UPDATE TO t DO INSTEAD"
                " UPDATE o SET v = new.v, n = new.n WHERE id = old.id",
            ),
            (Target("t", ("id",), values),),
            (plain_rows, ("o", ("id", "v", "n"), (IDS, TEXTS, NUMBERS))),
            {"t": frozenset({"o"})},
        ),
        World(
            "triggers",
            (
                "CREATE TABLE t (id int PRIMARY KEY, v text, n int, touched int DEFAULT 0)",
                _LOG,
                _FUNCTION.format(
                    "shout",
                    "new.v := upper(new.v); new.touched := coalesce(new.touched, 0) + 1;"
                    " IF new.n = 4 THEN new.id := new.id + 10; END IF; RETURN new;",
                ),
                _FUNCTION.format("note", "INSERT INTO log VALUES (TG_OP); RETURN NULL;"),
                "CREATE TRIGGER shout BEFORE INSERT OR UPDATE ON t"
                " FOR EACH ROW EXECUTE FUNCTION shout()",
                "CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON t"
                " FOR EACH ROW EXECUTE FUNCTION note()",
            ),
            (Target("t", ("id",), values, ("touched",)),),
            (plain_rows,),
            {"t": frozenset({"log"})},
        ),
        World(
            "cascades",
            (
                "CREATE TABLE p (id int PRIMARY KEY, u text UNIQUE)",
                "CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE)",
                "CREATE TABLE s (v text, u text DEFAULT 'b'"
                " REFERENCES p (u) ON DELETE SET NULL ON UPDATE SET DEFAULT)",
                "CREATE TABLE g (a int, c int REFERENCES c ON DELETE SET NULL)",
                _LOG,
                _FUNCTION.format("note", "INSERT INTO log VALUES (TG_OP); RETURN NULL;"),
                "CREATE TRIGGER note AFTER DELETE ON c FOR EACH ROW EXECUTE FUNCTION note()",
            ),
            (Target("p", ("id",), {"u": TEXTS}), Target("c", ("id",), {"p": IDS})),
            (
                ("p", ("id", "u"), (IDS, TEXTS)),
                ("c", ("id", "p"), (IDS, IDS)),
                ("s", ("v", "u"), (TEXTS, TEXTS)),
                ("g", ("a", "c"), (NUMBERS, IDS)),
            ),
            {"c": frozenset({"log"})},
        ),
        World(
            "a view that shouts",
            (
                "CREATE TABLE t (id int PRIMARY KEY, v text, n int)",
                "CREATE VIEW w AS SELECT id, v, n FROM t",
                _FUNCTION.format(
                    "wf",
                    "IF TG_OP = 'UPDATE' THEN"
                    " UPDATE t SET v = upper(new.v), n = new.n WHERE id = old.id; RETURN new;"
                    " ELSIF TG_OP = 'DELETE' THEN DELETE FROM t WHERE id = old.id; RETURN old;"
                    " ELSE INSERT INTO t VALUES (new.id, upper(new.v), new.n); RETURN new; END IF;",
                ),
                "CREATE TRIGGER wt INSTEAD OF INSERT OR UPDATE OR DELETE ON w"
                " FOR EACH ROW EXECUTE FUNCTION wf()",
            ),
            (Target("w", ("id",), values),),
            (plain_rows,),
            {"w": frozenset({"t"})},
        ),
    )
