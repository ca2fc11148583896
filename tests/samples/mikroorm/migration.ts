import { Migration } from '@mikro-orm/migrations';

export class Migration20261121061735 extends Migration {

  override async up(): Promise<void> {
    this.addSql(`create schema if not exists "other";`);
    this.addSql(`create table "author" ("id" serial primary key, "email" varchar(120) not null, "bio" text null, "created_at" timestamptz not null default now(), "role" text check ("role" in ('a', 'b')) not null default 'a', "tags" text[] null, "price" numeric(10,2) not null default 0, "big" bigint null, "meta" jsonb null, "ok" boolean not null default true, "uid" uuid null, "f" real null, "d" date null, "si" smallint null);`);
    this.addSql(`alter table "author" add constraint "author_email_unique" unique ("email");`);
    this.addSql(`create index "author_bio_index" on "author" ("bio");`);

    this.addSql(`create table "book" ("id" uuid not null default gen_random_uuid(), "title" varchar(255) not null, "author_id" int not null, constraint "book_pkey" primary key ("id"));`);
    this.addSql(`create index "book_title_author_id_index" on "book" ("title", "author_id");`);

    this.addSql(`create table "other"."tag" ("id" bigserial primary key, "name" varchar(255) not null);`);

    this.addSql(`create table "book_tags" ("book_id" uuid not null, "tag_id" bigint not null, constraint "book_tags_pkey" primary key ("book_id", "tag_id"));`);

    this.addSql(`alter table "book" add constraint "book_author_id_foreign" foreign key ("author_id") references "author" ("id") on update cascade on delete cascade;`);

    this.addSql(`alter table "book_tags" add constraint "book_tags_book_id_foreign" foreign key ("book_id") references "book" ("id") on update cascade on delete cascade;`);
    this.addSql(`alter table "book_tags" add constraint "book_tags_tag_id_foreign" foreign key ("tag_id") references "other"."tag" ("id") on update cascade on delete cascade;`);
  }

  override async down(): Promise<void> {
    this.addSql(`alter table "book" drop constraint "book_author_id_foreign";`);

    this.addSql(`alter table "book_tags" drop constraint "book_tags_book_id_foreign";`);

    this.addSql(`alter table "book_tags" drop constraint "book_tags_tag_id_foreign";`);

    this.addSql(`drop table if exists "author" cascade;`);

    this.addSql(`drop table if exists "book" cascade;`);

    this.addSql(`drop table if exists "other"."tag" cascade;`);

    this.addSql(`drop table if exists "book_tags" cascade;`);

    this.addSql(`drop schema if exists "other";`);
  }

}
