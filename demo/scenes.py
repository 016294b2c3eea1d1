"""What stands in front of the journey in each clip: headings, cards, moons and tickets, and the room left for overlays.

Where an overlay will lie the picture stays plain and still: the greeting (welcome), name and date on the card
(status-gold), the number in the moon (points-balance), price and date on the ticket (pricing-gold), the good-bye
(close). The boxes are in `storyboard.json`; the places here are their twins.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import skia

from demo import journey
from demo.picture import (
    BRASS,
    CORAL,
    CREAM,
    INK,
    MARGIN,
    MOON,
    NIGHT,
    bed,
    clamp,
    crescent,
    ease,
    ease_back,
    ease_out,
    fill,
    font,
    mark,
    measure,
    mix,
    phase,
    ramp,
    rising,
    rounded,
    stroke,
    write,
)
from demo.script import BRAND, SHOTS, Shot

LEAVING_S = 0.55
"""Before a clip ends its own things have gone; only the journey is left."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One picture of one clip."""

    canvas: skia.Canvas
    t: float
    length: float
    cues: tuple[float, ...]
    """When each sentence begins, in seconds."""
    words: dict[str, str]
    last: bool = False

    def since(self, start: float, length: float = 0.7) -> float:
        """How far this moment is into a movement."""
        return ramp(self.t, start, length)

    @property
    def leave(self) -> float:
        """0 until the clip's things begin to go, 1 when they're gone; the last clip's stay."""
        return 0.0 if self.last else ramp(self.t, self.length - LEAVING_S - 0.06, LEAVING_S)


@contextmanager
def _shown(m: Moment, part: float, lift: float = 46, pivot: tuple[float, float] | None = None) -> Iterator[None]:
    """Draw inside a group that slides in from where the train is going, and leaves behind it."""
    inn, out = ease_out(part), ease(m.leave)
    m.canvas.save()
    m.canvas.translate(lift * 3 * (1 - inn) - lift * 3 * out, 0)
    if pivot:
        m.canvas.rotate(7 * (1 - inn) - 4 * out, *pivot)
    alpha = clamp(part * 2.6) * (1 - ramp(m.leave, 0.25, 0.7))
    if alpha < 1:
        m.canvas.saveLayerAlpha(None, round(255 * alpha))
    yield
    if alpha < 1:
        m.canvas.restore()
    m.canvas.restore()


def _heading(m: Moment, eyebrow: str, head: str, *, size: float = 104, y: float = 308) -> None:
    part = m.since(0.2)
    with _shown(m, part, 20):
        m.canvas.drawPath(crescent(MARGIN + 14, 178, 14), fill(BRASS))
        write(m.canvas, eyebrow, MARGIN + 46, 189, font("text", 34, 600), BRASS)
    rising(m.canvas, head, MARGIN - 4, y, font("display", size), CREAM, m.since(0.32, 0.8), m.leave)


def _lockup(m: Moment, y: float = 178) -> None:
    part = m.since(0.15, 0.9)
    alpha = clamp(part * 2) * (1 - ramp(m.leave, 0.2, 0.7))
    mark(m.canvas, MARGIN + 34, y, 34, BRASS, alpha, ease_out(part))
    with _shown(m, m.since(0.25, 0.8), 16):
        write(m.canvas, BRAND, MARGIN + 90, y + 20, font("display", 62), CREAM)


# -- welcome ------------------------------------------------------------------


def welcome(m: Moment) -> None:
    """The sign, room for the greeting (y 270–420), and what this is."""
    _lockup(m)
    face = font("text", 58, 500)
    at = m.cues[1] - 0.1
    for index, key in enumerate(("line", "line2")):
        rising(m.canvas, m.words[key], MARGIN, 520 + index * 76, face, CREAM, m.since(at + 0.16 * index), m.leave)


# -- status -------------------------------------------------------------------

CARD = (1052.0, 150.0, 736.0, 464.0)


