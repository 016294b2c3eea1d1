"""Makes `faces/*.jpg` from scikit-image's `astronaut.png` (NASA, public domain): `python -m tests.attention.make_faces
PNG`.

The head is lifted off its background with the depth the face model itself sees, turned in space, and put before a
plain wall; lids are closed by stretching the skin above them. What it makes is checked in, so that no test needs the
picture or this script.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mediapipe import Image, ImageFormat
from mediapipe.tasks.python import BaseOptions, vision

HERE = Path(__file__).parent
MODEL = HERE.parents[1] / "static/vendor/mediapipe/face_landmarker.task"
WIDTH, HEIGHT = 320, 240
HEAD_PX = 105
"""How wide the face stands in the finished picture."""
_UP = 4
_DEEP = 1.3
"""A face is deeper than the model says; so much makes an angle come out of it as it went in, near the front."""
_LIDS = (((33, 133), (160, 159, 158), (144, 145, 153)), ((362, 263), (385, 386, 387), (380, 374, 373)))
"""Corners, upper and lower lid of each eye."""

Picture = np.ndarray[Any, np.dtype[Any]]


class Head:
    """A head with depth: its pixels, and where each lies before the camera."""

    def __init__(self, picture: Picture) -> None:
        landmarks = _landmarks(picture)
        middle, span = landmarks[:, :2].mean(0), float(np.ptp(landmarks[:, 0]))
        side = int(span * 2.2)
        corner = (middle - side / 2 - [0, span * 0.12]).astype(int)
        cut = picture[corner[1] : corner[1] + side, corner[0] : corner[0] + side]
        self.scale = HEAD_PX / span
        size = int(side * self.scale) * _UP
        self.pixels = cv2.resize(cut, (size, size), interpolation=cv2.INTER_CUBIC)
        self.points = (landmarks - [*corner, 0]) * self.scale * _UP * [1, 1, _DEEP]
        self.span = span * self.scale * _UP

    def closed(self, share: float = 1.0) -> Picture:
        """The pixels with the lids drawn down by that share."""
        out = self.pixels.copy()
        for (left, right), upper, lower in _LIDS:
            out = self._close(out, self.points[[left, right]], self.points[[*upper]], self.points[[*lower]], share)
        return out

    def _close(self, pixels: Picture, corners: Picture, upper: Picture, lower: Picture, share: float) -> Picture:
        x0, x1 = np.sort(corners[:, 0])
        tall = lower[:, 1].mean() - upper[:, 1].mean()
        rows, columns = np.mgrid[: len(pixels), : len(pixels)].astype(np.float32)
        across = np.clip((columns - x0) / (x1 - x0), 0, 1)
        bend = np.sin(np.pi * across) * ((columns > x0) & (columns < x1))
        base = np.interp(columns[0], np.sort(corners[:, 0]), corners[np.argsort(corners[:, 0]), 1])
        top = base - tall * 1.9
        # Above the upper lid all is stretched down to the lower one, so that skin lies where the eye was.
        lid, low = base - 0.62 * tall * bend, base + (share * 1.24 - 0.62) * tall * bend
        inside = (rows > top) & (rows < low) & (bend > 0)
        share_down = np.clip((rows - top) / np.maximum(low - top, 1e-3), 0, 1)
        source = np.where(inside, top + share_down * (lid - 0.16 * tall - top), rows).astype(np.float32)
        out = cv2.remap(pixels, columns, source, cv2.INTER_LINEAR)
        line = np.exp(-(((rows - low) / (0.10 * tall)) ** 2)) * (bend > 0.15) * (rows > base - tall)
        return (out * (1 - 0.55 * line[..., None])).astype(np.uint8)

    def depth(self) -> Picture:
        """How far each pixel lies behind the nearest, in pixels: the model's own depth within, a skull without."""
        size = len(self.pixels)
        rows, columns = np.mgrid[:size, :size].astype(np.float64)
        centre = self.points[:, :2].mean(0)
        away = np.hypot((columns - centre[0]) / (0.62 * self.span), (rows - centre[1]) / (0.80 * self.span))
        skull = self.span * 0.75 * (1 - np.sqrt(np.clip(1 - np.clip(away, 0, 1) ** 2, 0, 1)))
        face = _spread(self.points, size)
        inside = cv2.GaussianBlur(_hull(self.points, size), (0, 0), self.span * 0.05)
        near = float(self.points[:, 2].min())
        edge = np.percentile(self.points[:, 2], 90) - near
        skull = skull - float(skull[inside > 0.5].mean()) + edge * 0.55
        return np.asarray(inside * (face - near) + (1 - inside) * skull)

    def mask(self) -> Picture:
        """1 on the head and its hair, 0 beside."""
        size = len(self.pixels)
        rows, columns = np.mgrid[:size, :size]
        centre = self.points[:, :2].mean(0) - [0, self.span * 0.10]
        away = np.hypot((columns - centre[0]) / (0.66 * self.span), (rows - centre[1]) / (0.88 * self.span))
        return np.asarray(np.clip((1 - away) / 0.05, 0, 1))

    def turned(
        self,
        *,
        yaw: float = 0,
        pitch: float = 0,
        roll: float = 0,
        closed: float = 0,
        at: tuple[float, float] = (0.5, 0.5),
        size: float = 1,
    ) -> Picture:
        """The head before its wall, in RGB; angles in degrees, `at` the middle of the face in shares of the picture."""
        pixels, depth, mask = self.closed(closed) if closed else self.pixels, self.depth(), self.mask()
        rows, columns = np.nonzero(mask > 0.02)
        centre = np.array([*self.points[:, :2].mean(0), self.span * 0.42])
        space = np.stack([columns, rows, depth[rows, columns]], 1) - centre
        space = space @ _rotation(yaw, pitch, roll).T
        nearness = 1 + 0.12 * -space[:, 2] / self.span
        places = space[:, :2] * nearness[:, None] * size + np.array(at) * [WIDTH * _UP, HEIGHT * _UP]
        out = wall(_UP).astype(np.float32)
        order = np.argsort(-space[:, 2])
        seen = np.zeros(out.shape[:2], np.float32)
        drawn = np.zeros_like(out)
        for right in range(-3, 4):
            for down in range(-3, 4):
                x = np.round(places[order, 0]).astype(int) + right
                y = np.round(places[order, 1]).astype(int) + down
                fits = (x >= 0) & (x < WIDTH * _UP) & (y >= 0) & (y < HEIGHT * _UP)
                drawn[y[fits], x[fits]] = pixels[rows, columns][order][fits]
                seen[y[fits], x[fits]] = mask[rows, columns][order][fits]
        out = drawn * seen[..., None] + out * (1 - seen[..., None])
        return cv2.resize(out, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.uint8)


