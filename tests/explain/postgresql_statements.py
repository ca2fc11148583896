"""Slow statements on PostgreSQL with the remedy known beforehand, and healthy ones; as data."""

SCHEMA = (
    "SET jit = off",
    "CREATE TABLE people (id int PRIMARY KEY, mail text UNIQUE, name text, city text NOT NULL)",
    "CREATE TABLE sales (id int PRIMARY KEY, who int, ref text, state text, at timestamp, "
    "amount int, code text)",
    "CREATE INDEX sales_at ON sales (at)",
    "CREATE INDEX sales_ref ON sales (ref)",
    "CREATE INDEX sales_code ON sales (code)",
    "CREATE TABLE lines (sale int, sku text, qty int)",
    "CREATE TABLE tiny (a int, b int)",
    "CREATE TABLE banned (who int)",
    "INSERT INTO people SELECT i, 'm' || i, 'name ' || (i % 900), 'c' || (i % 800) "
    "FROM generate_series(1, 4000) i",
    "INSERT INTO sales SELECT i, 1 + i * 7 % 4000, 'R' || i, "
    "CASE WHEN i % 400 = 0 THEN 'open' ELSE 'done' END, "
    "timestamp '2024-01-01' + i * interval '10 minutes', i % 1000, (i % 9000)::text "
    "FROM generate_series(1, 60000) i",
    "INSERT INTO lines SELECT 1 + i * 11 % 60000, 's' || (i % 3000), i % 7 "
    "FROM generate_series(1, 60000) i",
    "INSERT INTO tiny VALUES (1, 2), (3, 4)",
    "INSERT INTO banned SELECT i FROM generate_series(1, 50) i",
    "CREATE TABLE docs (id int, body jsonb, tags int[], span int4range)",
    "INSERT INTO docs SELECT i, jsonb_build_object('k', i % 4000), ARRAY[i % 3000, i % 5000], "
    "int4range(i, i + 3) FROM generate_series(1, 20000) i",
    "CREATE TABLE notes (id int PRIMARY KEY, sale text, noted timestamptz)",
    "INSERT INTO notes SELECT i, (i * 7 % 60000)::text, "
    "timestamptz '2024-01-01' + i * interval '15 minutes' FROM generate_series(1, 30000) i",
    "ANALYZE",
)

