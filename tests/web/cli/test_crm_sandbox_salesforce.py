"""`segue crm sandbox salesforce`: starts, says how to connect to it, and ends when asked."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import urllib3
from click.testing import CliRunner

from plugin.kernel.errors import BadInput
from tests.live import free_port
from web.cli.crm_sandbox_salesforce import salesforce


def start(port: int, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "web.cli", "crm", "sandbox", "salesforce", "--port", str(port), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_it_answers_says_how_to_connect_and_ends_on_interrupt() -> None:
    port = free_port()
    process = start(port, "--edition", "Professional", "--calls", "7", "--not-deployed", "--empty")
    try:
        assert process.stdout is not None
        told = [process.stdout.readline().strip() for _ in range(8)]
        about = urllib3.request("GET", f"http://127.0.0.1:{port}/__sandbox/org").json()
        counts = urllib3.request("GET", f"http://127.0.0.1:{port}/__sandbox/counts").json()
        people = urllib3.request("GET", f"http://127.0.0.1:{port}/__sandbox/records/Contact").json()
    finally:
        process.send_signal(signal.SIGINT)
        ended = process.wait(10)

    assert f"SEGUE_SALESFORCE_SANDBOX=http://127.0.0.1:{port}" in told
    assert f"SEGUE_SALESFORCE_CLIENT_ID={about['consumerKey']}" in told
    assert (about["edition"], about["deployed"], counts["apiCallsMax"]) == ("Professional Edition", False, 7)
    assert people["records"] == []
    assert ended == 0


def test_a_certificate_that_cant_be_read_is_said(tmp_path: Path) -> None:
    asked = ["--port", "0", "--certificate", str(tmp_path / "none.pem")]

    with pytest.raises(BadInput, match=r"none\.pem can't be read as a PEM file"):
        CliRunner().invoke(salesforce, asked, catch_exceptions=False)