def status_gold(m: Moment) -> None:
    """A gold card with room for a name and a date, and what it opens."""
    _heading(m, m.words["eyebrow"], m.words["head"], size=150, y=338)
    x, y, w, h = CARD
    with _shown(m, m.since(0.3, 1.0), 130, (x + w / 2, y + h * 2.2)):
        _gold_card(m)
    icons = (_icon_lounge, _icon_cabin, _icon_change)
    for index, key in enumerate(("one", "two", "three")):
        part = m.since(m.cues[1] + 0.7 + 0.85 * index, 0.6)
        with _shown(m, part, 22):
            top = 426 + index * 88
            icons[index](m.canvas, MARGIN + 32, top)
            write(m.canvas, m.words[key], MARGIN + 90, top + 14, font("text", 42, 500), CREAM)


def _gold_card(m: Moment) -> None:
    c = m.canvas
    x, y, w, h = CARD
    bed(c, x, y, w, h, 34, 1)
    c.save()
    outline = skia.RRect.MakeRectXY(skia.Rect(x, y, x + w, y + h), 34, 34)
    c.clipRRect(outline, True)
    for radius, colour in ((2000, "#e2a94b"), (620, "#e9b458"), (480, "#efbf68"), (345, "#f4ca79"), (215, "#f8d68d")):
        c.drawCircle(x + w - 150, y + h + 30, radius, fill(colour))
    sweep = m.since(1.35, 1.2)
    if 0 < sweep < 1:
        left = x - 300 + (w + 500) * ease(sweep)
        band = skia.Path()
        for index, (dx, dy) in enumerate(((0, y), (110, y), (-70, y + h), (-180, y + h))):
            (band.lineTo if index else band.moveTo)(left + dx, dy)
        band.close()
        c.drawPath(band, fill("#fff6d8", 0.34))
    c.restore()
    mark(c, x + 74, y + 78, 30, "#5a3a10")
    write(c, BRAND, x + 122, y + 96, font("display", 50), "#5a3a10")
    write(c, m.words["card"], x + w - 46, y + 92, font("text", 32, 600), "#5a3a10", align="right")
    mark(c, x + w - 150, y + h - 128, 84, "#fff1c9", 0.85)


def status_traveller(m: Moment) -> None:
    """Ten nights, ten phases; the tenth turns gold."""
    _heading(m, m.words["eyebrow"], m.words["head"])
    c, r, y = m.canvas, 62.0, 474.0
    first, last = m.cues[0] + 0.3, m.cues[1] + 1.1
    step = (last - first) / 9
    for index in range(10):
        x = MARGIN + r + index * ((1920 - 2 * MARGIN - 2 * r) / 9)
        gold = index == 9
        lit = m.since(first + step * index, 0.55)
        with _shown(m, m.since(0.45 + 0.05 * index, 0.6), 20):
            c.drawCircle(x, y, r, fill("#0c1138", 0.55))
            if lit > 0:
                colour = BRASS if gold else MOON
                if gold:
                    glow = ease_out(m.since(last, 1.1))
                    for ring, alpha in ((1.62, 0.12), (1.34, 0.2)):
                        c.drawCircle(x, y, r * (1 + (ring - 1) * glow), fill(BRASS, alpha * glow))
                    c.drawCircle(x, y, r * ease_back(lit), fill(colour))
                else:
                    c.drawPath(phase(x, y, r, (index + 1) / 10 * ease_out(lit)), fill(colour))
    label = font("text", 40, 600)
    with _shown(m, m.since(first, 0.6), 20):
        write(c, m.words["from"], MARGIN, 604, label, CREAM)
    with _shown(m, m.since(last + 0.15, 0.6), 20):
        write(c, m.words["to"], 1920 - MARGIN - r, 604, label, BRASS, align="center")


# -- points -------------------------------------------------------------------

DISC = (1400.0, 392.0, 262.0)
SEAS = ((-0.60, -0.52, 0.15), (-0.28, -0.74, 0.08), (0.52, 0.60, 0.19), (0.74, 0.34, 0.07), (-0.44, 0.66, 0.1))


def _moon(m: Moment, words: str | None) -> None:
    c = m.canvas
    x, y, r = DISC
    y += 640 * (1 - ease_out(m.since(0.05, 1.35))) + 640 * ease(m.leave) ** 2
    for ring, alpha in ((1.36, 0.07), (1.18, 0.1)):
        c.drawCircle(x, y, r * ring, fill(MOON, alpha))
    c.drawCircle(x, y, r, fill(MOON))
    for dx, dy, part in SEAS:
        c.drawCircle(x + dx * r, y + dy * r, r * part, fill("#efd7a9"))
    if words:
        write(c, words, x, y + 92, font("text", 42, 600), "#6d5526", align="center")


