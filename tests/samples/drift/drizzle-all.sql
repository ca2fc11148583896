CREATE SCHEMA "app";
--> statement-breakpoint
CREATE TYPE "app"."level" AS ENUM('one', 'two');--> statement-breakpoint
CREATE TYPE "public"."mood" AS ENUM('low', 'ok', 'high');--> statement-breakpoint
CREATE TABLE "locked" (
	"id" integer PRIMARY KEY NOT NULL
);
--> statement-breakpoint
ALTER TABLE "locked" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "app"."posts" (
	"id" bigserial NOT NULL,
	"owner" integer,
	"level" "app"."level" DEFAULT 'one' NOT NULL,
	"slug" varchar(20),
	"day" date DEFAULT CURRENT_DATE,
	CONSTRAINT "posts_id_level_pk" PRIMARY KEY("id","level"),
	CONSTRAINT "posts_slug_unique" UNIQUE("slug"),
	CONSTRAINT "one_slug" UNIQUE("slug","day")
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "users_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"name" text NOT NULL,
	"mood" "mood" DEFAULT 'ok',
	"tags" text[] DEFAULT '{}'::text[],
	"wait" interval DEFAULT interval '1 day',
	"full" text GENERATED ALWAYS AS (name || '!') STORED,
	"at" timestamp with time zone DEFAULT now(),
	"price" numeric(10, 2) DEFAULT '1.50',
	"key" uuid DEFAULT gen_random_uuid(),
	"doc" jsonb DEFAULT '{"a":1}'::jsonb,
	"ip" "inet",
	CONSTRAINT "named" CHECK ("users"."name" <> '')
);
--> statement-breakpoint
ALTER TABLE "users" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "app"."posts" ADD CONSTRAINT "posts_owner_users_id_fk" FOREIGN KEY ("owner") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "by_lower" ON "users" USING btree (lower("name"));--> statement-breakpoint
CREATE INDEX "by_tags" ON "users" USING gin ("tags");--> statement-breakpoint
CREATE INDEX "by_at" ON "users" USING btree ("at" DESC NULLS LAST) WHERE "users"."price" > 1;--> statement-breakpoint
CREATE UNIQUE INDEX "by_key" ON "users" USING btree ("key");--> statement-breakpoint
CREATE VIEW "public"."named_users" AS (select "id", "name" from "users" where "users"."id" > 5);--> statement-breakpoint
CREATE VIEW "app"."other" AS (select distinct "day" from "app"."posts");--> statement-breakpoint
CREATE VIEW "public"."some_posts" AS (select p.id, u.name as n from app.posts p join users u on u.id = p.owner order by p.id desc limit 5);--> statement-breakpoint
CREATE VIEW "public"."top_users" WITH (check_option = cascaded, security_invoker = true) AS (select "id", "name", "mood", "tags", "wait", "full", "at", "price", "key", "doc", "ip" from "users");--> statement-breakpoint
CREATE MATERIALIZED VIEW "public"."kept_posts" AS (select "owner", count(*) as "n" from "app"."posts" group by "app"."posts"."owner");--> statement-breakpoint
CREATE POLICY "own" ON "users" AS PERMISSIVE FOR SELECT TO public USING ("users"."id" = 1 and "users"."name" <> 'x');--> statement-breakpoint
CREATE POLICY "kept" ON "users" AS RESTRICTIVE FOR DELETE TO current_user USING (false);--> statement-breakpoint
CREATE POLICY "writes" ON "users" AS PERMISSIVE FOR INSERT TO public WITH CHECK (exists (select 1 from "users" u where u.id > 3));