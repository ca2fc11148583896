"""Slow statements on SQLite with the remedy known beforehand, and healthy ones; as data."""

COUNT = "WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < {}) "
SCHEMA = ";\n".join(
    (
        "CREATE TABLE people(id INTEGER PRIMARY KEY, mail TEXT UNIQUE, name TEXT, city TEXT, "
        "born TEXT)",
        "CREATE TABLE sales(id INTEGER PRIMARY KEY, who INT, ref TEXT, state TEXT, at TEXT, "
        "amount INT)",
        "CREATE INDEX sales_state_at ON sales(state, at)",
        "CREATE INDEX sales_ref ON sales(ref)",
        "CREATE TABLE lines(sale INT, sku TEXT, qty INT)",
        "CREATE INDEX lines_by_word ON lines(lower(sku), qty)",
        "CREATE TABLE log(at TEXT, level TEXT, text TEXT)",
        "CREATE TABLE stock(sku TEXT PRIMARY KEY, bin INT, note TEXT) WITHOUT ROWID",
        "CREATE TABLE tiny(a INT, b INT)",
        "CREATE TABLE folder(id INTEGER PRIMARY KEY, up INT, label TEXT)",
        "CREATE TABLE docs(id INTEGER PRIMARY KEY, body TEXT)",
        "CREATE VIEW recent AS SELECT * FROM sales WHERE amount > 900",
        COUNT.format(4_000) + "INSERT INTO people SELECT i, 'm' || i, 'name ' || (i % 900), "
        "'c' || (i % 800), '19' || (10 + i % 90) FROM g",
        COUNT.format(16_000) + "INSERT INTO sales SELECT i, 1 + i * 7 % 4000, 'R' || i, "
        "CASE i % 9 WHEN 0 THEN 'open' ELSE 'done' END, '2024-' || (10 + i % 12) || '-' "
        "|| (i % 28), "
        "i % 1000 FROM g",
        COUNT.format(16_000) + "INSERT INTO lines SELECT 1 + i * 11 % 16000, "
        "'s' || (i % 3000), i % 7 FROM g",
        COUNT.format(9_000) + "INSERT INTO log SELECT i, 'l' || (i % 40), 'text ' || i || ' end' "
        "FROM g",
        COUNT.format(3_000) + "INSERT INTO stock SELECT 's' || i, i % 700, 'n' || i FROM g",
        COUNT.format(5_000) + "INSERT INTO docs SELECT i, json_object('k', i % 2500) FROM g",
        "INSERT INTO tiny VALUES (1, 2), (3, 4)",
        COUNT.format(5_000) + "INSERT INTO folder SELECT i, i / 3, 'f' || i FROM g",
    )
)

