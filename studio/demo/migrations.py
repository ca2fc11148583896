"""The demo's schema, as the Drizzle migrations that made it."""

from dataclasses import dataclass

BREAKPOINT = "--> statement-breakpoint\n"


@dataclass(frozen=True, slots=True)
class DemoMigration:
    """One migration of the demo project."""

    tag: str
    when_ms: int
    """When it was generated, milliseconds since 1970; Drizzle records this as created_at."""
    statements: tuple[str, ...]
    is_applied: bool = True
    edited: str = ""
    """Text added to the file after the migration ran."""

    @property
    def sql(self) -> str:
        """The file as it was when it ran."""
        return f"\n{BREAKPOINT}".join(f"{statement};" for statement in self.statements) + "\n"


MIGRATIONS = (
    DemoMigration(
        "0000_people",
        1_767_258_000_000,
        (
            """CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`email` text COLLATE NOCASE NOT NULL,
	`name` text NOT NULL,
	`role` text DEFAULT 'member' NOT NULL CHECK (`role` IN ('owner', 'admin', 'member', 'guest')),
	`settings` text DEFAULT '{}' NOT NULL CHECK (json_valid(`settings`)),
	`avatar` blob,
	`created_at` integer NOT NULL,
	`last_seen_at` integer,
	`deleted_at` integer
)""",
            "CREATE UNIQUE INDEX `users_email_unique` ON `users` (`email`)",
            "CREATE INDEX `users_name_lower` ON `users` (lower(`name`))",
            """CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`token_hash` blob NOT NULL,
	`ip` text,
	`user_agent` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
)""",
            "CREATE INDEX `sessions_user_idx` ON `sessions` (`user_id`,`created_at` DESC)",
        ),
    ),
    DemoMigration(
        "0001_projects",
        1_769_936_400_000,
        (
            """CREATE TABLE `projects` (
	`id` integer PRIMARY KEY NOT NULL,
	`owner_id` text NOT NULL,
	`slug` text NOT NULL,
	`name` text NOT NULL,
	`status` text DEFAULT 'active' NOT NULL CHECK (`status` IN ('active', 'paused', 'archived')),
	`budget` numeric(12, 2),
	`created_at` text NOT NULL,
	FOREIGN KEY (`owner_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
)""",
            "CREATE UNIQUE INDEX `projects_slug_unique` ON `projects` (`slug`)",
            """CREATE TABLE `project_members` (
	`project_id` integer NOT NULL,
	`user_id` text NOT NULL,
	`role` text DEFAULT 'editor' NOT NULL,
	`joined_at` text NOT NULL,
	PRIMARY KEY(`project_id`, `user_id`),
	FOREIGN KEY (`project_id`) REFERENCES `projects`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID""",
            """CREATE TABLE `channels` (
	`id` integer PRIMARY KEY NOT NULL,
	`project_id` integer NOT NULL,
	`name` text NOT NULL,
	`topic` text,
	FOREIGN KEY (`project_id`) REFERENCES `projects`(`id`) ON UPDATE no action ON DELETE cascade
)""",
            "CREATE UNIQUE INDEX `channels_name_unique` ON `channels` (`project_id`,`name`)",
        ),
    ),
    DemoMigration(
        "0002_conversations",
        1_774_256_400_000,
        (
            """CREATE TABLE `agents` (
	`id` integer PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`model` text NOT NULL,
	`temperature` real DEFAULT 0.7 NOT NULL,
	`tools` text DEFAULT '[]' NOT NULL,
	`enabled` integer DEFAULT 1 NOT NULL
) STRICT""",
            """CREATE TABLE `conversations` (
	`id` text PRIMARY KEY NOT NULL,
	`channel_id` integer NOT NULL,
	`title` text,
	`summary` text,
	`started_at` text NOT NULL,
	`closed_at` text,
	FOREIGN KEY (`channel_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE cascade
)""",
            """CREATE TABLE `messages` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`conversation_id` text NOT NULL,
	`author_id` text,
	`agent_id` integer,
	`role` text NOT NULL CHECK (`role` IN ('user', 'assistant', 'system', 'tool')),
	`body` text NOT NULL,
	`tokens` integer,
	`cost` real,
	`metadata` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`conversation_id`) REFERENCES `conversations`(`id`) ON UPDATE no action """
            """ON DELETE cascade,
	FOREIGN KEY (`author_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE set null,
	FOREIGN KEY (`agent_id`) REFERENCES `agents`(`id`) ON UPDATE no action ON DELETE set null
)""",
        ),
    ),
    DemoMigration(
        "0003_index_messages",
        1_779_613_200_000,
        (
            "CREATE INDEX `messages_conversation_idx` "
            "ON `messages` (`conversation_id`,`created_at`)",
        ),
        edited="-- CREATE INDEX `messages_author_idx` ON `messages` (`author_id`);\n",
    ),
    DemoMigration(
        "0004_artifacts_notifications",
        1_785_315_600_000,
        (
            """CREATE TABLE `artifacts` (
	`id` text PRIMARY KEY NOT NULL,
	`message_id` integer NOT NULL,
	`kind` text NOT NULL CHECK (`kind` IN ('code', 'document', 'image', 'table')),
	`title` text NOT NULL,
	`content` text,
	`preview` blob,
	`size` integer GENERATED ALWAYS AS (length(coalesce(`content`, ''))) VIRTUAL,
	`created_at` text NOT NULL,
	FOREIGN KEY (`message_id`) REFERENCES `messages`(`id`) ON UPDATE no action ON DELETE cascade
)""",
            "CREATE INDEX `artifacts_message_idx` ON `artifacts` (`message_id`)",
            """CREATE TABLE `notifications` (
	`id` integer PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`kind` text NOT NULL,
	`payload` text,
	`read_at` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
)""",
            "CREATE INDEX `notifications_unread_idx` ON `notifications` (`user_id`) "
            "WHERE `read_at` IS NULL",
        ),
    ),
    DemoMigration(
        "0005_activity_search",
        1_790_586_000_000,
        (
            """CREATE TABLE `activity_log` (
	`id` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`actor_id` text,
	`action` text NOT NULL,
	`subject` text,
	`detail` text,
	FOREIGN KEY (`actor_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE set null
)""",
            "CREATE INDEX `activity_log_at_idx` ON `activity_log` (`at` DESC)",
            """CREATE VIRTUAL TABLE `conversations_search` USING fts5(
	title, summary, content='conversations', tokenize='unicode61'
)""",
            """CREATE VIEW `conversation_stats` AS
SELECT c.id, c.title, ch.name AS channel, count(m.id) AS messages, sum(m.tokens) AS tokens,
	sum(m.cost) AS cost
FROM conversations c
JOIN channels ch ON ch.id = c.channel_id
LEFT JOIN messages m ON m.conversation_id = c.id
GROUP BY c.id""",
            """CREATE VIEW `members` AS
SELECT p.slug AS project, u.email, u.name, pm.role
FROM project_members pm
JOIN projects p ON p.id = pm.project_id
JOIN users u ON u.id = pm.user_id""",
            """CREATE TRIGGER `members_role` INSTEAD OF UPDATE OF role ON `members` BEGIN
	UPDATE project_members SET role = new.role
	WHERE project_id = (SELECT id FROM projects WHERE slug = old.project)
		AND user_id = (SELECT id FROM users WHERE email = old.email);
END""",
        ),
    ),
    DemoMigration(
        "0006_artifacts_status",
        1_793_178_000_000,
        (
            "ALTER TABLE `artifacts` ADD `status` text NOT NULL",
            "CREATE INDEX `artifacts_status_idx` ON `artifacts` (`status`)",
        ),
        is_applied=False,
    ),
)
"""Oldest first. The last one waits, and would fail: NOT NULL without default on a table with rows.
"""