# Statement → columns of the first indexes advised, and how many times fewer blocks it reads.
SLOW: dict[str, tuple[set[tuple[str, ...]], float]] = {
    "SELECT * FROM sales WHERE who = 77": ({("who",)}, 10),
    "SELECT * FROM sales WHERE who = 77 AND amount > 900": ({("who", "amount")}, 10),
    "SELECT * FROM sales WHERE who = 77 OR amount = 77 AND who > 5": (set(), 1),
    "SELECT * FROM sales WHERE who = 77 OR ref = 'R99'": ({("who",)}, 10),
    "SELECT * FROM sales WHERE who IN (5, 6)": ({("who",)}, 10),
    "SELECT * FROM sales WHERE amount = 7 AND state = 'open'": ({("amount", "state")}, 10),
    "SELECT * FROM sales WHERE state = 'open' AND amount > 900 AND who < 3000": (
        {("state", "amount")},
        2,
    ),
    "SELECT * FROM sales WHERE lower(ref) = 'r77'": ({("lower(ref)",)}, 10),
    "SELECT * FROM sales WHERE who = 7 ORDER BY at DESC LIMIT 5": ({("who", "at")}, 10),
    "SELECT * FROM lines WHERE sku = 's5' ORDER BY sale LIMIT 5": ({("sku", "sale")}, 10),
    "SELECT count(*) FROM lines WHERE sku = 's5'": ({("sku",)}, 10),
    "SELECT count(*) FROM lines WHERE sale = 5 AND qty = 3": ({("sale", "qty")}, 10),
    "SELECT s.* FROM people p JOIN sales s ON s.who = p.id WHERE p.mail = 'm5'": ({("who",)}, 10),
    "SELECT * FROM people p JOIN lines l ON l.sale = p.id WHERE p.id = 9": ({("sale",)}, 10),
    "SELECT p.id, (SELECT max(amount) FROM sales s WHERE s.who = p.id) FROM people p "
    "WHERE p.id < 30": ({("who",)}, 10),
    "SELECT * FROM people p WHERE p.id < 30 AND EXISTS "
    "(SELECT 1 FROM lines l WHERE l.sale = p.id AND l.qty = 20)": ({("qty",)}, 2),
    "UPDATE sales SET amount = 1 WHERE who = 7": ({("who",)}, 2),
    "DELETE FROM lines WHERE sku = 's5'": ({("sku",)}, 2),
    "SELECT * FROM sales WHERE amount = 7 ORDER BY who DESC, at LIMIT 5": (
        {("amount", "who DESC", "at")},
        10,
    ),
    "SELECT * FROM sales WHERE (amount, id) > (998, 50000) ORDER BY amount, id LIMIT 5": (
        {("amount", "id")},
        10,
    ),
    "SELECT DISTINCT ON (who) who, at FROM sales WHERE who < 20 ORDER BY who, at DESC": (
        {("who",)},
        2,
    ),
    "SELECT count(*) FILTER (WHERE state = 'open') FROM sales WHERE who = 5": ({("who",)}, 10),
    "SELECT who FROM sales WHERE who = ANY('{5,6}') GROUP BY who": ({("who",)}, 10),
    "SELECT * FROM sales WHERE who IS NULL": ({("who",)}, 10),
    "SELECT * FROM sales WHERE coalesce(who, 0) = 77": ({("COALESCE(who, 0)",)}, 10),
    "SELECT * FROM people p LEFT JOIN sales s ON s.who = p.id WHERE p.id = 5": ({("who",)}, 10),
    "SELECT * FROM people p WHERE p.id = 5 AND NOT EXISTS "
    "(SELECT 1 FROM lines l WHERE l.sale = p.id AND l.sku = 's5')": ({("sale", "sku")}, 10),
    "SELECT p.id, l.at FROM people p, LATERAL (SELECT at FROM sales s WHERE s.who = p.id "
    "ORDER BY at DESC LIMIT 1) l WHERE p.id < 30": ({("who", "at")}, 5),
    "SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY who ORDER BY at DESC) n FROM sales) x"
    " WHERE who = 7 AND n = 1": ({("who", "at")}, 10),
    "SELECT * FROM sales s JOIN notes n ON n.sale = s.id::text WHERE s.ref = 'R77'": (
        {("sale",)},
        10,
    ),
    "SELECT * FROM sales s JOIN notes n ON n.sale::int = s.id WHERE s.ref = 'R77'": (
        {("(sale)::integer",)},
        10,
    ),
    "SELECT * FROM docs WHERE body @> '{\"k\": 77}'": ({("body",)}, 5),
    "SELECT * FROM docs WHERE body->>'k' = '77'": ({("body ->> 'k'::text",)}, 10),
    "SELECT * FROM docs WHERE tags @> ARRAY[77]": ({("tags",)}, 5),
    "SELECT * FROM docs WHERE span @> 500": ({("span",)}, 10),
    "SELECT max(amount) FROM sales": ({("amount",)}, 50),
    "SELECT min(amount), max(who) FROM sales": ({("amount",), ("who",)}, 50),
    "SELECT max(amount), max(id) FROM sales": ({("amount",)}, 50),
    "SELECT * FROM sales ORDER BY amount LIMIT 5": ({("amount",)}, 50),
    "SELECT * FROM sales s ORDER BY s.amount DESC, who LIMIT 5": ({("amount DESC", "who")}, 50),
    "SELECT * FROM sales ORDER BY amount NULLS FIRST LIMIT 5": ({("amount NULLS FIRST",)}, 50),
    'SELECT * FROM sales ORDER BY code COLLATE "C" DESC LIMIT 5': ({('code COLLATE "C"',)}, 50),
    "SELECT * FROM sales WHERE state = 'done' ORDER BY amount LIMIT 5": ({("state", "amount")}, 50),
    "SELECT * FROM sales WHERE who > 3000 ORDER BY amount LIMIT 5": ({("amount",)}, 10),
    "SELECT s.ref, p.name FROM sales s JOIN people p ON p.id = s.who "
    "ORDER BY s.amount DESC, s.id LIMIT 5": ({("amount DESC", "id")}, 10),
    "SELECT s.ref, p.name FROM sales s LEFT JOIN people p ON p.id = s.who "
    "ORDER BY s.amount LIMIT 5": ({("amount",)}, 10),
    "SELECT s.ref, p.name FROM sales s JOIN people p ON p.id = s.who ORDER BY p.name LIMIT 5": (
        {("name",), ("who",)},
        10,
    ),
    "SELECT * FROM sales s WHERE EXISTS (SELECT 1 FROM people p WHERE p.id = s.who) "
    "ORDER BY amount LIMIT 5": ({("amount",)}, 10),
    "SELECT * FROM people p WHERE p.id < 300 AND p.name IN "
    "(SELECT s.ref FROM sales s WHERE s.who = p.id LIMIT 3)": ({("who",)}, 10),
    "SELECT * FROM lines WHERE sku LIKE 's29%'": ({("sku",)}, 1),
    "SELECT * FROM docs WHERE (body->>'k')::int = 77": ({("((body ->> 'k'::text))::integer",)}, 10),
}