# Statement → (table, columns) of the first indexes advised, and how many times fewer steps.
SLOW: dict[str, tuple[set[tuple[str, tuple[str, ...]]], float]] = {
    "SELECT * FROM sales WHERE who = 77": ({("sales", ("who",))}, 50),
    "SELECT * FROM sales s WHERE s.who = 77 AND s.amount > 5": ({("sales", ("who", "amount"))}, 50),
    "SELECT * FROM sales WHERE who = 77 OR amount = 990": (
        {("sales", ("who",)), ("sales", ("amount",))},
        20,
    ),
    "SELECT * FROM sales WHERE who = 77 OR ref = 'R99'": ({("sales", ("who",))}, 50),
    "SELECT * FROM sales WHERE amount BETWEEN 998 AND 999": ({("sales", ("amount",))}, 20),
    "SELECT * FROM sales WHERE who IN (5, 6)": ({("sales", ("who",))}, 50),
    "SELECT * FROM sales WHERE (who, amount) = (5, 3)": ({("sales", ("who", "amount"))}, 50),
    "SELECT * FROM sales WHERE who = 7 ORDER BY at DESC LIMIT 5": ({("sales", ("who", "at"))}, 50),
    "SELECT * FROM sales ORDER BY amount, ref LIMIT 5": ({("sales", ("amount", "ref"))}, 50),
    "SELECT count(*) FROM sales WHERE substr(at, 1, 4) = '2023'": (
        {("sales", ("substr(at, 1, 4)",))},
        50,
    ),
    "SELECT * FROM people WHERE lower(name) = 'name 5'": ({("people", ("lower(name)",))}, 50),
    "SELECT * FROM people WHERE name LIKE 'name 59%'": ({("people", ("name",))}, 5),
    "SELECT * FROM log WHERE level = 'l3'": ({("log", ("level",))}, 5),
    "SELECT * FROM log WHERE at = '77' AND level = 'l37'": ({("log", ("at", "level"))}, 50),
    "SELECT * FROM stock WHERE bin = 5": ({("stock", ("bin",))}, 50),
    "SELECT * FROM recent WHERE who = 5": ({("sales", ("who", "amount"))}, 50),
    "SELECT count(*) FROM lines WHERE sku = 's5'": ({("lines", ("sku",))}, 50),
    "SELECT p.name FROM people p JOIN sales s ON s.who = p.id WHERE p.mail = 'm5'": (
        {("sales", ("who",))},
        20,
    ),
    "SELECT s.ref FROM sales s JOIN people p ON p.id = s.who WHERE p.city = 'c5'": (
        {("sales", ("who",))},
        1.2,
    ),
    "SELECT count(*) FROM people p WHERE p.id < 20 AND EXISTS "
    "(SELECT 1 FROM sales s WHERE s.who = p.id AND s.amount > 990)": (
        {("sales", ("who", "amount"))},
        50,
    ),
    "SELECT p.id, (SELECT max(amount) FROM sales s WHERE s.who = p.id) FROM people p "
    "WHERE p.id < 20": ({("sales", ("who",))}, 50),
    "WITH RECURSIVE t(id) AS (SELECT 4 UNION ALL SELECT f.id FROM folder f JOIN t ON f.up = t.id) "
    "SELECT count(*) FROM t": ({("folder", ("up",))}, 1.5),
    "SELECT DISTINCT amount FROM sales": ({("sales", ("amount",))}, 0.9),
    "SELECT who, sum(amount) FROM sales GROUP BY who": ({("sales", ("who",))}, 1.0),
    "SELECT id, row_number() OVER (PARTITION BY who ORDER BY at) rn FROM sales ORDER BY amount": (
        {("sales", ("who", "at"))},
        1.0,
    ),
    "UPDATE sales SET amount = 1 WHERE who = 7": ({("sales", ("who",))}, 50),
    "DELETE FROM lines WHERE sale = 5": ({("lines", ("sale",))}, 50),
    "SELECT * FROM log ORDER BY level DESC, at ASC LIMIT 5": ({("log", ("level", "at"))}, 50),
    "SELECT * FROM log ORDER BY at LIMIT 5 OFFSET 8000": ({("log", ("at",))}, 2),
    "SELECT * FROM log WHERE at > '500' ORDER BY at LIMIT 5": ({("log", ("at",))}, 50),
    "SELECT * FROM log WHERE level = 'l3' ORDER BY at DESC LIMIT 3": (
        {("log", ("level", "at"))},
        50,
    ),
    "SELECT * FROM people WHERE born = '1915' AND city = 'c5' ORDER BY name": (
        {("people", ("born", "city", "name"))},
        50,
    ),
    "SELECT * FROM lines WHERE (sku, sale) > ('s5', 3) ORDER BY sku, sale LIMIT 5": (
        {("lines", ("sku",))},
        50,
    ),
    "SELECT count(*) FILTER (WHERE state = 'open') FROM sales WHERE who = 5": (
        {("sales", ("who",))},
        50,
    ),
    "SELECT * FROM people WHERE mail IN (SELECT text FROM log WHERE level = 'l3')": (
        {("log", ("level",))},
        10,
    ),
    "SELECT * FROM people p LEFT JOIN sales s ON s.who = p.id WHERE p.id = 5": (
        {("sales", ("who",))},
        50,
    ),
    "SELECT l.* FROM sales s JOIN lines l ON l.sale = s.id WHERE s.ref = 'R77'": (
        {("lines", ("sale",))},
        50,
    ),
    "SELECT * FROM sales s WHERE s.at = (SELECT max(at) FROM sales t WHERE t.who = s.who) "
    "AND s.id < 30": ({("sales", ("who",))}, 50),
    "SELECT * FROM sales WHERE cast(ref as int) = 5": ({("sales", ("cast(ref as int)",))}, 50),
    "SELECT * FROM sales WHERE amount * 2 = 1998": ({("sales", ("amount * 2",))}, 50),
    "SELECT * FROM sales WHERE coalesce(who, 0) = 77": ({("sales", ("coalesce(who, 0)",))}, 50),
    "SELECT * FROM people WHERE name GLOB 'name 59*'": ({("people", ("name",))}, 5),
    "SELECT name FROM people WHERE upper(mail) = 'M5'": ({("people", ("upper(mail)",))}, 50),
    "SELECT * FROM sales WHERE who IS NULL": ({("sales", ("who",))}, 50),
    "SELECT max(amount) FROM sales WHERE who = 9": ({("sales", ("who",))}, 50),
    "SELECT * FROM stock ORDER BY bin LIMIT 5": ({("stock", ("bin",))}, 50),
    "INSERT INTO tiny SELECT who, amount FROM sales WHERE who = 5": ({("sales", ("who",))}, 50),
    "SELECT * FROM folder WHERE up = 5.0": ({("folder", ("up",))}, 50),
    "SELECT 1 FROM log l JOIN sales s ON s.at = l.at WHERE l.level = 'l3'": (
        {("sales", ("at",))},
        2,
    ),
    "SELECT max(amount) FROM sales": ({("sales", ("amount",))}, 50),
    "SELECT min(amount) FROM sales": ({("sales", ("amount",))}, 50),
    "SELECT max(amount) FROM sales WHERE state <> 'x'": ({("sales", ("amount",))}, 50),
    "SELECT s.ref, p.name FROM sales s JOIN people p ON p.id = s.who ORDER BY s.amount LIMIT 5": (
        {("sales", ("amount",))},
        50,
    ),
    "SELECT count(DISTINCT amount) FROM sales": ({("sales", ("amount",))}, 1.0),
    "SELECT * FROM people WHERE mail = 'M5' COLLATE NOCASE": (
        {("people", ("mail COLLATE NOCASE",))},
        50,
    ),
    "SELECT * FROM people WHERE name COLLATE NOCASE = 'NAME 5'": (
        {("people", ("name COLLATE NOCASE",))},
        50,
    ),
    "SELECT * FROM people WHERE 'NAME 5' COLLATE NOCASE = name": (
        {("people", ("name COLLATE NOCASE",))},
        50,
    ),
    "SELECT * FROM people ORDER BY name COLLATE NOCASE DESC LIMIT 5": (
        {("people", ("name COLLATE NOCASE",))},
        50,
    ),
    "SELECT * FROM people ORDER BY lower(name) LIMIT 5": ({("people", ("lower(name)",))}, 50),
    "SELECT lower(name) AS n FROM people ORDER BY n, city LIMIT 5": (
        {("people", ("lower(name)", "city"))},
        50,
    ),
    "SELECT id, amount FROM sales ORDER BY 2 DESC LIMIT 5": ({("sales", ("amount",))}, 50),
    "SELECT * FROM people WHERE name || '' = 'name 5'": ({("people", ("name || ''",))}, 50),
    "SELECT * FROM sales WHERE coalesce(ref, '') = 'R5'": ({("sales", ("coalesce(ref, '')",))}, 50),
    "SELECT * FROM people WHERE name = 'name 5' OR city = 'c5'": (
        {("people", ("name",)), ("people", ("city",))},
        20,
    ),
    "SELECT * FROM docs WHERE json_extract(body, '$.k') = 77": (
        {("docs", ("json_extract(body, '$.k')",))},
        50,
    ),
    "SELECT * FROM docs WHERE body ->> '$.k' = 77": ({("docs", ("body ->> '$.k'",))}, 50),
    "SELECT * FROM sales WHERE strftime('%Y-%m', at) = '2023-01'": (
        {("sales", ("strftime('%Y-%m', at)",))},
        50,
    ),
    "SELECT * FROM people p WHERE p.id < 30 AND p.id IN "
    "(SELECT s.who FROM sales s WHERE s.amount = p.id)": ({("sales", ("amount",))}, 20),
}

