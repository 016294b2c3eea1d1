"""The one long picture every clip crosses a leg of: a night train from a city at dusk to the sea at sunrise.

A point of the journey is one number: leg `k` runs from `k` to `k + 1`, whatever the clip's length. So the last picture
of any clip is one frame before the first of any clip of the next leg, and every join looks meant.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import cache
from itertools import pairwise

import skia

from demo.picture import CORAL, HEIGHT, WIDTH, clamp, crescent, fill, mix, ramp, rounded, stroke

LEGS = 6
TRAVEL = 1000
"""Pixels the rails pass by in one leg."""
SHADES = 400
TURN_S = 2.0
RAIL_Y = 884
GLOW_X, GLOW_Y = 1400, 800

# One row a leg boundary, from dusk to sunrise: seven bands of sky from the glow outward, then the land, far to near.
SKY = (
    ("#ffb773", "#f98f63", "#dd6a6a", "#ae4f75", "#7a4078", "#4c306d", "#2d2356"),
    ("#b8718a", "#955f8a", "#735185", "#54437a", "#3c366f", "#292b61", "#1c2152"),
    ("#4a4d8a", "#3d4482", "#313b78", "#27336d", "#1e2b61", "#172454", "#111c47"),
    ("#34437f", "#2b3b76", "#23336c", "#1c2b61", "#162456", "#111d4a", "#0d173e"),
    ("#6f7ba3", "#556699", "#40568d", "#30487f", "#243b70", "#1b3061", "#142651"),
    ("#ffc08f", "#e59a8c", "#a97790", "#73658d", "#4b5788", "#2f4879", "#1f3a69"),
    ("#ffe0a3", "#ffc58c", "#ef9f83", "#a06c88", "#6c628f", "#445987", "#2b4a78"),
)
LAND = (
    ("#8a4673", "#5d376e", "#3d2b60", "#2a2150", "#1d183f", "#120f2c"),
    ("#5a467e", "#40386f", "#2c2c5e", "#1f224d", "#161a3e", "#0d102a"),
    ("#333f7a", "#26336b", "#1c285a", "#141f4a", "#0f183b", "#090f29"),
    ("#273671", "#1d2c63", "#162354", "#101b45", "#0c1537", "#070c25"),
    ("#3c5389", "#2c4478", "#203768", "#172b56", "#102145", "#0a152f"),
    ("#6d6994", "#575f8b", "#3d517f", "#2a406c", "#1c3057", "#10203d"),
    ("#8a7394", "#6f6b92", "#566a90", "#38557e", "#254267", "#152c4a"),
)
STARS = (0.0, 0.45, 1.0, 1.0, 0.7, 0.12, 0.0)
AWAKE = (0.96, 0.85, 0.5, 0.2, 0.14, 0.4, 0.7)
"""Which part of the train's windows is lit: people go to bed."""


def _between(table: tuple[float, ...], u: float) -> float:
    k = min(int(u), LEGS - 1)
    return table[k] + (table[k + 1] - table[k]) * (u - k)


@cache
def _colours(table: tuple[tuple[str, ...], ...], step: int) -> tuple[str, ...]:
    u = step / SHADES
    k = min(int(u), LEGS - 1)
    return tuple(mix(a, b, u - k) for a, b in zip(table[k], table[k + 1], strict=True))


def land(u: float) -> tuple[str, ...]:
    """The land's six colours at a point of the journey, far to near."""
    return _colours(LAND, round(u * SHADES))


def sky(u: float) -> tuple[str, ...]:
    """The sky's seven colours, from the glow outward."""
    return _colours(SKY, round(u * SHADES))


def light(u: float, length_s: float) -> float:
    """Which point of the journey the light is at: it turns between scenes, and holds while there is much to read.

    So a coder has nothing to do with the sky most of the time, and large areas stay clean at a low rate.
    """
    leg = min(int(u), LEGS - 1)
    t = (u - leg) * length_s
    come, go = 1 - (1 - ramp(t, 0, TURN_S)) ** 2, ramp(t, length_s - TURN_S, TURN_S) ** 2
    return leg + 0.5 * come + 0.5 * go