def points_behind(m: Moment) -> None:
    """A full moon that rises behind the mountains: the number goes in it."""
    _moon(m, m.words.get("unit"))


def _worth(m: Moment, at: float) -> None:
    """What points buy, as a sum one can read at a glance."""
    part = m.since(at, 0.7)
    with _shown(m, part, 26):
        y = 420.0
        wide = max(measure(m.words["rate"], font("text", 46, 600)), measure(m.words["worth"], font("text", 46, 600)))
        rounded(m.canvas, MARGIN, y, wide + 182, 188, 30, fill("#0a1038", 0.5))
        m.canvas.drawPath(phase(MARGIN + 66, y + 58, 24, 1), fill(MOON))
        write(m.canvas, m.words["rate"], MARGIN + 124, y + 74, font("text", 46, 600), CREAM)
        m.canvas.save()
        m.canvas.translate(MARGIN + 66, y + 128)
        _bunk(m.canvas, 1.0, BRASS)
        m.canvas.restore()
        write(m.canvas, m.words["worth"], MARGIN + 124, y + 144, font("text", 46, 600), BRASS)


def _live_dot(m: Moment, x: float, y: float) -> None:
    beat = (m.t * 0.8) % 1
    alpha = clamp(m.since(0.5) * 2) * (1 - m.leave)
    m.canvas.drawCircle(x, y, 9 + 17 * ease_out(beat), fill(CORAL, 0.4 * (1 - beat) * alpha))
    m.canvas.drawCircle(x, y, 9, fill(CORAL, alpha))


def points_balance(m: Moment) -> None:
    """The heading, and what a free night takes; the number itself is the viewer's."""
    _heading(m, m.words["eyebrow"], m.words["head"])
    _live_dot(m, MARGIN + 46 + measure(m.words["eyebrow"], font("text", 34, 600)) + 30, 178)
    _worth(m, m.cues[1] - 0.05)


def points_earn(m: Moment) -> None:
    """A coin becomes ten points; enough of them, a night."""
    _heading(m, m.words["eyebrow"], m.words["head"])
    c = m.canvas
    x, y, _ = DISC
    arrive = m.cues[0] + 0.9
    for index in range(10):
        start = arrive + index * 0.13
        way = m.since(start, 0.95)
        if 0 < way < 1:
            e = ease(way)
            px = 860 + (x - 860) * e
            py = 512 + (y - 512) * e - 190 * math.sin(math.pi * e)
            c.drawCircle(px, py, 12 - 4 * e, fill(BRASS))
    coin = m.since(0.75, 0.6)
    if coin > 0:
        with _shown(m, coin, 26):
            c.drawCircle(836, 512, 66 * clamp(ease_back(coin), 0.01, 2), fill("#c98f36"))
            c.drawCircle(830, 508, 64 * clamp(ease_back(coin), 0.01, 2), fill(BRASS))
            write(c, "€", 830, 538, font("display", 84), "#6b4312", align="center")
    rise = 640 * ease(m.leave) ** 2
    landed = m.since(arrive + 0.5, 0.6)
    if landed > 0:
        # No figure that could pass for a balance: others see their own points in this place.
        write(c, "× 10", x, y + 24 + rise, font("display", 132), INK, alpha=landed * (1 - m.leave), align="center")
    _worth(m, m.cues[1] - 0.05)


# -- pricing ------------------------------------------------------------------

TICKET = (964.0, 156.0, 824.0, 452.0)
STUB = 176.0