# With statistics only, for without them SQLite begins with the other table.
SLOW_ANALYZED: dict[str, tuple[set[tuple[str, tuple[str, ...]]], float]] = {
    "SELECT s.ref, p.name FROM people p JOIN sales s ON s.who = p.id ORDER BY p.name LIMIT 5": (
        {("people", ("name",)), ("sales", ("who",))},
        50,
    ),
}

# Statement → the statement advised instead, and how many times fewer steps it takes.
REWRITTEN: dict[str, tuple[str, float]] = {
    "SELECT min(amount), max(amount) FROM sales": (
        "SELECT (SELECT min(amount) FROM sales), (SELECT max(amount) FROM sales)",
        50,
    ),
    "SELECT min(s.amount), max(s.who) FROM sales AS s": (
        "SELECT (SELECT min(amount) FROM sales AS s), (SELECT max(who) FROM sales AS s)",
        50,
    ),
    "SELECT max(id), min(id) FROM sales": (
        "SELECT (SELECT max(id) FROM sales), (SELECT min(id) FROM sales)",
        50,
    ),
}

# Statement → its keyset, and the values of the row before the page.
PAGED: dict[str, tuple[str, str]] = {
    "SELECT * FROM sales ORDER BY id LIMIT 5 OFFSET 15000": (
        "WHERE id > :last_1 ORDER BY id LIMIT …",
        "SELECT id FROM sales ORDER BY id LIMIT 1 OFFSET 14999",
    ),
    "SELECT * FROM people ORDER BY mail DESC LIMIT 3900, 5": (
        "WHERE (mail, id) < (:last_1, :last_2) ORDER BY mail DESC, id DESC LIMIT …",
        "SELECT mail, id FROM people ORDER BY mail DESC LIMIT 1 OFFSET 3899",
    ),
    "SELECT * FROM sales s ORDER BY s.ref LIMIT 5 OFFSET 12000": (
        "WHERE (ref, id) > (:last_1, :last_2) ORDER BY ref, id LIMIT …",
        "SELECT ref, id FROM sales ORDER BY ref LIMIT 1 OFFSET 11999",
    ),
}

