"""What a player fetches: playlists, one MP4, captions, a poster, and clip bytes for who was given the address."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import av
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings, strategies as st

from plugin.decisions.plan import Plan
from plugin.kernel.clock import utcnow
from plugin.media.catalogue import restore, withdraw
from tests.browser.stage import Stage
from web.player.present import player_json
from web.player.ranges import REPLY_LIMIT


@pytest.fixture
def client(stage: Stage) -> FlaskClient:
    return stage.app.test_client()


@pytest.fixture(scope="module")
def whole(stage: Stage, plan: Plan) -> bytes:
    return stage.app.test_client().get(f"/m/{plan.assembly_id}/video.mp4").data


@pytest.fixture
def clip_address(client: FlaskClient, plan: Plan) -> str:
    text = client.get(f"/m/{plan.assembly_id}/360p.m3u8").text
    found = re.search(r'URI="(/clips/[^"]+)"', text)
    assert found
    return found[1]


def test_the_multivariant_playlist_names_playlists_that_answer(client: FlaskClient, plan: Plan) -> None:
    master = client.get(f"/m/{plan.assembly_id}/master.m3u8")

    assert master.mimetype == "application/vnd.apple.mpegurl"
    names = [line for line in master.text.splitlines() if not line.startswith("#")]
    assert names == [f"/m/{plan.assembly_id}/360p.m3u8", f"/m/{plan.assembly_id}/720p.m3u8"]
    for name in names:
        text = client.get(name).text
        assert text.count("#EXT-X-DISCONTINUITY\n") == 2
        assert text.count("#EXT-X-MAP") == 3


def test_every_range_a_playlist_names_is_there(client: FlaskClient, plan: Plan) -> None:
    text = client.get(f"/m/{plan.assembly_id}/360p.m3u8").text
    ranges = re.findall(r"#EXT-X-BYTERANGE:(\d+)@(\d+)\n(\S+)", text)

    assert len(ranges) == 6
    for size, offset, address in ranges:
        part = client.get(address, headers={"Range": f"bytes={offset}-{int(offset) + int(size) - 1}"})
        assert part.status_code == 206
        assert part.data[4:8] == b"moof"
        assert len(part.data) == int(size)


def test_the_playlists_in_the_page_are_those_the_routes_answer(stage: Stage, plan: Plan, client: FlaskClient) -> None:
    with stage.app.test_request_context():
        inline = player_json(plan, stage.services)["playlists"]

    assert inline
    assert {path: client.get(path).text for path in inline} == inline


def test_one_mp4_plays_the_whole_video(whole: bytes, plan: Plan) -> None:
    with av.open(BytesIO(whole), "r") as container:
        frames = sum(1 for _ in container.decode(video=0))

    assert frames == round(plan.duration_s * 25)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_range_of_the_mp4_is_that_part_of_the_whole(
    data: st.DataObject, client: FlaskClient, plan: Plan, whole: bytes
) -> None:
    start = data.draw(st.integers(0, len(whole) - 1))
    end = data.draw(st.integers(start, len(whole) + 100))

    part = client.get(f"/m/{plan.assembly_id}/video.mp4", headers={"Range": f"bytes={start}-{end}"})

    until = min(end + 1, len(whole), start + REPLY_LIMIT)
    assert part.status_code == 206
    assert part.data == whole[start:until]
    assert part.headers["Content-Range"] == f"bytes {start}-{until - 1}/{len(whole)}"
    assert part.content_length == until - start


def test_an_open_range_is_capped_so_that_no_thread_is_held_for_long(client: FlaskClient, plan: Plan) -> None:
    longest = client.get(f"/m/{plan.assembly_id}/video.mp4", headers={"Range": "bytes=0-"})

    assert longest.status_code == 206
    assert len(longest.data) <= REPLY_LIMIT


def test_the_tag_names_the_clip_set(client: FlaskClient, stage: Stage, plan: Plan) -> None:
    other = stage.plan(stage.clips[::-1])
    here, there = (client.head(f"/m/{one.assembly_id}/video.mp4") for one in (plan, other))

    assert here.headers["ETag"] != there.headers["ETag"]
    assert here.headers["ETag"] == client.head(f"/m/{plan.assembly_id}/video.mp4").headers["ETag"]
    assert here.headers["ETag"] != client.head(f"/m/{plan.assembly_id}/video.mp4?quality=360p").headers["ETag"]


def test_head_says_how_long_without_the_bytes(client: FlaskClient, plan: Plan, whole: bytes) -> None:
    head = client.head(f"/m/{plan.assembly_id}/video.mp4")

    assert (head.status_code, head.data, head.content_length) == (200, b"", len(whole))
    assert head.headers["Accept-Ranges"] == "bytes"


def test_a_range_holds_only_for_the_same_bytes(client: FlaskClient, plan: Plan, whole: bytes) -> None:
    address = f"/m/{plan.assembly_id}/video.mp4"
    tag = client.head(address).headers["ETag"]

    same = client.get(address, headers={"Range": "bytes=5-9", "If-Range": tag})
    changed = client.get(address, headers={"Range": "bytes=5-9", "If-Range": '"another"'})
    dated = client.get(address, headers={"Range": "bytes=5-9", "If-Range": "Sat, 21 Nov 2026 12:00:00 GMT"})

    assert (same.status_code, same.data) == (206, whole[5:10])
    assert (changed.status_code, len(changed.data)) == (200, len(whole))
    assert dated.status_code == 200


def test_what_the_browser_has_is_not_sent_again(client: FlaskClient, plan: Plan, clip_address: str) -> None:
    for address in (
        f"/m/{plan.assembly_id}/video.mp4",
        f"/m/{plan.assembly_id}/captions.vtt",
        f"/m/{plan.assembly_id}/poster.jpg",
        f"/m/{plan.assembly_id}/master.m3u8",
        clip_address,
    ):
        tag = client.head(address).headers["ETag"]
        again = client.get(address, headers={"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b""), address


def test_a_range_past_the_end_is_416_with_the_length(client: FlaskClient, plan: Plan, whole: bytes) -> None:
    refused = client.get(f"/m/{plan.assembly_id}/video.mp4", headers={"Range": f"bytes={len(whole)}-"})

    assert refused.status_code == 416
    assert refused.headers["Content-Range"] == f"bytes */{len(whole)}"


def test_a_download_is_a_file_with_a_name(client: FlaskClient, plan: Plan) -> None:
    saved = client.head(f"/m/{plan.assembly_id}/video.mp4?download=1")

    assert saved.headers["Content-Disposition"] == "attachment; filename=video.mp4"
    assert "Content-Disposition" not in client.head(f"/m/{plan.assembly_id}/video.mp4").headers


def test_captions_run_in_the_video_s_own_time(client: FlaskClient, plan: Plan) -> None:
    answer = client.get(f"/m/{plan.assembly_id}/captions.vtt")

    assert answer.content_type == "text/vtt; charset=utf-8"
    assert answer.text.startswith("WEBVTT")
    assert "00:00:03.600 --> " in answer.text
    assert "part 2 &amp; it says &lt;so&gt;" in answer.text


def test_the_poster_is_a_picture(client: FlaskClient, plan: Plan) -> None:
    poster = client.get(f"/m/{plan.assembly_id}/poster.jpg")

    assert poster.mimetype == "image/jpeg"
    assert poster.data[:3] == b"\xff\xd8\xff"


def test_clip_bytes_may_be_kept_for_as_long_as_their_address_holds(client: FlaskClient, clip_address: str) -> None:
    kept = client.head(clip_address).headers["Cache-Control"]

    found = re.fullmatch(r"public, max-age=(\d+), immutable", kept)
    assert found
    assert 6 * 3600 <= int(found[1]) <= 12 * 3600


@pytest.mark.parametrize(
    "spoil",
    [
        lambda grant: f"{int(grant.split('.')[0]) + 3600}.{grant.split('.')[1]}",
        lambda grant: grant[:-1] + ("A" if grant[-1] != "A" else "B"),
        lambda grant: grant.split(".")[0],
        lambda grant: "0.AAAAAAAAAAAAAAAAAAAAAA",
        lambda grant: "x",
    ],
)
def test_a_grant_that_is_not_ours_opens_nothing(client: FlaskClient, clip_address: str, spoil: object) -> None:
    _, _, grant, key = clip_address.split("/", 3)

    answer = client.get(f"/clips/{spoil(grant)}/{key}")  # type: ignore[operator]

    assert answer.status_code == 403
    assert key not in answer.text


def test_a_grant_for_one_clip_does_not_open_another(client: FlaskClient, plan: Plan) -> None:
    text = client.get(f"/m/{plan.assembly_id}/360p.m3u8").text
    one, other = list(dict.fromkeys(re.findall(r'URI="/clips/([^"]+)"', text)))[:2]

    assert client.get(f"/clips/{one.split('/', 1)[0]}/{other.split('/', 1)[1]}").status_code == 403


def test_a_grant_ends(client: FlaskClient, stage: Stage, clip_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage.services, "clock", lambda: utcnow() + timedelta(hours=13))

    assert client.get(clip_address).status_code == 403


@pytest.mark.parametrize(
    "key",
    [
        "../../segue.sqlite3",
        "..%2f..%2fmaster.key",
        "%2e%2e/master.key",
        "/etc/passwd",
        "00000000000000000000000000000000/../../master.key",
        "00000000000000000000000000000000/720p.mp4%00.jpg",
        "00000000000000000000000000000000/720p.txt",
    ],
)
def test_no_path_leads_out_of_the_store(client: FlaskClient, clip_address: str, key: str) -> None:
    grant = clip_address.split("/")[2]

    answer = client.get(f"/clips/{grant}/{key}")

    assert answer.status_code in (308, 403, 404)
    assert b"SQLite" not in answer.data
    assert b"root:" not in answer.data


@pytest.mark.parametrize(
    "name", ["master.m3u8", "4320p.m3u8", "../x.m3u8", "video.mp4", "captions.vtt", "poster.jpg", "video.mp4?quality=x"]
)
def test_an_unknown_assembly_is_not_found(client: FlaskClient, name: str) -> None:
    assert client.get(f"/m/{'0' * 32}/{name}").status_code == 404


def test_an_unknown_rendition_is_not_found(client: FlaskClient, plan: Plan) -> None:
    assert client.get(f"/m/{plan.assembly_id}/144p.m3u8").status_code == 404
    assert client.get(f"/m/{plan.assembly_id}/video.mp4?quality=144p").status_code == 404


def test_a_withdrawn_clip_ends_every_video_that_holds_it_within_a_minute(
    client: FlaskClient, stage: Stage, plan: Plan
) -> None:
    addresses = [f"/m/{plan.assembly_id}/{name}" for name in ("master.m3u8", "video.mp4", "captions.vtt")]
    assert all(client.head(one).headers["Cache-Control"] == "public, max-age=60" for one in addresses)
    with stage.services.database.transaction() as session:
        withdraw(session, "marked-1")

    codes = [client.get(one).status_code for one in addresses]

    with stage.services.database.transaction() as session:
        restore(session, "marked-1")
    assert codes == [410, 410, 410]
