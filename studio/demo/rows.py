"""The demo's rows, all from one seed: the same every time."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

SEED = 20261101
NOW_MS = 1_793_520_000_000
"""2026-11-01 08:00 UTC: when the demo's last row was written."""
_DAY_MS = 86_400_000
_SPAN_DAYS = 300


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST = _words("""
    Ada Amina Björn Carlos Chiara Daiyu Elif Emeka Fatima Freja Grace Hana Ingrid Ivan José Kai
    Lena Leila Mateo Mei Noor Olga Priya Quentin Rosa Søren Tariq Uma Viktor Wen Yuki Zoë 美咲 浩然
""")
_LAST = _words("""
    Alvarez Andersson Bauer Chen Costa Dubois Eriksson Fischer García Haddad Ito Jansen Kaya Kim
    Kowalska Kumar Lindqvist López Martin Moreau Nakamura Novák Okafor Olsen Petrov Rossi Sato
    Silva Tanaka Weber Yilmaz Zhang
""")
_WORDS = _words("""
    deploy latency index queue retry cache schema budget invoice report design review sprint
    metric export import webhook token quota region replica backup restore migration lock vacuum
    checkpoint snapshot cursor batch stream parser layout theme search ranking prompt context
    answer summary outline draft table column filter chart dashboard alert incident runbook
""")
_VERBS = _words("""
    fix check explain rewrite measure compare plan ship revert split merge document review
    profile simplify test
""")
_EMOJI = ("🚀", "🎉", "👀", "🔥", "✅", "🧪", "👩‍💻", "🇳🇴")
_CJK = (
    "数据库连接已恢复",
    "検索結果を確認してください",
    "마이그레이션이 끝났습니다",
    "请查看最新报告",
)
_AGENTS: tuple[tuple[str, str, float, list[str]], ...] = (
    ("Scribe", "small-2", 0.2, ["search", "summarise"]),
    ("Reviewer", "large-4", 0.1, ["diff", "lint", "tests"]),
    ("Planner", "large-4", 0.7, ["calendar"]),
    ("Sketch", "vision-1", 0.9, ["draw"]),
    ("Echo", "small-2", 0.0, []),
)
_ACTIONS = ("login", "logout", "project.create", "message.send", "artifact.save", "role.change")
_KINDS = ("mention", "reply", "invite", "digest", "quota")

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class RowTotals:
    """How many rows each table gets."""

    users: int
    sessions: int
    projects: int
    channels: int
    conversations: int
    messages: int
    artifacts: int
    notifications: int
    activity: int

    @classmethod
    def of(cls, total: int) -> "RowTotals":
        """Shares of about `total` rows, never fewer than a screenful of users."""
        share = max(total, 1000) / 1000
        return cls(
            users=int(12 * share),
            sessions=int(60 * share),
            projects=max(3, int(1.5 * share)),
            channels=max(6, int(5 * share)),
            conversations=int(40 * share),
            messages=int(480 * share),
            artifacts=int(25 * share),
            notifications=int(70 * share),
            activity=int(310 * share),
        )


