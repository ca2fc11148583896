"""The fifteen sample databases, and what must be found in each (samples/doctor/README.md)."""

import json
import sqlite3
from pathlib import Path

from studio.doctor.run import Asked, HealthReport, examine

SAMPLES = Path(__file__).parents[1] / "samples" / "doctor"
SQLITE = sorted(path.name for path in SAMPLES.glob("sq_*"))
POSTGRESQL = sorted(path.name for path in SAMPLES.glob("pg_*"))


def expected(name):
    return json.loads((SAMPLES / name / "expected.json").read_text())


def script(name):
    return (SAMPLES / name / "load.sql").read_text()


def make_sqlite(name, folder) -> Path:
    path = Path(folder) / f"{name}.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(script(name))
    connection.close()
    return path


def matches(want, found):
    severity = want.get("severity", found.severity.value)
    return (
        want["check"] in {"*", found.check}
        and want["object"] in {"*", found.object}
        and severity == found.severity.value
    )


def wrong(name, findings):
    """What `expected.json` says and the findings do not, and the other way round."""
    case = expected(name)
    of_cluster = [f for f in findings if f.scope == "cluster"]
    said = [
        ("missing", want)
        for want in case["must"]
        if not any(matches(want, found) for found in findings)
    ]
    for unwanted in case["must_not"]:
        for found in findings:
            is_wanted = any(matches(want, found) for want in case["must"])
            if matches(unwanted, found) and found not in of_cluster and not is_wanted:
                said.append(("must not", found.check, found.object, found.evidence))
    return said


async def report_of(session, **asked) -> HealthReport:
    report = HealthReport()
    async for so_far in examine(session, Asked(**asked)):
        report = so_far
    return report