# -- shapes of the land, made once --------------------------------------------

RADII = (250, 400, 570, 770, 1010, 1300)


def _span(depth: float) -> float:
    return WIDTH + depth * TRAVEL * LEGS + 80


def _profile(depth: float, top: Callable[[float], float], step: float) -> skia.Path:
    path = skia.Path()
    path.moveTo(-60, HEIGHT)
    x, end = -60.0, _span(depth)
    while x <= end:
        path.lineTo(x, top(x))
        x += step
    path.lineTo(end, HEIGHT)
    path.close()
    return path


def _inland(x: float, depth: float) -> float:
    """1 inland, falling to 0 where this layer reaches the sea."""
    shore = depth * TRAVEL * 4.45 + WIDTH * 0.62
    gone: float = clamp((x - shore) / (260 + 700 * depth)) ** 1.5
    return 1 - gone


@cache
def mountains() -> tuple[skia.Path, skia.Path]:
    """The far range, and the faces of it that the glow lights."""
    draw = random.Random(11)
    depth = 0.12
    peaks: list[tuple[float, float]] = []
    x = -200.0
    while x < _span(depth) + 200:
        grand = 0.55 + 0.45 * math.sin((x - 500) / 520) ** 2
        height = (120 + 190 * draw.random()) * grand * _inland(x, depth)
        peaks.append((x, 762 - height))
        x += 120 + 120 * draw.random()
    body, lit = skia.Path(), skia.Path()
    body.moveTo(-260, HEIGHT)
    for (px, py), (nx, ny) in pairwise(peaks):
        body.lineTo(px, py)
        valley = max(py, ny) + 34 + 30 * draw.random()
        vx = (px + nx) / 2 + 20 * (draw.random() - 0.5)
        body.lineTo(vx, min(valley, 770))
        drop = min(valley, 770) - py
        if drop > 30:
            lit.moveTo(px, py)
            lit.lineTo(px + (vx - px) * 0.98, py + drop * 0.98)
            lit.lineTo(px + (vx - px) * 0.46, py + drop * 0.86)
            lit.lineTo(px + (vx - px) * 0.30, py + drop * 0.52)
            lit.lineTo(px - (vx - px) * 0.10, py + drop * 0.40)
            lit.close()
    body.lineTo(_span(depth) + 300, HEIGHT)
    body.close()
    return body, lit


@cache
def ridge() -> skia.Path:
    """Rounded hills behind the hills."""
    depth = 0.24

    def top(x: float) -> float:
        wave = 46 * math.sin(x / 210 + 1) + 30 * math.sin(x / 97) + 14 * math.sin(x / 41 + 2)
        return 800 - (74 + wave) * _inland(x, depth)

    return _profile(depth, top, 10)


def _hill(x: float) -> float:
    wave = 30 * math.sin(x / 260 + 0.4) + 17 * math.sin(x / 118 + 2)
    return 838 - (58 + wave) * _inland(x, 0.42) - 8


@cache
def hills() -> skia.Path:
    """The middle ground, with its wood."""
    depth = 0.42
    path = _profile(depth, _hill, 10)
    draw = random.Random(4)
    x = 1060.0
    while x < _span(depth):
        x += 10 + 30 * draw.random()
        wooded = math.sin(x / 310 + 1.2) > -0.25
        if wooded and _inland(x, depth) > 0.35:
            _pine(path, x, _hill(x) + 6, 34 + 30 * draw.random())
    return path


def _pine(path: skia.Path, x: float, y: float, h: float) -> None:
    for part, wide in ((0.0, 0.22), (0.26, 0.30), (0.50, 0.38)):
        top = y - h + h * part
        path.moveTo(x, top)
        path.lineTo(x + h * wide * 0.5 + h * 0.05, top + h * 0.42)
        path.lineTo(x - h * wide * 0.5 - h * 0.05, top + h * 0.42)
        path.close()
    path.addRect(skia.Rect(x - h * 0.03, y - h * 0.12, x + h * 0.03, y))