def _ticket(m: Moment, price: str | None) -> None:
    c = m.canvas
    x, y, w, h = TICKET
    bed(c, x, y, w, h, 30, 1)
    shape = skia.Path()
    shape.addRoundRect(skia.Rect(x, y, x + w, y + h), 30, 30)
    for ny in (y, y + h):
        notch = skia.Path()
        notch.addCircle(x + STUB, ny, 26)
        shape = skia.Op(shape, notch, skia.PathOp.kDifference_PathOp)
    c.drawPath(shape, fill("#fff6e6"))
    c.save()
    c.clipPath(shape, True)
    c.clipRect(skia.Rect(x, y, x + STUB, y + h))
    c.drawRect(skia.Rect(x, y, x + STUB, y + h), fill(CORAL))
    for radius, colour in ((250, "#ff9c7d"), (170, "#ffae90"), (95, "#ffc3a8")):
        c.drawCircle(x + STUB / 2, y + h + 20, radius, fill(colour))
    c.restore()
    for index in range(13):
        c.drawCircle(x + STUB, y + 46 + index * (h - 92) / 12, 4.5, fill("#e9d9bd"))
    mark(c, x + STUB / 2, y + 92, 40, "#fff6e6")
    c.save()
    c.translate(x + STUB / 2 + 14, y + h - 40)
    c.rotate(-90)
    write(c, BRAND, 0, 0, font("display", 46), "#7c2c1b")
    c.restore()
    write(c, m.words["pass"], x + STUB + 56, y + 92, font("text", 40, 600), "#8a6a3a")
    write(c, m.words["per"], x + STUB + 56, y + 308, font("text", 40, 500), "#5d5a78")
    if price:
        write(c, price, x + STUB + 48, y + 244, font("display", 156), INK)
    c.drawRect(skia.Rect(x + STUB + 56, y + 340, x + w - 56, y + 343), fill("#eadfca"))
    for index in range(30):
        wide = (3, 6, 3, 9, 4)[(index * 7) % 5]
        left = x + w - 250 + index * 6.6
        if left + wide < x + w - 52:
            c.drawRect(skia.Rect(left, y + 62, left + wide * 0.7, y + 100), fill("#d9c9a8"))


def _saving(m: Moment, at: float) -> None:
    face = font("display", 168)
    rising(m.canvas, m.words["off"], MARGIN - 6, 496, face, BRASS, m.since(at, 0.8), m.leave)
    rising(m.canvas, m.words["offline"], MARGIN, 574, font("text", 48, 500), CREAM, m.since(at + 0.15), m.leave)


def pricing_gold(m: Moment) -> None:
    """A ticket with room for the price and the day it renews."""
    _heading(m, m.words["eyebrow"], m.words["head"], size=92)
    x, y, w, h = TICKET
    with _shown(m, m.since(0.35, 1.0), 130, (x + w / 2, y + h * 2.4)):
        _ticket(m, None)
    _saving(m, m.cues[1])


def pricing_open(m: Moment) -> None:
    """The same ticket with the price anyone pays, and what the first night costs."""
    words = m.words["head"].split(", ")
    with _shown(m, m.since(0.2), 20):
        m.canvas.drawPath(crescent(MARGIN + 14, 178, 14), fill(BRASS))
        write(m.canvas, m.words["eyebrow"], MARGIN + 46, 189, font("text", 34, 600), BRASS)
    for index, line in enumerate((words[0] + ",", words[1])):
        face = font("display", 84)
        rising(m.canvas, line, MARGIN - 4, 290 + index * 92, face, CREAM, m.since(0.32 + 0.14 * index, 0.8), m.leave)
    x, y, w, h = TICKET
    with _shown(m, m.since(0.35, 1.0), 130, (x + w / 2, y + h * 2.4)):
        _ticket(m, m.words["price"])
    face = font("display", 120)
    rising(m.canvas, m.words["off"], MARGIN - 4, 530, face, BRASS, m.since(m.cues[1], 0.8), m.leave)
    rising(m.canvas, m.words["offline"], MARGIN, 596, font("text", 42, 500), CREAM, m.since(m.cues[1] + 0.15), m.leave)
    pop = m.since(m.cues[1] + (m.length - m.cues[1]) * 0.44, 0.6)
    with _shown(m, pop, 20):
        small = _fitting(m.words["extra"], "text", 38, 600, w - STUB - 112 - 92)
        wide = measure(m.words["extra"], small)
        left = x + STUB + 56
        rounded(m.canvas, left, y + 362, wide + 92, 66, 33, fill(NIGHT))
        m.canvas.drawPath(phase(left + 38, y + 395, 15, 0.5), fill(BRASS))
        write(m.canvas, m.words["extra"], left + 68, y + 395 + small.getSize() * 0.35, small, CREAM)


