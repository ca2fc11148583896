"""Checks of other packages: beside the engine's own, and blind when they fail."""

from dataclasses import dataclass

from studio.backends.halves.checking import HealthCheck
from studio.doctor import checks
from studio.model.health import HealthFinding, HealthSeverity
from tests.doctor.test_sqlite_samples import looked


@dataclass
class Point:
    """An entry point, as it is loaded."""

    name: str
    made: object
    dist: None = None

    def load(self):
        return self.made


class OwnerWanted:
    engine = "*"
    check = HealthCheck("owner_wanted", "no owner", (HealthSeverity.NOTICE,))

    def look(self, connection, wishes):
        del wishes
        for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master").fetchall():
            yield HealthFinding("owner_wanted", name, HealthSeverity.NOTICE, f"nobody owns {name}")


class Broken(OwnerWanted):
    check = HealthCheck("broken_guest", "breaks", (HealthSeverity.NOTICE,))

    def look(self, connection, wishes):
        raise ZeroDivisionError("as guests do")


async def test_a_guest_finds_and_a_broken_one_is_blind(sqlite_file, monkeypatch):
    points = [Point("b", Broken), Point("a", OwnerWanted), Point("c", object)]
    monkeypatch.setattr(checks, "entry_points", lambda group: points)
    checks.guests.cache_clear()
    try:
        report = await looked(sqlite_file("CREATE TABLE t (id INTEGER PRIMARY KEY)"))
    finally:
        checks.guests.cache_clear()
    assert [(f.check, f.object) for f in report.findings] == [("owner_wanted", "t")]
    lacks = "AttributeError: 'object' object has no attribute 'check'"
    assert [(b.check, b.why) for b in report.blind] == [
        ("c", f"the check cannot be loaded: {lacks}"),
        ("broken_guest", "ZeroDivisionError: as guests do"),
    ]
    assert report.complete
