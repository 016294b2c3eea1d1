"""Any sensible film becomes a clip that keeps the contract; the rest is refused in one line, and nothing is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from plugin.kernel.errors import BadInput, Busy
from plugin.media import library
from plugin.media.catalogue import withdraw
from plugin.media.contract import SILENCE_LUFS
from plugin.media.index import read_index
from plugin.media.ingest import ClipOrder, _locked
from plugin.media.measure import loudness_lufs
from plugin.media.models import Clip, Rendition
from plugin.media.timeline import AiRole
from tests.plugin.media.conftest import QUICK, Studio
from tests.plugin.media.films import make_film, marks_in

CLIPS = ("wide-24", "plain-30", "fast-60", "mute")


def _file(studio: Studio, name: str, rendition: str = "360p") -> Path:
    with studio.database.reading() as session:
        key = next(file.key for file in library.clip_named(session, name).renditions if file.name == rendition)
    return studio.store.path(key)


def test_clips_of_different_films_share_one_init_per_rendition(filled: Studio) -> None:
    with filled.database.reading() as session:
        inits = {(file.name, file.init_sha256) for file in session.query(Rendition)}
        files = session.query(Rendition).count()

    assert files == 5
    assert sorted(name for name, _ in inits) == ["360p", "720p"]


@pytest.mark.parametrize("name", CLIPS)
def test_every_clip_keeps_the_contract(filled: Studio, name: str) -> None:
    path = _file(filled, name)

    index = read_index(path.read_bytes())

    assert index.frames % 8 == 0
    assert len(index.audio_sizes) * 1024 == index.frames * 1920
    with av.open(str(path)) as film:
        video, audio = film.streams.video[0], film.streams.audio[0]
        assert (video.codec_context.profile, video.pix_fmt, video.average_rate) == ("High", "yuv420p", 25)
        assert (video.width, video.height, video.sample_aspect_ratio) == (640, 360, 1)
        assert (audio.sample_rate, audio.layout.name, audio.profile) == (48000, "stereo", "LC")


def test_flash_and_beep_stay_together_whatever_the_frame_rate(filled: Studio) -> None:
    for name in ("wide-24", "fast-60"):
        # ffmpeg reads signed composition offsets a picture late (players don't), hence the 40 ms.
        (flash,), (beep,), _ = marks_in(_file(filled, name))

        assert flash - 0.04 == pytest.approx(0.4, abs=0.0401)
        assert beep == pytest.approx(0.4, abs=0.002)


def test_no_rendition_is_taller_than_its_source(filled: Studio) -> None:
    with filled.database.reading() as session:
        made = {clip.name: [file.name for file in clip.renditions] for clip in session.query(Clip)}

    assert made == {"wide-24": ["360p", "720p"], "plain-30": ["360p"], "fast-60": ["360p"], "mute": ["360p"]}


@pytest.mark.parametrize("name", ["wide-24", "plain-30", "fast-60"])
def test_sound_is_delivered_at_minus_16_lufs(filled: Studio, name: str) -> None:
    with av.open(str(_file(filled, name))) as film:
        heard = np.concatenate([frame.to_ndarray().T for frame in film.decode(audio=0)])

    assert loudness_lufs(heard) == pytest.approx(-16, abs=0.3)
    assert np.abs(heard).max() < 1


def test_a_film_without_sound_gets_silence(filled: Studio) -> None:
    with av.open(str(_file(filled, "mute"))) as film:
        heard = np.concatenate([frame.to_ndarray().T for frame in film.decode(audio=0)])

    assert np.abs(heard).max() < 1e-4


def test_near_silence_is_not_blown_up(studio: Studio, tmp_path: Path) -> None:
    film = make_film(tmp_path / "hush.mp4", seconds=0.6, volume=0.0005, tone=0.0005)

    made = studio.ingest(film, "hush")

    assert made.loudness_lufs < SILENCE_LUFS


def test_the_priming_packet_is_gone_and_edges_are_silent(filled: Studio) -> None:
    with av.open(str(_file(filled, "plain-30"))) as film:
        frames = list(film.decode(audio=0))
    heard = np.concatenate([frame.to_ndarray().T for frame in frames])

    assert frames[0].pts == 0
    # 10.7 ms at both ends, less what the transform smears.
    assert np.abs(heard[:400]).max() < 0.01
    assert np.abs(heard[-400:]).max() < 0.01


def test_plain_words_are_spread_over_the_speech(filled: Studio) -> None:
    with filled.database.reading() as session:
        cues = library.clip_named(session, "plain-30").cues

    assert [cue["text"] for cue in cues] == ["Hello & <welcome>.", "This is it."]
    assert cues[0]["end_s"] <= cues[1]["start_s"] + 1e-6
    assert cues[-1]["end_s"] <= 2.56


@pytest.mark.parametrize(("degrees", "corner"), [(0, "top left"), (90, "bottom left"), (-90, "top right")])
def test_a_phone_s_rotation_is_undone(studio: Studio, tmp_path: Path, degrees: int, corner: str) -> None:
    film = make_film(tmp_path / "phone.mp4", size=(640, 360), seconds=0.32, rotated=degrees, marks=(), layout=None)

    studio.ingest(film, "phone")

    with av.open(str(_file(studio, "phone"))) as made:
        picture = next(made.decode(video=0)).to_ndarray(format="rgb24").astype(int)
    # Upright in a 16:9 canvas: 202 columns in the middle, black beside them.
    left, right = (0, 639) if degrees == 0 else (220, 418)
    spots = {"top left": (4, left), "top right": (4, right), "bottom left": (355, left), "bottom right": (355, right)}
    red = [place for place, (y, x) in spots.items() if picture[y, x, 0] > 150 and picture[y, x, 1] < 80]
    assert red == [corner]
    assert degrees == 0 or picture[180, 20].max() < 20


def test_an_upright_film_counts_by_its_displayed_height(studio: Studio, tmp_path: Path) -> None:
    film = make_film(tmp_path / "tall.mp4", size=(1280, 720), seconds=0.32, rotated=90, marks=(), layout=None)

    assert studio.ingest(film, "tall").renditions == ("360p", "720p", "1080p")


def test_many_pictures_a_second_become_25(studio: Studio, tmp_path: Path) -> None:
    film = make_film(tmp_path / "quick.mp4", size=(160, 90), rate=240, seconds=0.64, marks=(), layout=None)

    assert studio.ingest(film, "quick").frames == 16


def test_the_same_film_twice_is_there_already(studio: Studio, tmp_path: Path) -> None:
    film = make_film(tmp_path / "one.mp4", seconds=0.32, marks=(), layout=None)
    first = studio.ingest(film, "one")

    again = studio.ingest(film, "one")

    assert first.fresh
    assert again == replace(first, fresh=False)
    with pytest.raises(BadInput, match="there already, as the clip 'one'"):
        studio.ingest(film, "two")


def test_a_name_stands_for_one_clip_forever(studio: Studio, tmp_path: Path) -> None:
    studio.ingest(make_film(tmp_path / "one.mp4", seconds=0.32, marks=(), layout=None), "one")

    with pytest.raises(BadInput, match="choose a new name"):
        studio.ingest(make_film(tmp_path / "two.mp4", seconds=0.64, marks=(), layout=None), "one")


def test_a_withdrawn_film_is_not_added_anew(studio: Studio, tmp_path: Path) -> None:
    film = make_film(tmp_path / "one.mp4", seconds=0.32, marks=(), layout=None)
    studio.ingest(film, "one")
    with studio.database.transaction() as session:
        withdraw(session, "one")

    with pytest.raises(BadInput, match="withdrawn"):
        studio.ingest(film, "one")


def test_another_init_is_refused_with_the_reason(studio: Studio, tmp_path: Path) -> None:
    studio.ingest(make_film(tmp_path / "one.mp4", seconds=0.32, marks=(), layout=None), "one")
    before = studio.left_behind()
    with studio.database.transaction() as session:
        session.query(Rendition).update({"init_sha256": "0" * 64})

    with pytest.raises(BadInput, match="360p init differs"):
        studio.ingest(make_film(tmp_path / "two.mp4", seconds=0.64, marks=(), layout=None), "two")

    assert sorted(studio.left_behind()) == sorted(before)


# -- what can't become a clip -----------------------------------------------------------------------


def _cut(path: Path, share: float) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def _damaged(path: Path) -> Path:
    data = bytearray(path.read_bytes())
    start = data.find(b"mdat") + 200
    for place in range(start, min(start + 4000, len(data)), 7):
        data[place] ^= 0xFF
    path.write_bytes(data)
    return path


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _claims_8k(path: Path) -> Path:
    """A picture nobody could hold, behind a header that says so."""
    make_film(path, size=(5000, 64), seconds=0.08, marks=(), layout=None)
    return path


BAD = {
    "empty": lambda at: _written(at / "x.mp4", b""),
    "noise": lambda at: _written(at / "x.mp4", bytes(range(256)) * 400),
    "text": lambda at: _written(at / "x.mp4", b"Dear customer, " * 300),
    "an HLS playlist": lambda at: _written(
        at / "x.mp4", b"#EXTM3U\n#EXTINF:2,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"
    ),
    "a concat script": lambda at: _written(at / "x.mp4", b"ffconcat version 1.0\nfile /etc/hostname\n"),
    "a picture": lambda at: _written(at / "x.mp4", b"\x89PNG\r\n\x1a\n" + bytes(2000)),
    "a folder": lambda at: at,
    "nothing there": lambda at: at / "absent.mp4",
    "cut MP4": lambda at: _cut(make_film(at / "x.mp4", seconds=0.8), 0.5),
    "cut Matroska": lambda at: _cut(make_film(at / "x.mkv", seconds=3.2, layout=None), 0.5),
    "cut transport stream": lambda at: _cut(make_film(at / "x.ts", seconds=0.8), 0.5),
    "damaged": lambda at: _damaged(make_film(at / "x.mp4", seconds=0.8)),
    "absurd size": lambda at: _claims_8k(at / "x.mp4"),
    "too long": lambda at: make_film(
        at / "x.mp4", size=(64, 64), rate=Fraction(1, 20), seconds=640, marks=(), layout=None
    ),
    "standing still": lambda at: make_film(
        at / "x.mkv", size=(64, 64), rate=Fraction(1, 60), seconds=180, marks=(), layout=None
    ),
    "too fast": lambda at: make_film(at / "x.mkv", size=(64, 64), rate=500, seconds=0.1, marks=(), layout=None),
}


@pytest.mark.parametrize("case", BAD)
def test_what_can_t_become_a_clip_is_refused_in_one_line_and_leaves_nothing(
    studio: Studio, tmp_path: Path, case: str
) -> None:
    source = BAD[case](tmp_path)

    with pytest.raises(BadInput) as refused:
        studio.ingest(source, "bad")

    assert "\n" not in str(refused.value)
    assert studio.left_behind() == []
    with studio.database.reading() as session:
        assert session.query(Clip).count() == 0


@pytest.mark.parametrize(
    "words",
    [
        {"name": "../up"},
        {"title": ""},
        {"language": "English please"},
        {"ai": AiRole("somewhat", "", False)},
        {"ai": AiRole("none", "", True)},
    ],
)
def test_words_no_clip_may_have_are_refused_before_any_work(studio: Studio, tmp_path: Path, words: dict) -> None:
    with pytest.raises(BadInput):
        studio.ingest(tmp_path / "never-opened.mp4", **{"name": "fine", **words})


# -- killed midway ----------------------------------------------------------------------------------

_CHILD = """
import sys
from pathlib import Path
from tests.plugin.media.conftest import QUICK, VAULT
from plugin.kernel.database import Database
from plugin.media.ingest import ClipOrder, ingest
from plugin.media.store import LocalStore
folder, source = Path(sys.argv[1]), Path(sys.argv[2])
database = Database(f"sqlite:///{folder / 'segue.sqlite3'}")
store = LocalStore(folder / "clips", VAULT, period_s=3600)
def progress(step, done):
    print(step, done, flush=True)
