"""Films with more sound than two channels: heard whole, or refused, and never read past the end of a frame."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from plugin.kernel.errors import BadInput
from plugin.media.probe import SourceFacts
from plugin.media.quality.sound import listen

FACTS = SourceFacts(
    640, 360, sample_aspect=Fraction(1), turn="", matrix="bt709", start_s=0.0, duration_s=None, has_sound=True
)


def make_sound(path: Path, layout: str, codec: str) -> Path:
    """A second of a tone in every channel, at full scale for a moment."""
    tone = (0.2 * 32767 * np.sin(np.arange(48_000) * 0.04)).astype(np.int16)
    tone[24_000:24_040] = 32767
    with av.open(str(path), "w") as made:
        stream = made.add_stream(codec, rate=48_000, layout=layout)
        channels = stream.codec_context.layout.nb_channels
        for start in range(0, 48_000, 1_000):
            part = np.repeat(tone[start : start + 1_000], channels).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(part), format="s16", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("layout", "codec"),
    [("7.1", "aac"), ("5.1", "aac"), ("mono", "aac"), ("7.1", "pcm_s16le"), ("stereo", "pcm_s16le")],
)
def test_sound_of_up_to_eight_channels_is_heard(tmp_path: Path, layout: str, codec: str) -> None:
    heard = listen(make_sound(tmp_path / "film.mkv", layout, codec), FACTS, levelled=False)

    assert heard.lasting_s == pytest.approx(1.0, abs=0.1)
    assert heard.loudness_lufs is not None
    # Exact samples come through uncompressed sound alone.
    assert bool(heard.clips.starts_s) or codec == "aac"


def test_sound_of_more_is_refused(tmp_path: Path) -> None:
    film = make_sound(tmp_path / "film.mkv", "hexadecagonal", "pcm_s16le")

    with pytest.raises(BadInput, match="16 channels; at most 8"):
        listen(film, FACTS, levelled=False)
