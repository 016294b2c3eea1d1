"""`segue salesforce`: an org connected, looked at and let go, as an operator types it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from connectors.salesforce.sandbox import Sandbox
from plugin.kernel.database import Database
from plugin.kernel.migrate import migrate
from plugin.kernel.settings import settings
from web.cli import cli


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox() as made:
        monkeypatch.setenv("SEGUE_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("SEGUE_SALESFORCE_SANDBOX", made.origin)
        settings.cache_clear()
        database = Database(settings().database())
        migrate(database)
        database.dispose()
        yield made
    settings.cache_clear()


def run(*words: str, given: str = "") -> Result:
    return CliRunner().invoke(cli, ["salesforce", *words], input=given)


def connect(sandbox: Sandbox, secret: str | None = None) -> Result:
    app = sandbox.logins.apps[0]
    words = ("--login", sandbox.org.my_domain, "--client-id", app.consumer_key, "--secret-stdin")
    return run("connect", *words, given=f"{secret or app.consumer_secret}\n")


def test_an_org_is_connected_and_told_what_it_allows(sandbox: Sandbox) -> None:
    found = connect(sandbox)

    assert found.exit_code == 0
    assert f"connected: {sandbox.org.id}" in found.output
    assert "The package is deployed" in found.output
    assert re.search(r"apiKey\):\n[\w-]{43}\n", found.output)
    assert sandbox.logins.apps[0].consumer_secret not in found.output


def test_again_it_says_so_and_shows_the_same_key(sandbox: Sandbox) -> None:
    first, second = connect(sandbox), connect(sandbox)

    assert "connected again" in second.output
    assert first.output.splitlines()[-2] == second.output.splitlines()[-2]


def test_a_wrong_secret_is_one_line_that_says_what_to_do(sandbox: Sandbox) -> None:
    found = connect(sandbox, "wrong")

    assert "Connect the org again" in str(found.exception)


def test_its_state_can_be_asked_for_and_it_can_be_let_go(sandbox: Sandbox) -> None:
    connect(sandbox)

    assert "Developer Edition" in run("status").output
    sandbox.org.deploy(False)
    probed = run("probe")
    assert probed.exit_code == 1
    assert "Deploy the package" in probed.output
    assert len(run("key").output.strip()) == 43
    assert "disconnected" in run("disconnect", "--yes").output
    assert "disconnected: connect the org again" in run("status").output


def test_without_an_org_it_says_how_to_begin(sandbox: Sandbox) -> None:
    assert "segue salesforce connect" in str(run("status").exception)


def test_an_orgs_certificate_is_trusted_and_anything_else_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    connect(sandbox)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "org")])
    day = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, day, day.replace(year=2036)).sign(key, SHA256())
    good, bad = tmp_path / "org.crt", tmp_path / "bad.crt"
    good.write_bytes(made.public_bytes(Encoding.PEM))
    bad.write_text("nothing")

    assert run("trust", str(good)).output == "trusted\n"
    assert "no certificate" in str(run("trust", str(bad)).exception)