# Statement → (the condition advised instead, index columns, how many times fewer blocks), where
# the index serves only what is written so.
INDEXED_AND_REWRITTEN: dict[str, tuple[str, tuple[str, ...], float]] = {
    "SELECT * FROM docs WHERE 77 = ANY(tags)": ("tags @> ARRAY[77]", ("tags",), 10),
    "SELECT * FROM docs WHERE NOT 77 <> ALL(tags)": ("tags @> ARRAY[77]", ("tags",), 10),
    "SELECT * FROM notes WHERE to_char(noted, 'YYYY-MM') = '2024-01'": (
        "noted >= '2024-01-01' AND noted < '2024-02-01'",
        ("noted",),
        2,
    ),
    "SELECT * FROM notes WHERE extract(year FROM noted) = 2023": (
        "noted >= '2023-01-01' AND noted < '2024-01-01'",
        ("noted",),
        10,
    ),
}

# Statement → its keyset, and what asks for the row before the page.
PAGED: dict[str, tuple[str, str]] = {
    "SELECT * FROM sales ORDER BY id LIMIT 5 OFFSET 50000": (
        "WHERE id > :last_1 ORDER BY id LIMIT …",
        "SELECT id FROM sales ORDER BY id LIMIT 1 OFFSET 49999",
    ),
    "SELECT * FROM sales s ORDER BY s.at DESC LIMIT 5 OFFSET 50000": (
        "WHERE (at, id) < (:last_1, :last_2) ORDER BY at DESC, id DESC LIMIT …",
        "SELECT at::text, id FROM sales ORDER BY at DESC LIMIT 1 OFFSET 49999",
    ),
}

