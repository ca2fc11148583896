import sqlite3

import pytest

from studio.config import discovery
from studio.config.discovery import discover


@pytest.fixture(autouse=True)
def nothing_around(monkeypatch, tmp_path):
    for name in ("DATABASE_URL", "POSTGRES_URL", "PG_URL", "DB_URL", "SQLITE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "no-services"))
    monkeypatch.setattr(discovery, "data_folder", lambda: tmp_path / "nowhere")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://ada:hush@db.example/shop",
        "postgresql://ada:hu@hush@db.example/shop",
        "postgresql://ada:a/hush@db.example/shop",
        "postgresql+psycopg://ada@db.example/shop?sslmode=require&password=hush",
        "postgresql://db.example/shop?user=ada&sslpassword=hush",
        "host=db.example password=hush user=ada",
        "host=db.example password='a hush' user=ada",
    ],
)
def test_no_spelling_of_a_password_is_shown(tmp_path, monkeypatch, address):
    monkeypatch.setenv("DATABASE_URL", address)
    (tmp_path / ".env").write_text(f'POSTGRES_URL="{address}"\n')
    found = list(discover(tmp_path))
    assert found[0].target == address
    assert not [one.label for one in found if "hush" in one.label]


def test_environment_comes_first_and_hides_passwords(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://ada:secret@db.example/shop")
    (tmp_path / ".env").write_text("export DATABASE_URL='postgres://x:y@h/d' # local\n")
    found = list(discover(tmp_path))
    assert found[0].target == "postgresql://ada:secret@db.example/shop"
    assert found[0].label == "postgresql://ada:***@db.example/shop"
    assert found[1].source == "DATABASE_URL in .env"
    assert found[1].label == "postgres://x:***@h/d"


def test_sqlite_files_are_found_below_but_not_in_dependencies(tmp_path):
    for place in ("", "data", "node_modules/x"):
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
        sqlite3.connect(tmp_path / place / "app.db").close()
    (tmp_path / "pipe.db.txt").write_text("no")
    labels = {found.label for found in discover(tmp_path)}
    assert labels == {"app.db", "data/app.db"}


def test_pg_services_are_offered(tmp_path, monkeypatch):
    path = tmp_path / "services"
    path.write_text("[prod]\nhost=db\n[dev]\nhost=localhost\n")
    monkeypatch.setenv("PGSERVICEFILE", str(path))
    assert [found.target for found in discover(tmp_path)] == ["service=prod", "service=dev"]
