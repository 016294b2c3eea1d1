"""Clip files: whole or not there, inside their folder, behind addresses that expire and can be cached."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import pytest
from hypothesis import given, strategies as st

from plugin.kernel.clock import utcnow
from plugin.kernel.errors import BadInput, Busy, Forbidden, NotFound
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings
from plugin.media.bucket import S3Store
from plugin.media.store import LocalStore, Store, checked, open_store, rounded_expiry
from tests.conftest import NOW

KEY = "0123456789abcdef0123456789abcdef/720p.mp4"
PERIOD_S = 3600


@pytest.fixture
def local(tmp_path: Path, vault: Vault) -> LocalStore:
    return LocalStore(tmp_path / "clips", vault, period_s=PERIOD_S)


class _Bucket(BaseHTTPRequestHandler):
    """As much of S3 as a store needs."""

    protocol_version = "HTTP/1.1"
    held: dict[str, bytes] = {}

    def do_PUT(self) -> None:
        self.held[urlsplit(self.path).path] = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200, b"", {"ETag": '"1"'})

    def do_GET(self) -> None:
        data = self.held.get(urlsplit(self.path).path)
        if data is None:
            self._answer(404, b"")
            return
        status, wanted = 200, self.headers.get("Range")
        headers = {"ETag": '"1"', "Last-Modified": "Sat, 21 Nov 2026 12:00:00 GMT"}
        if wanted:
            first, last = wanted.removeprefix("bytes=").split("-")
            whole, data, status = len(data), data[int(first) : int(last) + 1], 206
            headers["Content-Range"] = f"bytes {first}-{int(first) + len(data) - 1}/{whole}"
        self._answer(status, data, headers)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        keys = re.findall("<Key>(.*?)</Key>", asked)
        for key in keys:
            self.held.pop(f"/media/{key}", None)
        done = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        self._answer(200, f"<DeleteResult>{done}</DeleteResult>".encode())

    def _answer(self, status: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def bucket() -> Iterator[S3Store]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bucket", (_Bucket,), {"held": {}}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield S3Store(
        "s3://media/segue",
        period_s=PERIOD_S,
        config={
            "endpoint": f"http://127.0.0.1:{server.server_port}",
            "access_key_id": "key",
            "secret_access_key": "secret",
            "region": "eu-west-1",
        },
        client_options={"allow_http": True},
    )
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["local", "bucket"])
def store(request: pytest.FixtureRequest) -> Store:
    """The same promises, whatever is behind."""
    made: Store = request.getfixturevalue(request.param)
    return made


def test_what_is_put_is_read_again_whole_and_in_part(store: Store, tmp_path: Path) -> None:
    source = tmp_path / "x"
    source.write_bytes(bytes(range(256)) * 40)

    store.put(KEY, source)

    assert store.size(KEY) == 10240
    assert store.open(KEY).read() == source.read_bytes()
    assert store.read(KEY, 250, 12) == source.read_bytes()[250:262]


def test_what_is_there_stays_as_it_is(store: Store, tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    first.write_bytes(b"first")
    second.write_bytes(b"other")
    store.put(KEY, first)

    store.put(KEY, second)

    assert store.open(KEY).read() == b"first"


def test_an_unknown_key_is_not_found(store: Store) -> None:
    for ask in (store.size, store.open, lambda key: store.read(key, 0, 1)):
        with pytest.raises(NotFound):
            ask(KEY)


def test_deleting_forgets_and_may_be_repeated(store: Store, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    store.put(KEY, tmp_path / "x")

    store.delete(KEY)
    store.delete(KEY)

    with pytest.raises(NotFound):
        store.size(KEY)


def test_everyone_in_a_period_gets_the_same_address(store: Store) -> None:
    # A bucket signs by the real clock, so the moment must lie ahead.
    hour = utcnow().replace(minute=0, second=0, microsecond=0) + timedelta(hours=5)

    assert store.url(KEY, hour) == store.url(KEY, hour - timedelta(minutes=59))
    assert store.url(KEY, hour) != store.url(KEY, hour + timedelta(minutes=1))


@pytest.mark.parametrize(
    "key",
    [
        "",
        "x",
        "../../etc/passwd",
        f"{KEY}/..",
        KEY.upper(),
        KEY.replace("/", "\\"),
        f"/{KEY}",
        f"{KEY}\n",
        "a" * 32 + "/../x.mp4",
    ],
)
def test_a_key_can_t_leave_its_folder(store: Store, key: str) -> None:
    for ask in (store.size, store.open, lambda one: store.url(one, NOW), store.delete):
        with pytest.raises(NotFound):
            ask(key)


@given(key=st.text())
def test_only_keys_of_our_shape_are_keys(key: str) -> None:
    with pytest.raises(NotFound):
        checked(key)


def test_a_grant_opens_its_own_clip_until_it_expires(local: LocalStore) -> None:
    _, _, grant, key = local.url(KEY, NOW).split("/", 3)
    sibling, stranger = KEY.replace("720p", "360p"), KEY.replace("0123", "9999")

    assert key == KEY
    assert local.check(grant, KEY, NOW - timedelta(seconds=10)) == 10
    assert local.check(grant, sibling, NOW - timedelta(seconds=10)) == 10
    with pytest.raises(Forbidden):
        local.check(grant, stranger, NOW - timedelta(seconds=10))
    with pytest.raises(Forbidden, match="expired"):
        local.check(grant, KEY, NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    "change", [lambda g: "9" + g, lambda g: g[:-1] + "A", lambda g: g + "A", lambda g: "", lambda g: "²" + g]
)
def test_a_changed_grant_opens_nothing(local: LocalStore, change) -> None:
    grant = local.url(KEY, NOW).split("/")[2]

    with pytest.raises(Forbidden):
        local.check(change(grant), KEY, NOW - timedelta(hours=1))


def test_a_grant_of_another_installation_opens_nothing(local: LocalStore, tmp_path: Path) -> None:
    other = LocalStore(tmp_path, Vault(bytes(32)), period_s=PERIOD_S)

    with pytest.raises(Forbidden):
        local.check(other.url(KEY, NOW).split("/")[2], KEY, NOW - timedelta(hours=1))


def test_a_full_disk_leaves_no_half_file(local: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").write_bytes(b"x" * 100)

    def fail(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("plugin.media.store.shutil.copyfileobj", fail)
    with pytest.raises(Busy, match="No space"):
        local.put(KEY, tmp_path / "x")

    assert [path for path in local.root.rglob("*") if path.is_file()] == []


def test_an_expiry_is_put_off_never_brought_forward() -> None:
    assert rounded_expiry(NOW, PERIOD_S) == NOW.timestamp()
    assert rounded_expiry(NOW + timedelta(seconds=1), PERIOD_S) == NOW.timestamp() + PERIOD_S


def test_a_presigned_address_works_and_names_no_secret(bucket: S3Store, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    (tmp_path / "x").write_bytes(b"hello")
    bucket.put(KEY, tmp_path / "x")
    url = bucket.url(KEY, datetime.now(UTC) + timedelta(hours=1))

    with urlopen(Request(url, headers={"Range": "bytes=1-3"})) as answer:
        assert answer.read() == b"ell"
    assert "secret" not in url
    assert {"X-Amz-Signature", "X-Amz-Expires"} <= parse_qs(urlsplit(url).query).keys()


def test_the_settings_choose_the_store(tmp_path: Path, vault: Vault) -> None:
    assert isinstance(open_store(Settings(data_dir=tmp_path, media_url=""), vault), LocalStore)
    assert isinstance(open_store(Settings(media_url="s3://bucket/prefix"), vault), S3Store)
    with pytest.raises(BadInput):
        open_store(Settings(media_url="ftp://somewhere"), vault)
