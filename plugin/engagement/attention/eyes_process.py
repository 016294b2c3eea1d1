"""The process that looks at pictures: `python -m plugin.engagement.attention.eyes_process THREADS`.

It is alone with the native decoders: it can write no file, keeps nothing, and ends with its parent. Pictures come on
standard input as `id (4 bytes) length (4 bytes) JPEG`, answers go out as `id length JSON`. One landmarker to a thread,
as they can't be shared, and each picture is looked at by itself: nothing is carried from one viewer to the next.
"""

from __future__ import annotations

import os
import queue
import resource
import struct
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

HEADER = struct.Struct(">II")
MODEL = Path(__file__).resolve().parents[3] / "static/vendor/mediapipe/face_landmarker.task"
_MEMORY = 4 << 30
"""Of addresses, not of memory: the runtime reserves far more than it uses."""
_FILES = 64
_LIGHT = (16, 12)

Look = Callable[[bytes], dict[str, Any]]


def main(threads: int) -> None:
    """Look at what comes until nothing comes any more."""
    out = os.fdopen(os.dup(1), "wb")
    # Whatever a library prints goes nowhere, and never between two answers.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    work: queue.Queue[tuple[int, bytes]] = queue.Queue(maxsize=threads * 4)
    lock = threading.Lock()
    look = make_look()
    for _ in range(threads):
        threading.Thread(target=_serve, args=(work, out, lock, look), daemon=True).start()
    _limit()
    _answer(out, lock, 0, {"ready": True})
    while header := _read(sys.stdin.buffer, HEADER.size):
        id_, length = HEADER.unpack(header)
        work.put((id_, _read(sys.stdin.buffer, length)))


def make_look() -> Callable[[], Look]:
    """What makes one thread's look: the libraries are loaded here, once."""
    import cv2
    import mediapipe
    import numpy as np
    from mediapipe.tasks.python import BaseOptions, vision

    from plugin.engagement.attention.look import look_of

    cv2.setNumThreads(1)
    model = MODEL.read_bytes()

    def one() -> Look:
        options = vision.FaceLandmarkerOptions(
            base_options=BaseOptions(model_asset_buffer=model), running_mode=vision.RunningMode.IMAGE, num_faces=1
        )
        landmarker = vision.FaceLandmarker.create_from_options(options)

        def look(jpeg: bytes) -> dict[str, Any]:
            picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
            if picture is None:
                return {"refused": True}
            rgb = np.ascontiguousarray(picture[:, :, ::-1])
            found = landmarker.detect(mediapipe.Image(mediapipe.ImageFormat.SRGB, rgb)).face_landmarks
            small = cv2.resize(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), _LIGHT, interpolation=cv2.INTER_AREA)
            height, width = rgb.shape[:2]
            points = [(point.x, point.y, point.z) for point in found[0]] if found else None
            return {
                "look": asdict(look_of(points, width, height)) if points else None,
                "light": float(small.mean()),
            }

        return look

    return one


def _serve(work: queue.Queue[tuple[int, bytes]], out: BinaryIO, lock: threading.Lock, make: Callable[[], Look]) -> None:
    look = make()
    while True:
        id_, jpeg = work.get()
        try:
            answer = look(jpeg)
        except Exception:
            answer = {"refused": True}
        _answer(out, lock, id_, answer)


def _answer(out: BinaryIO, lock: threading.Lock, id_: int, answer: dict[str, Any]) -> None:
    import orjson

    body = orjson.dumps(answer)
    with lock:
        out.write(HEADER.pack(id_, len(body)) + body)
        out.flush()


def _read(stream: BinaryIO, length: int) -> bytes:
    data = stream.read(length)
    return data if len(data) == length else b""


def _limit() -> None:
    """No file can be written, no core dumped, no more opened than there is reason for."""
    for limit, most in (
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _FILES),
        (resource.RLIMIT_AS, _MEMORY),
    ):
        resource.setrlimit(limit, (most, most))


if __name__ == "__main__":
    main(int(sys.argv[1]))