class DemoRows:
    """Rows of each table; ask in the order of the methods, each table once."""

    def __init__(self, sizes: RowTotals) -> None:
        self.sizes = sizes
        self._random = Random(SEED)  # noqa: S311 data, not secrets
        self._users: list[str] = []
        self._conversations: list[tuple[str, int]] = []

    def _uuid7(self, at_ms: int) -> str:
        """RFC 9562 §5.7: 48 bits of milliseconds, then random bits."""
        bits = (at_ms & (1 << 48) - 1) << 80 | 0x7 << 76 | self._random.getrandbits(12) << 64
        text = f"{bits | 0b10 << 62 | self._random.getrandbits(62):032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def _moment(self) -> int:
        """Some millisecond of the demo's span, later ones more often."""
        age = self._random.random() ** 2 * _SPAN_DAYS
        return NOW_MS - int(age * _DAY_MS) - self._random.randrange(1000)

    def _sentence(self, least: int = 4, most: int = 14) -> str:
        pick = self._random.choice
        count = self._random.randint(least, most)
        words = [pick(_VERBS), "the", *(pick(_WORDS) for _ in range(count - 2))]
        return " ".join(words).capitalize()

    def users(self) -> Iterator[Row]:
        """id, email, name, role, settings, avatar, created_at, last_seen_at, deleted_at."""
        pick = self._random.choice
        for number in range(self.sizes.users):
            created = NOW_MS - (self.sizes.users - number) * _SPAN_DAYS * _DAY_MS // (
                self.sizes.users + 1
            )
            key = self._uuid7(created)
            self._users.append(key)
            first, last = pick(_FIRST), pick(_LAST)
            settings = {"theme": pick(("dark", "light", "system")), "digest": number % 3 == 0}
            avatar = self._random.randbytes(48) if number % 4 == 0 else None
            seen = created + self._random.randrange(NOW_MS - created) if number % 9 else None
            gone = seen if number % 40 == 7 else None  # noqa: PLR2004 some have left
            email = f"{first}.{last}.{number}@example.com".lower()
            role = "owner" if number == 0 else pick(("admin", "member", "member", "guest"))
            yield (
                key, email, f"{first} {last}", role, json.dumps(settings), avatar, created, seen,
                gone,
            )  # fmt: skip

    def sessions(self) -> Iterator[Row]:
        """id, user_id, token_hash, ip, user_agent, created_at, expires_at."""
        agents = ("Firefox/132", "Chrome/131", "Safari/18", "studio-cli/0.9", None)
        for _ in range(self.sizes.sessions):
            at = self._moment()
            ip = ".".join(str(self._random.randrange(1, 255)) for _ in range(4))
            yield (
                self._uuid7(at), self._random.choice(self._users), self._random.randbytes(16), ip,
                self._random.choice(agents), at, at + 30 * _DAY_MS,
            )  # fmt: skip

    def projects(self) -> Iterator[Row]:
        """id, owner_id, slug, name, status, budget, created_at."""
        pick = self._random.choice
        for number in range(1, self.sizes.projects + 1):
            name = f"{pick(_WORDS)} {pick(_WORDS)}"
            budget = self._random.randrange(100, 900_000) / 100 if number % 5 else None
            status = pick(("active", "active", "active", "paused", "archived"))
            slug = f"{name.replace(' ', '-')}-{number}"
            at = iso(self._moment())
            yield number, pick(self._users), slug, name.title(), status, budget, at

    def members(self) -> Iterator[Row]:
        """project_id, user_id, role, joined_at."""
        for project in range(1, self.sizes.projects + 1):
            count = min(len(self._users), self._random.randint(2, 12))
            for user in self._random.sample(self._users, count):
                role = self._random.choice(("editor", "viewer", "admin"))
                yield project, user, role, iso(self._moment())

    def channels(self) -> Iterator[Row]:
        """id, project_id, name, topic."""
        for number in range(1, self.sizes.channels + 1):
            topic = self._sentence() if number % 3 else None
            project = 1 + number % self.sizes.projects
            yield number, project, f"{self._random.choice(_WORDS)}-{number}", topic

    def agents(self) -> Iterator[Row]:
        """id, name, model, temperature, tools, enabled."""
        for number, (name, model, temperature, tools) in enumerate(_AGENTS, start=1):
            yield number, name, model, temperature, json.dumps(tools), int(name != "Echo")

    def conversations(self) -> Iterator[Row]:
        """id, channel_id, title, summary, started_at, closed_at."""
        for number in range(self.sizes.conversations):
            at = self._moment()
            key = self._uuid7(at)
            self._conversations.append((key, at))
            title = self._sentence(3, 6) if number % 17 else None
            if number % 50 == 3:  # noqa: PLR2004 some titles are not ASCII
                title = f"{self._random.choice(_EMOJI)} {self._random.choice(_CJK)}"
            summary = f"{self._sentence()}. {self._sentence()}." if number % 2 else None
            closed = iso(at + self._random.randrange(_DAY_MS)) if number % 3 else None
            channel = 1 + self._random.randrange(self.sizes.channels)
            yield key, channel, title, summary, iso(at), closed

    def messages(self) -> Iterator[Row]:
        """id, conversation_id, author_id, agent_id, role, body, tokens, cost, metadata, …"""
        roles = ("user", "assistant", "user", "assistant", "tool", "system")
        choose, spread = self._random.choice, self._random.random
        bodies = [f"{self._sentence()}." for _ in range(3000)]
        for number in range(1, self.sizes.messages + 1):
            conversation, started = choose(self._conversations)
            role = roles[number % 6]
            body = choose(bodies)
            if number % 41 == 0:
                body = f"{choose(_EMOJI)} {body} {choose(_CJK)}"
            elif number % 997 == 0:
                body = "\n\n".join(choose(bodies) for _ in range(40))
            author = choose(self._users) if role == "user" else None
            agent = 1 + number % 5 if role in {"assistant", "tool"} else None
            tokens = len(body) // 4 if number % 11 else None
            cost = round(tokens * 0.000_015, 6) if tokens and agent else None
            metadata = f'{{"latency_ms": {int(spread() * 4000)}}}' if agent else None
            at = started + int(spread() * _DAY_MS)
            yield number, conversation, author, agent, role, body, tokens, cost, metadata, at

    def artifacts(self) -> Iterator[Row]:
        """id, message_id, kind, title, content, preview, created_at."""
        for number in range(self.sizes.artifacts):
            at = self._moment()
            kind = self._random.choice(("code", "document", "image", "table"))
            content = None
            if kind != "image":
                content = "\n".join(self._sentence() for _ in range(1 + number % 12))
            preview = self._random.randbytes(64) if kind == "image" else None
            message = 1 + self._random.randrange(self.sizes.messages)
            title = self._sentence(3, 5)
            yield self._uuid7(at), message, kind, title, content, preview, iso(at)

    def notifications(self) -> Iterator[Row]:
        """id, user_id, kind, payload, read_at, created_at."""
        for number in range(1, self.sizes.notifications + 1):
            at = self._moment()
            payload = json.dumps({"from": number % 50}) if number % 4 else None
            read = at + self._random.randrange(_DAY_MS) if number % 6 else None
            user = self._random.choice(self._users)
            yield number, user, self._random.choice(_KINDS), payload, read, at

    def activity(self) -> Iterator[Row]:
        """id, at, actor_id, action, subject, detail."""
        choose = self._random.choice
        step = _SPAN_DAYS * _DAY_MS // self.sizes.activity
        start = NOW_MS - _SPAN_DAYS * _DAY_MS
        for number in range(1, self.sizes.activity + 1):
            actor = choose(self._users) if number % 13 else None
            action = _ACTIONS[number * number % 6]
            detail = f'{{"n": {number}}}' if number % 2 else None
            subject = f"{choose(_WORDS)}/{number % 1000}" if number % 5 else None
            yield number, start + number * step, actor, action, subject, detail


def iso(at_ms: int) -> str:
    """`2026-11-01T08:00:00.000Z`."""
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