@cache
def city() -> tuple[skia.Path, skia.Path, skia.Path]:
    """Two rows of houses behind the station, and their lit windows."""
    draw = random.Random(21)
    back, front, panes = skia.Path(), skia.Path(), skia.Path()
    for path, base, tall, start, end in ((back, 850, 190, -60, 1100), (front, 860, 120, -60, 1010)):
        x = float(start)
        while x < end:
            w = 48 + 62 * draw.random()
            thin = 1 - clamp((x - end + 480) / 480) * 0.75
            h = (0.42 + 0.58 * draw.random()) * tall * thin
            top = base - h
            path.addRect(skia.Rect(x, top, x + w, HEIGHT))
            roof = draw.random()
            if roof < 0.34:
                path.moveTo(x - 3, top)
                path.lineTo(x + w / 2, top - w * 0.42)
                path.lineTo(x + w + 3, top)
                path.close()
            elif roof < 0.5:
                path.addRect(skia.Rect(x + w * 0.6, top - 20, x + w * 0.72, top))
            elif roof < 0.58:
                path.addArc(skia.Rect(x + 4, top - w / 2 + 4, x + w - 4, top + w / 2 - 4), 180, 180)
                path.addRect(skia.Rect(x + w / 2 - 2, top - w / 2 - 16, x + w / 2 + 2, top - w / 2 + 8))
            rows, columns = int(h // 24), int(w // 17)
            for row in range(rows):
                for column in range(columns):
                    if draw.random() < 0.4:
                        wx, wy = x + 7 + column * 17, top + 11 + row * 24
                        panes.addRect(skia.Rect(wx, wy, wx + 7, wy + 11))
            x += w + (draw.random() < 0.25) * 14
    # A church and a clock tower, so that the skyline has a voice of its own.
    for x, w, h in ((372, 46, 268), (748, 34, 214)):
        back.addRect(skia.Rect(x, 850 - h, x + w, HEIGHT))
        back.moveTo(x - 6, 850 - h)
        back.lineTo(x + w / 2, 850 - h - w * 1.9)
        back.lineTo(x + w + 6, 850 - h)
        back.close()
    return back, front, panes


@cache
def village() -> tuple[skia.Path, skia.Path]:
    """A few houses and a chapel in the hills of the second half of the night, and their lamps."""
    houses, lamps = skia.Path(), skia.Path()
    draw = random.Random(8)
    for centre in (2250, 3350):
        for index in range(9):
            x = centre + index * 46 + 16 * draw.random()
            y = _hill(x + 15) + 10
            w, h = 30 + 10 * draw.random(), 20 + 8 * draw.random()
            houses.addRect(skia.Rect(x, y - h, x + w, y + 20))
            houses.moveTo(x - 4, y - h)
            houses.lineTo(x + w / 2, y - h - 15)
            houses.lineTo(x + w + 4, y - h)
            houses.close()
            if draw.random() < 0.75:
                lamps.addRect(skia.Rect(x + 8, y - h + 6, x + 14, y - h + 14))
        x = centre + 190.0
        y = _hill(x)
        houses.addRect(skia.Rect(x, y - 66, x + 18, y + 20))
        houses.moveTo(x - 3, y - 66)
        houses.lineTo(x + 9, y - 102)
        houses.lineTo(x + 21, y - 66)
        houses.close()
    return houses, lamps


def _bank(x: float) -> float:
    return 872 - (22 + 12 * math.sin(x / 330) + 8 * math.sin(x / 141 + 1)) * _inland(x, 0.75)


@cache
def bank() -> skia.Path:
    """The near bank, with trees of two kinds."""
    depth = 0.75
    path = _profile(depth, _bank, 12)
    draw = random.Random(33)
    x = 1420.0
    while x < _span(depth):
        x += 36 + 150 * draw.random()
        if _inland(x, depth) < 0.3:
            continue
        y = _bank(x) + 8
        if draw.random() < 0.62:
            _pine(path, x, y, 70 + 56 * draw.random())
        else:
            r = 20 + 14 * draw.random()
            path.addCircle(x, y - r * 1.7, r)
            path.addCircle(x - r * 0.8, y - r * 1.2, r * 0.72)
            path.addCircle(x + r * 0.8, y - r * 1.15, r * 0.68)
            path.addRect(skia.Rect(x - 3, y - r * 1.4, x + 3, y + 4))
    return path


@cache
def masts() -> skia.Path:
    """The line's masts and their arms."""
    path = skia.Path()
    for index in range(int(_span(1.0) / 430) + 2):
        x = index * 430 + 90
        path.addRect(skia.Rect(x - 3.5, RAIL_Y - 190, x + 3.5, RAIL_Y + 8))
        path.addRect(skia.Rect(x - 3, RAIL_Y - 176, x + 56, RAIL_Y - 171))
        path.moveTo(x, RAIL_Y - 150)
        path.lineTo(x + 50, RAIL_Y - 172)
        path.lineTo(x + 50, RAIL_Y - 176)
        path.lineTo(x, RAIL_Y - 156)
        path.close()
        path.addRect(skia.Rect(x + 46, RAIL_Y - 172, x + 50, RAIL_Y - 154))
    return path


@cache
def verge() -> skia.Path:
    """The dark edge of the field before our eyes."""
    draw = random.Random(5)
    depth = 1.3

    def top(x: float) -> float:
        return 986 + 16 * math.sin(x / 420) + 9 * math.sin(x / 173 + 2)

    path = _profile(depth, top, 14)
    x = 0.0
    while x < _span(depth):
        x += 200 + 420 * draw.random()
        for blade in range(draw.randint(3, 6)):
            bx, lean = x + blade * 11, 14 * (draw.random() - 0.5)
            h = 20 + 34 * draw.random()
            path.moveTo(bx - 4, top(bx) + 8)
            path.lineTo(bx + lean, top(bx) - h)
            path.lineTo(bx + 4, top(bx) + 8)
            path.close()
    return path


@cache
def stars() -> tuple[tuple[float, float, float, float], ...]:
    """x, y, radius, twinkle."""
    draw = random.Random(77)
    return tuple(
        (draw.random() * 2200, draw.random() ** 1.25 * 700, 1.2 + 1.9 * draw.random() ** 3, draw.random())
        for _ in range(150)
    )


@cache
def clouds() -> tuple[skia.Path, ...]:
    """Long flat clouds, each of a few lozenges."""
    draw = random.Random(13)
    out = []
    for index in range(9):
        path = skia.Path()
        x, y = index * 360 + 240 * draw.random(), 590 + 100 * draw.random()
        for row in range(3):
            w = (300 - row * 70) * (0.7 + 0.6 * draw.random())
            dx = 70 * (draw.random() - 0.5)
            path.addRoundRect(skia.Rect(x + dx - w / 2, y - row * 11, x + dx + w / 2, y - row * 11 + 13), 6.5, 6.5)
        out.append(path)
    return tuple(out)


# -- the train ----------------------------------------------------------------

COACH, GAP, LOCO = 392, 10, 430
FRONT_X = 1470.0
BODY, ROOF, UNDER = "#27316e", "#3b4890", "#0c1130"


@cache
def _sleepers() -> tuple[tuple[float, float], ...]:
    """For every window: when its light goes out, and what hangs in it."""
    draw = random.Random(2)
    return tuple((draw.random(), draw.random()) for _ in range(36))


def _train(canvas: skia.Canvas, u: float) -> None:
    day = ramp(u, 4.6, 1.4)
    body, roof = mix(BODY, "#33498c", day), mix(ROOF, "#6b86bd", day)
    glass = mix("#141a42", "#a9c3d8", day * 0.75)
    lit = mix("#ffd27f", "#ffe3ab", day)
    front, base = FRONT_X, RAIL_Y - 16.0
    awake = _between(AWAKE, u)
    x = front - LOCO
    for coach in range(4):
        x -= COACH + GAP
        canvas.drawRect(skia.Rect(x + COACH - 4, base - 62, x + COACH + GAP + 6, base - 8), fill(UNDER))
        rounded(canvas, x, base - 104, COACH, 104, 13, fill(body))
        canvas.save()
        canvas.clipRect(skia.Rect(x, base - 106, x + COACH, base - 88))
        rounded(canvas, x, base - 104, COACH, 104, 13, fill(roof))
        canvas.restore()
        canvas.drawRect(skia.Rect(x, base - 30, x + COACH, base - 25), fill("#f2bd62"))
        for index, (asleep_at, hung) in enumerate(_sleepers()[coach * 9 : coach * 9 + 9]):
            wx = x + 21 + index * 40
            glow = clamp((awake - asleep_at) * 12)
            rounded(canvas, wx, base - 76, 30, 36, 6, fill(mix(glass, lit, glow)))
            if hung < 0.34:
                canvas.drawRect(skia.Rect(wx, base - 73, wx + 30, base - 62), fill(CORAL, 0.55 * glow))
            elif hung < 0.8:
                canvas.drawRect(skia.Rect(wx + 3, base - 58, wx + 27, base - 55), fill(roof, 0.7 * (1 - glow)))
        _wheels(canvas, x, base, COACH)
    x = front - LOCO
    nose = skia.Path()
    nose.moveTo(x + 13, base - 108)
    nose.lineTo(x + LOCO - 150, base - 108)
    nose.cubicTo(x + LOCO - 70, base - 106, x + LOCO - 8, base - 64, x + LOCO, base - 26)
    nose.cubicTo(x + LOCO + 2, base - 10, x + LOCO - 6, base, x + LOCO - 24, base)
    nose.lineTo(x + 6, base)
    nose.cubicTo(x + 2, base, x, base - 2, x, base - 6)
    nose.lineTo(x, base - 95)
    nose.cubicTo(x, base - 103, x + 5, base - 108, x + 13, base - 108)
    nose.close()
    canvas.drawPath(nose, fill(body))
    canvas.save()
    canvas.clipPath(nose, True)
    canvas.drawRect(skia.Rect(x, base - 110, x + LOCO, base - 91), fill(roof))
    canvas.drawRect(skia.Rect(x, base - 30, x + LOCO, base - 25), fill("#f2bd62"))
    pane = skia.Path()
    pane.moveTo(x + LOCO - 138, base - 88)
    pane.lineTo(x + LOCO - 84, base - 88)
    pane.cubicTo(x + LOCO - 62, base - 78, x + LOCO - 44, base - 64, x + LOCO - 32, base - 50)
    pane.lineTo(x + LOCO - 128, base - 50)
    pane.cubicTo(x + LOCO - 138, base - 50, x + LOCO - 142, base - 54, x + LOCO - 142, base - 60)
    pane.close()
    canvas.drawPath(pane, fill(mix("#8fb7d6", "#d9ecf4", day)))
    canvas.restore()
    for index in range(4):
        rounded(canvas, x + 24 + index * 26, base - 76, 15, 30, 5, fill(roof))
    canvas.drawPath(crescent(x + 206, base - 60, 22), fill("#f2bd62"))
    _wheels(canvas, x, base, LOCO - 40)
    canvas.drawCircle(x + LOCO - 12, base - 20, 6.5, fill("#fff3cf"))


def _wheels(canvas: skia.Canvas, x: float, base: float, length: float) -> None:
    canvas.drawRect(skia.Rect(x + 30, base, x + length - 24, base + 5), fill(UNDER))
    for wx in (x + 48, x + 90, x + length - 90, x + length - 48):
        canvas.drawCircle(wx, base + 6, 11, fill(UNDER))
        canvas.drawCircle(wx, base + 6, 4, fill(ROOF))


def _lamp(canvas: skia.Canvas, mood: float) -> None:
    x, y = FRONT_X - 12, RAIL_Y - 36
    strength = 0.17 * (1 - ramp(mood, 4.3, 1.0))
    for radius in (64, 38, 19):
        canvas.drawCircle(x, y, radius, fill("#ffe9b0", strength))
    for reach in (330, 210, 110):
        rounded(canvas, x - 8, RAIL_Y, reach, 5, 2.5, fill("#ffe9b0", strength * 1.6))


# -- a picture of it ----------------------------------------------------------


def _shifted(canvas: skia.Canvas, u: float, depth: float, *parts: tuple[skia.Path, skia.Paint]) -> None:
    canvas.save()
    canvas.translate(-depth * TRAVEL * u, 0)
    for path, paint in parts:
        canvas.drawPath(path, paint)
    canvas.restore()


def draw_sky(canvas: skia.Canvas, u: float, mood: float) -> None:
    """Everything behind the mountains."""
    bands = sky(mood)
    canvas.clear(skia.Color(*(int(bands[6][i : i + 2], 16) for i in (1, 3, 5))))
    for radius, colour in zip(reversed(RADII), reversed(bands[:6]), strict=True):
        canvas.drawCircle(GLOW_X, GLOW_Y, radius, fill(colour))
    bright = _between(STARS, mood)
    if bright > 0.01:
        for x, y, r, phase in stars():
            shine = bright * (0.65 + 0.35 * math.sin(mood * 5 + phase * 40)) * (0.6 + 0.4 * phase)
            canvas.drawCircle(x - 100, y, r, fill("#fff6e0", shine))
    risen = ramp(u, 4.55, 1.45)
    if risen > 0:
        canvas.drawCircle(GLOW_X, 1010 - 330 * risen, 118, fill(mix("#ffd08a", "#fff1c4", risen)))
    tone = mix(bands[2], bands[4], 0.35)
    for index, path in enumerate(clouds()):
        _shifted(canvas, u, 0.05 + 0.02 * (index % 3), (path, fill(tone, 0.5)))


def draw_land(canvas: skia.Canvas, u: float, mood: float) -> None:
    """From the mountains to the grass before our eyes, train and all."""
    far, mid, hill, near, ground, fore = land(mood)
    bands = sky(mood)
    range_, faces = mountains()
    _shifted(
        canvas, u, 0.12, (range_, fill(far)), (faces, fill(mix(far, bands[0], 0.2 + 0.22 * _between(STARS, mood))))
    )
    _sea(canvas, u, mood)
    _shifted(canvas, u, 0.24, (ridge(), fill(mid)))
    back, front, panes = city()
    if u < 2.6:
        _shifted(
            canvas,
            u,
            0.42,
            (back, fill(mix(hill, near, 0.3))),
            (front, fill(mix(hill, near, 0.75))),
            (panes, fill("#ffcf7d", 0.85)),
        )
    houses, lamps = village()
    _shifted(
        canvas, u, 0.42, (hills(), fill(hill)), (houses, fill(mix(hill, near, 0.5))), (lamps, fill("#ffcf7d", 0.9))
    )
    _shifted(canvas, u, 0.75, (bank(), fill(near)))
    _shifted(canvas, u, 1.0, (masts(), fill(ground)))
    canvas.drawLine(0, RAIL_Y - 152, WIDTH, RAIL_Y - 152, stroke(ground, 2.4))
    canvas.drawRect(skia.Rect(0, RAIL_Y + 2, WIDTH, HEIGHT), fill(ground))
    canvas.drawRect(skia.Rect(0, RAIL_Y, WIDTH, RAIL_Y + 5), fill(mix(ground, bands[1], 0.45)))
    _train(canvas, mood)
    _lamp(canvas, mood)
    _shifted(canvas, u, 1.3, (verge(), fill(fore)))


def _sea(canvas: skia.Canvas, u: float, mood: float) -> None:
    if u < 3.2:
        return
    bands = sky(mood)
    top = 770
    canvas.drawRect(skia.Rect(0, top, WIDTH, HEIGHT), fill(mix(bands[5], bands[3], 0.35)))
    rise = ramp(u, 4.3, 1.7)
    draw = random.Random(9)
    for index in range(26):
        y = top + 6 + index * 4.6
        w = (26 + 150 * draw.random()) * (0.5 + index / 22) * (0.4 + 0.6 * rise)
        sway = 26 * math.sin(u * 9 + index * 1.7)
        x = GLOW_X + (draw.random() - 0.5) * 90 * (0.4 + index / 14) + sway
        rounded(canvas, x - w / 2, y, w, 3.4, 1.7, fill(mix(bands[1], "#fff0c8", rise), 0.25 + 0.6 * rise))