# Statement → ids that must be among its findings, where no index is the remedy.
TOLD: dict[str, set[str]] = {
    "SELECT * FROM log WHERE text LIKE '%xt 77 %'": {"sqlite_like_wildcard"},
    "SELECT * FROM people WHERE name LIKE '%ame 5'": {"sqlite_like_wildcard"},
    "SELECT * FROM sales WHERE +ref = 'R9'": {"sqlite_hidden_column"},
    "SELECT * FROM sales WHERE + ref = 'R9' AND amount > 1000": {"sqlite_hidden_column"},
    "SELECT * FROM people WHERE mail LIKE 'm59%'": {"sqlite_like_no_index"},
    "SELECT id FROM people UNION SELECT who FROM sales": {"sqlite_temp_btree_compound"},
}

# What must give no warning and no advice.
HEALTHY: tuple[str, ...] = (
    "SELECT * FROM people WHERE id = 5",
    "SELECT * FROM people WHERE mail = 'm5'",
    "SELECT * FROM people LIMIT 20",
    "SELECT * FROM sales WHERE ref = 'R5'",
    "SELECT * FROM sales WHERE state = 'open' AND at = '2024-12-5'",
    "SELECT * FROM sales WHERE state = 'open' ORDER BY at LIMIT 9",
    "SELECT * FROM sales WHERE id BETWEEN 5 AND 15",
    "SELECT * FROM sales ORDER BY id DESC LIMIT 9",
    "SELECT count(*) FROM sales",
    "SELECT max(id) FROM sales",
    "SELECT (SELECT max(id) FROM sales), (SELECT min(id) FROM sales)",
    "SELECT max(ref) FROM sales",
    "SELECT max(sku) FROM stock",
    "SELECT max(a), min(b) FROM tiny",
    "SELECT max(amount), count(*) FROM sales",
    "SELECT max(amount) - min(amount) FROM sales",
    "SELECT count(DISTINCT ref) FROM sales",
    "SELECT * FROM people ORDER BY mail LIMIT 9 OFFSET 20",
    "SELECT * FROM people WHERE id > 3900 ORDER BY id LIMIT 5",
    "SELECT * FROM people WHERE id = 5 COLLATE NOCASE",
    "SELECT s.ref FROM sales s JOIN people p ON p.id = s.who ORDER BY s.id LIMIT 5",
    "SELECT * FROM stock WHERE sku = 's5'",
    "SELECT * FROM tiny WHERE a = 1",
    "SELECT * FROM tiny t JOIN tiny u ON u.a = t.b ORDER BY t.b",
    "SELECT s.ref, p.name FROM sales s JOIN people p ON p.id = s.who WHERE s.ref = 'R5'",
    "SELECT * FROM lines WHERE lower(sku) = 's5'",
    "SELECT * FROM lines WHERE lower(sku) = 's5' AND qty = 3",
    "SELECT * FROM (SELECT id, row_number() OVER (ORDER BY id) rn FROM tiny t, (SELECT 1 id)) "
    "ORDER BY rn",
    "INSERT INTO tiny VALUES (5, 6)",
    "UPDATE people SET city = 'x' WHERE id = 5",
    "DELETE FROM sales WHERE id = 5",
    "SELECT * FROM people WHERE id IN (SELECT who FROM sales WHERE ref = 'R5')",
    "SELECT 1",
)

