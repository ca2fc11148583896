import { sql, eq, gt } from 'drizzle-orm';
import {
  pgTable, pgSchema, pgEnum, pgPolicy, pgRole, pgView, pgMaterializedView, check, foreignKey, index, uniqueIndex, unique,
  primaryKey, integer, bigint, bigserial, serial, text, varchar, boolean, jsonb, timestamp, numeric, uuid, interval, inet, date,
} from 'drizzle-orm/pg-core';

export const mood = pgEnum('mood', ['low', 'ok', 'high']);
export const app = pgSchema('app');
export const level = app.enum('level', ['one', 'two']);

export const users = pgTable('users', {
  id: integer().primaryKey().generatedAlwaysAsIdentity(),
  name: text().notNull(),
  mood: mood().default('ok'),
  tags: text().array().default(sql`'{}'::text[]`),
  wait: interval().default(sql`interval '1 day'`),
  full: text().generatedAlwaysAs(sql`name || '!'`),
  at: timestamp({ withTimezone: true }).defaultNow(),
  price: numeric({ precision: 10, scale: 2 }).default('1.50'),
  key: uuid().defaultRandom(),
  doc: jsonb().default({ a: 1 }),
  ip: inet(),
}, (t) => [
  check('named', sql`${t.name} <> ''`),
  index('by_lower').on(sql`lower(${t.name})`),
  index('by_tags').using('gin', t.tags),
  index('by_at').on(t.at.desc().nullsLast()).where(sql`${t.price} > 1`),
  uniqueIndex('by_key').on(t.key),
  pgPolicy('own', { as: 'permissive', for: 'select', to: 'public', using: sql`${t.id} = 1 and ${t.name} <> 'x'` }),
  pgPolicy('kept', { as: 'restrictive', for: 'delete', to: 'current_user', using: sql`false` }),
  pgPolicy('writes', { for: 'insert', to: 'public', withCheck: sql`exists (select 1 from "users" u where u.id > 3)` }),
]);
export const posts = app.table('posts', {
  id: bigserial({ mode: 'number' }),
  owner: integer().references(() => users.id, { onDelete: 'cascade' }),
  level: level().notNull().default('one'),
  slug: varchar({ length: 20 }).unique(),
  day: date().default(sql`CURRENT_DATE`),
}, (t) => [primaryKey({ columns: [t.id, t.level] }), unique('one_slug').on(t.slug, t.day)]);
export const locked = pgTable('locked', { id: integer().primaryKey() }).enableRLS();

export const named = pgView('named_users').as((qb) => qb.select({ id: users.id, name: users.name }).from(users).where(gt(users.id, 5)));
export const top = pgView('top_users').with({ securityInvoker: true, checkOption: 'cascaded' }).as((qb) => qb.select().from(users));
export const some = pgView('some_posts', { id: bigint({ mode: 'number' }), n: text() }).as(sql`select p.id, u.name as n from app.posts p join users u on u.id = p.owner order by p.id desc limit 5`);
export const kept = pgMaterializedView('kept_posts').as((qb) => qb.select({ owner: posts.owner, n: sql<number>`count(*)`.as('n') }).from(posts).groupBy(posts.owner));
export const other = app.view('other').as((qb) => qb.selectDistinct({ day: posts.day }).from(posts));
export const theirs = pgView('theirs', { id: integer() }).existing();