# Statement → words the advice has to hold, and the statement it advises instead.
REWRITTEN: dict[str, str] = {
    "SELECT * FROM sales WHERE at::date = '2024-05-01'": (
        "at >= '2024-05-01' AND at < '2024-05-02'"
    ),
    "SELECT * FROM sales WHERE code::int = 4242": "code = '4242'",
    "SELECT * FROM sales WHERE id = 500.0": "id = 500",
    "SELECT * FROM sales WHERE to_char(at, 'YYYY-MM') = '2024-01'": (
        "at >= '2024-01-01' AND at < '2024-02-01'"
    ),
    "SELECT * FROM sales WHERE to_char(at, 'YYYY') = '2023'": (
        "at >= '2023-01-01' AND at < '2024-01-01'"
    ),
    "SELECT * FROM sales WHERE to_char(at, 'DD.MM.YYYY') = '29.02.2024'": (
        "at >= '2024-02-29' AND at < '2024-03-01'"
    ),
    "SELECT * FROM sales WHERE extract(year FROM at) = 2023": (
        "at >= '2023-01-01' AND at < '2024-01-01'"
    ),
    "SELECT * FROM sales WHERE date_part('year', at) = 2023": (
        "at >= '2023-01-01' AND at < '2024-01-01'"
    ),
    "SELECT * FROM sales WHERE ref || '' = 'R5'": "ref = 'R5'",
    "SELECT * FROM sales WHERE coalesce(ref, '') = 'R5'": "ref = 'R5'",
    "SELECT * FROM sales WHERE coalesce(ref, '') = ''": "(ref = '' OR ref IS NULL)",
    "SELECT * FROM sales WHERE coalesce(id, 0) = 77": "id = 77",
    "SELECT * FROM sales WHERE id + 1 = 77": "id = 76",
    "SELECT * FROM sales WHERE id - 5 = 77": "id = 82",
    "SELECT * FROM sales WHERE date_trunc('day', at) = '2024-05-01'": (
        "at >= '2024-05-01 00:00:00'::timestamp without time zone AND at < "
        "'2024-05-01 00:00:00'::timestamp without time zone + interval '1 day'"
    ),
}

HEALTHY: tuple[str, ...] = (
    "SELECT * FROM people WHERE id = 5",
    "SELECT * FROM people WHERE mail = 'm5'",
    "SELECT * FROM people LIMIT 20",
    "SELECT * FROM sales WHERE ref = 'R5'",
    "SELECT * FROM sales WHERE at >= '2024-05-01' AND at < '2024-05-02'",
    "SELECT * FROM sales WHERE id BETWEEN 5 AND 15",
    "SELECT * FROM sales ORDER BY id DESC LIMIT 9",
    "SELECT * FROM sales ORDER BY at LIMIT 9",
    "SELECT max(id), min(at) FROM sales",
    "SELECT max(amount), count(*) FROM sales",
    "SELECT max(a), min(b) FROM tiny",
    "SELECT who, max(amount) FROM sales GROUP BY who",
    "SELECT max(amount + who) FROM sales",
    "SELECT * FROM people ORDER BY name LIMIT 5",
    "SELECT * FROM sales ORDER BY amount LIMIT 5000",
    "SELECT * FROM sales ORDER BY random() LIMIT 5",
    "SELECT s.ref, p.name FROM sales s JOIN people p ON p.id = s.who "
    "ORDER BY p.name, s.amount LIMIT 5",
    "SELECT s.ref, p.name FROM people p LEFT JOIN sales s ON p.id = s.who "
    "ORDER BY s.amount LIMIT 5",
    "SELECT who, count(*) FROM sales GROUP BY who ORDER BY count(*) DESC LIMIT 5",
    "SELECT * FROM sales ORDER BY at LIMIT 9 OFFSET 20",
    "SELECT DISTINCT state FROM sales",
    "SELECT DISTINCT ON (a) * FROM tiny ORDER BY a, b DESC",
    "SELECT * FROM tiny WHERE to_char(a, '9') = '1'",
    "SELECT count(*) FROM people",
    "SELECT sum(amount) FROM sales",
    "SELECT state, sum(amount) FROM sales GROUP BY state",
    "SELECT * FROM sales WHERE state = 'done'",
    "SELECT * FROM tiny WHERE a = 1",
    "SELECT * FROM tiny t JOIN tiny u ON u.a = t.b",
    "SELECT * FROM sales s JOIN people p ON p.id = s.who WHERE s.ref = 'R5'",
    "SELECT count(*) FROM sales s JOIN people p ON p.id = s.who",
    "SELECT * FROM people WHERE id NOT IN (SELECT a FROM tiny WHERE a IS NOT NULL)",
    "SELECT * FROM people WHERE city NOT IN (SELECT city FROM people WHERE id < 5)",
    "SELECT * FROM people WHERE id IN (SELECT who FROM sales WHERE ref = 'R5')",
    "SELECT 1",
)