# Statement → what to write instead, and the statement written so.
BARE = {
    "SELECT * FROM people WHERE id + 0 = 77": (
        "Write id instead of id + 0.",
        "SELECT * FROM people WHERE id = 77",
    ),
    "SELECT * FROM people WHERE 77 = 0 + rowid": (
        "Write rowid instead of 0 + rowid.",
        "SELECT * FROM people WHERE rowid = 77",
    ),
    "SELECT * FROM people p WHERE p.id - 5 > 3990": (
        "Write id instead of id - 5, and put + 5 on the other side.",
        "SELECT * FROM people p WHERE p.id > 3990 + 5",
    ),
    "SELECT * FROM people WHERE 1 + id IN (8, 9)": (
        "Write id instead of 1 + id, and put - 1 on the other side.",
        "SELECT * FROM people WHERE id IN (8 - 1, 9 - 1)",
    ),
    "SELECT * FROM people WHERE CAST(id AS TEXT) = '77'": (
        "Write id instead of CAST(id AS TEXT), and a number on the other side.",
        "SELECT * FROM people WHERE id = 77",
    ),
    "SELECT * FROM sales WHERE ref || '' = 'R99'": (
        "Write ref instead of ref || ''.",
        "SELECT * FROM sales WHERE ref = 'R99'",
    ),
    "SELECT * FROM tiny CROSS JOIN people p ON p.id + 0 = tiny.a": (
        "Write id instead of id + 0.",
        "SELECT * FROM tiny CROSS JOIN people p ON p.id = tiny.a",
    ),
}
