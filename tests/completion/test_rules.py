"""Places the samples leave out; the `|` is the cursor."""

import pytest

from studio.completion.complete import Completer
from studio.completion.definition import definition
from studio.model.relation import TableRef
from tests.completion.shops import offered, taken
from tests.samples.completion.judge import plain

FIRST = [
    ("select * from orders where status is distinct from |", ["'draft'", "'placed'"]),
    ("select case status when | from orders", ["'draft'", "'placed'"]),
    ("insert into orders values (1, 2, 3, |)", ["'draft'", "'placed'"]),
    ("merge into stock s using products p on true when |", ["matched", "not matched"]),
    (
        "merge into stock s using products p on true when not matched then insert (|",
        ["warehouse", "product_id", "on_hand"],
    ),
    ("alter table orders drop constraint |", ["orders_pkey", "orders_customer_id_fkey"]),
    ("alter table orders alter column status type |", ["text", "integer"]),
    ("alter table orders alter column status |", ["type", "set default"]),
    ("create table t (id |", ["text", "integer"]),
    ("create table t (id int |", ["not null", "primary key"]),
    ("create view v as select | from orders", ["id", "customer_id"]),
    ("comment on column orders.|", ["id", "customer_id"]),
    ("set client_min_messages to war|", ["warning"]),
    ("explain (|", ["ANALYZE", "BUFFERS"]),
    ("explain (analyze) sel|", ["select"]),
    ("with x as (|", ["select", "with"]),
    ("with x as (select 1) |", ["select", "insert into"]),
    ("select id as x from orders union select id from customers order by |", ["x"]),
    ("insert into orders (total) values (1) on |", ["conflict"]),
    (
        "insert into orders (status) values ('paid') on conflict (id) do update set total = |",
        ["excluded.total"],
    ),
    ("select * from customers where email not |", ["in", "like"]),
    ("select * from orders left |", ["join", "outer join"]),
    ("select * from orders o left join |", ["customers", "customers c on o.customer_id = c.id"]),
    ("select extract(year from pl|) from orders", ["placed_at"]),
    ("select email, full_name from |", ["customers"]),
    (
        "select * from customers c left join lateral "
        "(select * from orders o where o.customer_id = c.|) x on true",
        ["id", "email"],
    ),
    ("select * from unknown u where u.x = 1 and u.|", ["x"]),
    ("select * from orders o\n\nselect | from customers", ["id", "email"]),
    ("select 'x'::billing.|", ["invoice_state"]),
    ("select sum(total) over (|) from orders", ["partition by", "order by"]),
    ("select count(*) filter (where |) from orders", ["id", "customer_id"]),
    ("select o.id, tot| from orders o", ["o.total"]),
    ("table ord|", ["orders", "order_lines"]),
    ("select * from customers where tier in ('basic', |)", ["'silver'", "'gold'"]),
    ("select * from orders o join customers c on (|", ["o.customer_id = c.id"]),
    (
        "select * from orders o join (customers c join addresses a on |) on true",
        ["c.id = a.customer_id"],
    ),
    ("select * from (select * from customers) q join orders o on |", ["q.id = o.customer_id"]),
    ("select * from orders o join customers c on c.id = o.customer_id and |", ["o.id"]),
    ("select * from customer_orders(dis|)", ["discounted()"]),
    ("select * from unnest(array[1], array[2]) as u (x, y) where u.|", ["x", "y"]),
    ("select * from customers c where c.id in (select | from orders)", ["customer_id", "id"]),
    ("create table x (a int, b int, primary key (|", ["a", "b"]),
    ("drop function disc|", ["discounted"]),
    ("SELECT * FROM orders ORD|", ["ORDER BY"]),
    ("select * from orders ORD|", ["order by"]),
]
FIRST_SQLITE = [
    ("create trigger t after delete on orders begin select old.|; end", ["id", "customer_id"]),
    ("replace into ord|", ["orders", "order_lines"]),
    ("select * from orders indexed by |", ["orders_placed_at_idx"]),
    ("select * from pragma_table_info('orders') p where p.|", ["cid", "name"]),
    ("with a as (select * from b), b as (select id from orders) select | from a", ["id"]),
    ("alter table orders add column x |", ["integer", "text"]),
]
NOTHING = [
    "select * from customers c join (select * from orders where customer_id = c.|) x on true",
    "select * from nowhere.|",
    "create table xy|",
    "savepoint |",
    "select $1|",
    "select $$ sel| $$",
    "select * from orders o where o.customer_id like |",
    "copy orders from stdin;\n1\tsel|\n\\.\n",
    "\\d ord|",
]
TAKEN = [
    ("select coun| from orders", "select count(|) from orders"),
    ("select coun|(id) from orders", "select count|(id) from orders"),
    ("select now|", "select now()|"),
    ("select lower(em|) from customers", "select lower(email|) from customers"),
    ('select "em|ail" from customers', 'select "email"| from customers'),
    ("select \"old| from \"AuditLog\"", 'select "Old Value"| from "AuditLog"'),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "first"), FIRST)
def test_first_offers_of_postgresql(shops, sql, first):
    assert offered(shops["postgresql"], sql)[: len(first)] == first


@pytest.mark.parametrize(("sql", "first"), FIRST_SQLITE)
def test_first_offers_of_sqlite(shops, sql, first):
    assert offered(shops["sqlite"], sql)[: len(first)] == first


@pytest.mark.parametrize("sql", NOTHING)
def test_nothing_is_offered(shops, sql):
    assert offered(shops["postgresql"], sql) == []


@pytest.mark.parametrize(("sql", "after"), TAKEN)
def test_what_is_inserted(shops, sql, after):
    assert taken(shops["postgresql"], sql) == after


DEFINED = [
    ("select * from cust|omers", "public.customers"),
    ("select c.em|ail from customers c", "public.customers"),
    ("select o| from orders o", "public.orders"),
    ("select * from billing.inv|oices", "billing.invoices"),
    ("select * from billing.invoices| i", "billing.invoices"),
    ("with big as (select 1) select * from big|", 5),
    ("select q| from (select 1 as a) q", 14),
    ("select 'orders|'", None),
]


@pytest.mark.parametrize(("sql", "where"), DEFINED)
def test_where_a_name_is_defined(shops, sql, where):
    text, at = plain(sql)
    found = definition(Completer(shops["postgresql"]), text, at)
    assert (str(found) if isinstance(found, TableRef) else found) == where