def _fitting(words: str, family: str, size: float, weight: int, room: float) -> skia.Font:
    """The face at this size, or smaller if the words of some language need it."""
    face = font(family, size, weight)
    while measure(words, face) > room:
        size -= 1
        face = font(family, size, weight)
    return face


# -- booking ------------------------------------------------------------------


def booking(m: Moment) -> None:
    """Three panels, one for each tap."""
    _heading(m, m.words["eyebrow"], m.words["head"], size=92)
    draws = (_draw_route, _draw_cabins, _draw_paying)
    span = m.length - LEAVING_S - 0.5 - m.cues[1]
    w, h, gap, top = 528.0, 296.0, 36.0, 366.0
    for index, key in enumerate(("one", "two", "three")):
        at = m.cues[1] + 0.05 + index * span * 0.29
        x = MARGIN + index * (w + gap)
        with _shown(m, m.since(0.55 + 0.12 * index, 0.8), 34):
            bed(m.canvas, x, top, w, h, 28, 0.7)
            rounded(m.canvas, x, top, w, h, 28, fill("#16245a"))
            draws[index](m, x, top, w, m.since(at, 1.2))
            lit = ease_out(m.since(at, 0.4))
            m.canvas.drawCircle(x + 58, top + h - 50, 25, fill(mix("#2a3a78", BRASS, lit)))
            number = mix("#93a3d6", INK, lit)
            write(m.canvas, str(index + 1), x + 58, top + h - 38, font("display", 34), number, align="center")
            write(m.canvas, m.words[key], x + 102, top + h - 36, font("text", 40, 600), mix("#aab6de", CREAM, lit))


def _draw_route(m: Moment, x: float, y: float, w: float, part: float) -> None:
    c = m.canvas
    path = skia.Path()
    path.moveTo(x + 72, y + 146)
    path.cubicTo(x + 180, y + 10, x + 300, y + 220, x + w - 72, y + 66)
    c.drawPath(path, stroke("#31438a", 8))
    way = skia.PathMeasure(path, False)
    done = skia.Path()
    way.getSegment(0, way.getLength() * ease(part), done, True)
    c.drawPath(done, stroke(BRASS, 8))
    stops = (x + 72, y + 146, 0.0), (x + 216, y + 103, 0.4), (x + 318, y + 121, 0.66), (x + w - 72, y + 66, 0.96)
    for px, py, at in stops:
        end = at in (0.0, 0.96)
        reached = ramp(ease(part), at, 0.04) if part > 0 else 0.0
        c.drawCircle(px, py, 20 if end else 13, fill("#16245a"))
        c.drawCircle(px, py, 15 if end else 9, fill(mix("#4a5da6", CORAL if at > 0.9 else CREAM, reached)))


def _bunk(c: skia.Canvas, size: float, colour: str) -> None:
    """A berth seen from its side, about 52 wide, centred."""
    c.drawRect(skia.Rect(-26 * size, -18 * size, -21 * size, 18 * size), fill(colour))
    c.drawRect(skia.Rect(21 * size, -2 * size, 26 * size, 18 * size), fill(colour))
    rounded(c, -24 * size, 2 * size, 50 * size, 10 * size, 3 * size, fill(colour))
    rounded(c, -18 * size, -8 * size, 14 * size, 8 * size, 4 * size, fill(colour))
    rounded(c, -1 * size, -6 * size, 25 * size, 7 * size, 3.5 * size, fill(colour))


def _draw_cabins(m: Moment, x: float, y: float, w: float, part: float) -> None:
    c = m.canvas
    for index in range(3):
        left = x + 48 + index * 148
        chosen = index == 1
        lit = ease_out(ramp(part, 0.15, 0.4)) if chosen else 0.0
        rounded(c, left, y + 44, 136, 136, 20, fill(mix("#22326f", BRASS, lit)))
        rounded(c, left + 42, y + 58, 52, 38, 10, fill(mix("#0f1a49", "#fff6e6", lit)))
        c.drawPath(crescent(left + 70, y + 77, 11), fill(mix("#7f8fca", CORAL, lit)))
        c.save()
        c.translate(left + 68, y + 144)
        _bunk(c, 1.55, mix("#6f80c0", INK, lit))
        c.restore()