ingest(database, store, folder / "work", source, ClipOrder("one", "One", "en", effort=QUICK), progress=progress)
"""


@pytest.mark.parametrize("step", ["sound", "picture", "package", "check", "store"])
def test_a_killed_ingest_leaves_no_half_clip_and_running_it_again_finishes(
    studio: Studio, tmp_path: Path, step: str
) -> None:
    film = make_film(tmp_path / "one.mp4", size=(640, 360), seconds=1.6)
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(studio.folder), str(film)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    for line in child.stdout:
        if line.startswith(step):
            os.kill(child.pid, signal.SIGKILL)
            break
    child.wait()
    with studio.database.reading() as session:
        assert session.query(Clip).count() == 0

    made = studio.ingest(film, "one", title="One")

    assert made.fresh
    assert not any(path.startswith("work") for path in studio.left_behind())
    assert len(read_index(_file(studio, "one").read_bytes()).segments) == 1


def test_what_a_killed_ingest_left_is_swept_by_the_next(studio: Studio, tmp_path: Path) -> None:
    stale = studio.work / "0123456789abcdef0123456789abcdef"
    (stale / "scratch").mkdir(parents=True)
    (stale / "scratch" / "360p.h264").write_bytes(bytes(1000))

    studio.ingest(make_film(tmp_path / "one.mp4", seconds=0.32, marks=(), layout=None), "one")

    assert not stale.exists()


def test_a_clip_being_added_elsewhere_is_left_alone(studio: Studio, tmp_path: Path) -> None:
    film = make_film(tmp_path / "one.mp4", seconds=0.32, marks=(), layout=None)
    from plugin.media.ingest import _folder_name

    order = ClipOrder("one", "About one", "en", effort=QUICK)
    folder = studio.work / _folder_name(library.sha256_of(film), order)
    folder.mkdir(parents=True)

    with _locked(folder), pytest.raises(Busy, match="another process"):
        studio.ingest(film, "one")