def wall(up: int = 1) -> Picture:
    """An evenly lit room with nobody in it, RGB."""
    rows, columns = np.mgrid[: HEIGHT * up, : WIDTH * up].astype(np.float32) / up
    light = 168 - 0.18 * rows - 0.06 * columns
    light += np.where(columns > 250, -34, 0)
    return np.stack([light, light * 0.97, light * 0.92], 2)


def _landmarks(picture: Picture) -> Picture:
    options = vision.FaceLandmarkerOptions(base_options=BaseOptions(model_asset_path=str(MODEL)))
    with vision.FaceLandmarker.create_from_options(options) as landmarker:
        found = landmarker.detect(Image(ImageFormat.SRGB, picture)).face_landmarks[0]
    height, width = picture.shape[:2]
    return np.array([(point.x * width, point.y * height, point.z * width) for point in found])


def _spread(points: Picture, size: int) -> Picture:
    """Depth everywhere from the depth at the landmarks: nearer ones weigh more."""
    coarse = 60
    grid = (np.mgrid[:coarse, :coarse] + 0.5) * size / coarse
    flat = np.stack([grid[1].ravel(), grid[0].ravel()], 1)
    away = ((flat[:, None, :] - points[None, :, :2]) ** 2).sum(2) + (size * 0.02) ** 2
    weight = 1 / away**2
    depth = (weight * points[None, :, 2]).sum(1) / weight.sum(1)
    return np.asarray(cv2.resize(depth.reshape(coarse, coarse), (size, size), interpolation=cv2.INTER_CUBIC))


def _hull(points: Picture, size: int) -> Picture:
    drawn = np.zeros((size, size), np.float64)
    cv2.fillConvexPoly(drawn, cv2.convexHull(points[:, :2].astype(np.int32)), 1.0)
    return drawn


def _rotation(yaw: float, pitch: float, roll: float) -> Picture:
    a, b, c = np.radians([yaw, pitch, roll])
    around_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    around_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    around_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return np.asarray(around_z @ around_x @ around_y)


def main(png: str) -> None:
    picture = cv2.cvtColor(cv2.imread(png), cv2.COLOR_BGR2RGB)
    head = Head(picture)
    front = head.turned()
    made = {
        "front": front,
        "rolled": head.turned(roll=18),
        "yaw15": head.turned(yaw=15),
        "yaw30": head.turned(yaw=30),
        "yaw50": head.turned(yaw=50),
        "yaw-50": head.turned(yaw=-50),
        "yaw65": head.turned(yaw=65),
        "yaw-65": head.turned(yaw=-65),
        "down30": head.turned(pitch=30),
        "up30": head.turned(pitch=-30),
        "half-closed": head.turned(closed=0.5),
        "closed": head.turned(closed=1.0),
        "cut-off": head.turned(at=(0.02, 0.5)),
        "far": head.turned(size=0.2),
        "nobody": wall().astype(np.uint8),
        "dark": (front * 0.05).astype(np.uint8),
    }
    (HERE / "faces").mkdir(exist_ok=True)
    for name, rgb in made.items():
        cv2.imwrite(
            str(HERE / f"faces/{name}.jpg"), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92]
        )


if __name__ == "__main__":
    main(sys.argv[1])
