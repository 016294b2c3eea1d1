"""`segue crm sandbox hubspot`: starts, says how to connect to it, and ends when asked."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys

import urllib3

from tests.live import free_port


def start(port: int, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "web.cli", "crm", "sandbox", "hubspot", "--port", str(port), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_it_answers_says_how_to_connect_and_ends_on_interrupt() -> None:
    port = free_port()
    process = start(port, "--tier", "free", "--app-origin", "http://127.0.0.1:9", "--card-path", "/c", "--empty")
    try:
        assert process.stdout is not None
        told = [process.stdout.readline().strip() for _ in range(7)]
        base = f"http://127.0.0.1:{port}/__sandbox"
        portal = urllib3.request("GET", f"{base}/portals").json()["portals"][0]
        app = urllib3.request("GET", f"{base}/app").json()
    finally:
        process.send_signal(signal.SIGINT)
        ended = process.wait(10)

    assert told[0] == f"HubSpot    http://127.0.0.1:{port}"
    assert f"SEGUE_HUBSPOT_API=http://127.0.0.1:{port}" in told
    assert f"SEGUE_HUBSPOT_CLIENT_ID={app['client_id']}" in told
    assert (portal["tier"], portal["contacts"]) == ("free", [])
    assert (app["origin"], app["card_path"], app["webhooks"]) == ("http://127.0.0.1:9", "/c", True)
    assert ended == 0


def test_a_port_in_use_is_said_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start(port)
        _, complaint = process.communicate(timeout=20)

    assert process.returncode == 2
    assert complaint.startswith(f"segue: port {port} can't be used")