def _draw_paying(m: Moment, x: float, y: float, w: float, part: float) -> None:
    c = m.canvas
    on = ease(ramp(part, 0.2, 0.35))
    rounded(c, x + 48, y + 64, 190, 96, 48, fill(mix("#31438a", BRASS, on)))
    c.drawCircle(x + 96 + 94 * on, y + 112, 38, fill("#fff6e6"))
    c.drawPath(crescent(x + 98 + 94 * on, y + 112, 18), fill(mix("#8a97cf", CORAL, on)))
    face = font("display", 76)
    low = ease_out(ramp(part, 0.4, 0.5))
    c.save()
    c.clipRect(skia.Rect(x + 270, y + 66, x + w - 20, y + 158))
    es = m.words["eyebrow"].startswith("C")
    write(c, "89 €" if es else "€89", x + 286, y + 139 - 110 * low, face, CREAM)
    write(c, "0 €" if es else "€0", x + 286, y + 249 - 110 * low, face, BRASS)
    c.restore()


# -- close --------------------------------------------------------------------


def close(m: Moment) -> None:
    """The promise, held to the last picture, with room for a good-bye beneath."""
    _lockup(m)
    face = font("display", 128)
    for index, key in enumerate(("head", "head2")):
        part = m.since(m.cues[index] - 0.05, 0.9)
        rising(m.canvas, m.words[key], MARGIN - 6, 372 + index * 138, face, CREAM, part, m.leave)


# -- icons --------------------------------------------------------------------


def _plate(c: skia.Canvas, x: float, y: float) -> None:
    c.drawCircle(x, y, 34, fill("#0a1038", 0.5))


def _icon_lounge(c: skia.Canvas, x: float, y: float) -> None:
    _plate(c, x, y)
    cup = skia.Path()
    cup.addRoundRect(skia.Rect(x - 16, y - 7, x + 8, y + 15), 7, 7)
    c.drawPath(cup, fill(BRASS))
    c.drawArc(skia.Rect(x, y - 4, x + 16, y + 9), -80, 160, False, stroke(BRASS, 4))
    for dx in (-9, 1):
        c.drawLine(x + dx, y - 12, x + dx, y - 18, stroke(BRASS, 3.6))


def _icon_cabin(c: skia.Canvas, x: float, y: float) -> None:
    _plate(c, x, y)
    c.save()
    c.translate(x, y + 1)
    _bunk(c, 0.78, BRASS)
    c.restore()


def _icon_change(c: skia.Canvas, x: float, y: float) -> None:
    _plate(c, x, y)
    for turn in (0, 180):
        c.save()
        c.rotate(turn, x, y)
        c.drawArc(skia.Rect(x - 16, y - 16, x + 16, y + 16), 200, 130, False, stroke(BRASS, 4.4))
        tip = skia.Path()
        tip.moveTo(x + 8, y - 14)
        tip.lineTo(x + 21, y - 10)
        tip.lineTo(x + 18, y - 23)
        tip.close()
        c.drawPath(tip, fill(BRASS))
        c.restore()


# -- a frame ------------------------------------------------------------------

BEHIND: dict[str, Callable[[Moment], None]] = {"points-balance": points_behind, "points-earn": points_behind}
FRONT: dict[str, Callable[[Moment], None]] = {
    "welcome": welcome,
    "status-gold": status_gold,
    "status-traveller": status_traveller,
    "points-balance": points_balance,
    "points-earn": points_earn,
    "pricing-gold": pricing_gold,
    "pricing-open": pricing_open,
    "booking": booking,
    "close": close,
}


def draw(canvas: skia.Canvas, shot: Shot, language: str, t: float, length: float, cues: tuple[float, ...]) -> None:
    """The picture of one clip at `t` seconds."""
    u = shot.slot + t / length
    last = shot.slot == max(other.slot for other in SHOTS)
    moment = Moment(canvas, t, length, cues, shot.shown[language], last)
    mood = journey.light(u, length)
    journey.draw_sky(canvas, u, mood)
    if shot.name in BEHIND:
        BEHIND[shot.name](moment)
    journey.draw_land(canvas, u, mood)
    FRONT[shot.name](moment)
