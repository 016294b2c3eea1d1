"""The application as it is put together."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugin.kernel.migrate import migrate
from plugin.kernel.settings import Settings
from web.app import create_app
from web.services import Services


def test_a_bucket_elsewhere_is_allowed_by_the_pages_policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "REGION": "eu-west-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    app = create_app(Settings(data_dir=tmp_path, media_url="s3://clips/segue"))

    origin = app.config["MEDIA_ORIGIN"]

    assert origin.startswith("https://")
    migrate(_services(app).database)
    policy = app.test_client().get("/v/nothing").headers["Content-Security-Policy"]
    assert origin in policy


def test_clips_of_our_own_need_no_other_origin(tmp_path: Path) -> None:
    assert create_app(Settings(data_dir=tmp_path)).config["MEDIA_ORIGIN"] == ""


def _services(app: object) -> Services:
    services: Services = app.extensions["segue"]  # type: ignore[attr-defined]
    return services


def test_health_is_bad_once_the_database_file_is_gone(tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path))
    migrate(_services(app).database)
    before = app.test_client().get("/healthz")

    for file in tmp_path.glob("*.sqlite3*"):
        file.unlink()

    after = app.test_client().get("/healthz")
    assert (before.status_code, after.status_code) == (200, 503)
    assert after.headers["Retry-After"]
