"""Every limit a clip is held to, each with its source: the one place where they stand."""

from __future__ import annotations

from dataclasses import dataclass

RULES = 1
"""Raised when a check or a limit changes: `segue clip check --all` then looks at every clip again."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked for; what is measured is found at the limit or past it."""

    kind: str
    says: str
    """What is measured, in the words of the guide."""
    look: float | None
    """From here a person has to look; None: never only that."""
    fail: float | None
    """From here nobody has to look; None: a machine can't tell."""
    unit: str
    source: str
    high_is_bad: bool = True
    """False: low values are found."""


CHECKS: dict[str, Check] = {
    check.kind: check
    for check in (
        # -- picture --------------------------------------------------------------------------------
        Check(
            "black",
            "nothing but black: 98 % of the picture at most 10 % bright",
            0.32,
            2.0,
            "s",
            "FFmpeg `blackdetect`, its defaults; to look at, the clip contract's grid: a shorter dip parts two shots",
        ),
        Check(
            "freeze",
            "the picture stands still: mean change of 0.001 at most, nowhere more",
            2.0,
            None,
            "s",
            "FFmpeg `freezedetect`, its defaults; a still may be meant, so only a person can tell",
        ),
        Check(
            "flash",
            "changes of brightness within one second, there and back being two: by 10 % or more, the darker side "
            "under 80 %, in a quarter of any 10° of view",
            5,
            7,
            "changes",
            "WCAG 2.2, 2.3.1 and ITU-R BT.1702: three flashes a second at most; to look at, EA IRIS's warning. "
            "Saturated red is not looked for",
        ),
        Check(
            "letterbox",
            "black bars at opposite edges, as a share of the picture's side",
            0.02,
            None,
            "",
            "FFmpeg `cropdetect`, whose 16 lines of 720 are the least it cuts; black is up to its limit of 24",
        ),
        Check(
            "interlace",
            "moving pictures that show two fields at once, as a share of those sampled",
            0.1,
            0.5,
            "",
            "a combed picture as FFmpeg `fieldmatch` tells one (cthresh 9, 80 of 16×16); share: half is no accident",
        ),
        Check(
            "blur",
            "even the sharpest moments are blurred, 0 sharp to 1 gone",
            0.45,
            None,
            "",
            "perceptual blur, Crété et al. 2007 (SPIE 6492), at 400 lines or fewer; limit: what a blur of 1/140 of the "
            "height comes to. It ranks; a machine can't tell it from a soft subject",
        ),
        Check(
            "resolution",
            "lines of the tallest picture there is",
            719,
            359,
            "lines",
            "the clip contract: 720p is what a laptop shows, 360p the smallest there is",
            high_is_bad=False,
        ),
        Check(
            "upscaled",
            "detail in the picture, as a share of its lines",
            0.5,
            None,
            "",
            "Katsavounidis et al. 2015, native resolution of video (SMPTE): an enlarged picture ends in empty "
            "frequencies; limit: twice as large as it was. A soft lens looks the same, so only to look at",
            high_is_bad=False,
        ),
        # -- sound ----------------------------------------------------------------------------------
        Check(
            "clipping",
            "runs of three or more samples at full scale, before levelling",
            1,
            None,
            "run",
            "Audacity's Find Clipping, its default: shorter runs aren't heard",
        ),
        Check(
            "silence",
            "sound under −60 dBFS",
            2.0,
            None,
            "s",
            "FFmpeg `silencedetect`, its defaults; a pause may be meant",
        ),
        Check(
            "unheard",
            "a spoken line under which there is no sound at all",
            None,
            0.0,
            "s",
            "WCAG 2.2, 1.2.2: captions say what is heard",
        ),
        Check(
            "loudness",
            "integrated loudness away from −16 LUFS",
            1.0,
            5.4,
            "LU",
            "EBU R 128: ±1 LU; Riedmiller et al. 2003 (AES 115): past 5.4 dB softer people reach for the volume",
        ),
        Check(
            "true_peak",
            "the highest peak between samples",
            -1.0,
            None,
            "dBTP",
            "EBU R 128: −1 dBTP at most",
        ),
        # -- somebody in the picture ----------------------------------------------------------------
        Check(
            "presenter_absent",
            "two looks a second at a clip with a presenter: the share that shows a face",
            0.9,
            0.5,
            "",
            "what `--presenter` claims: seen in nine looks of ten; under half, it is not so",
            high_is_bad=False,
        ),
        Check(
            "presenter_cut",
            "looks in which the edge of the picture cuts the face",
            0.1,
            0.5,
            "",
            "as above; a face is cut when its outline reaches the last hundredth of the picture",
        ),
        Check(
            "presenter_turned",
            "looks in which the face is turned away by 40° or nods by 25°",
            0.5,
            None,
            "",
            "as far as attention counts a face as turned away from the screen",
        ),
        Check(
            "presenter_still",
            "a presenter stands still, as `freeze` measures it",
            None,
            2.0,
            "s",
            "FFmpeg `freezedetect`, its default; nobody stands so still",
        ),
        Check(
            "sync_early",
            "speech comes before the lips move",
            0.09,
            None,
            "s",
            "ITU-R BT.1359-1: what viewers accept; lips are read to one picture (0.04 s), so only to look at",
        ),
        Check(
            "sync_late",
            "speech comes after the lips moved",
            0.185,
            None,
            "s",
            "ITU-R BT.1359-1, as above",
        ),
        # -- captions -------------------------------------------------------------------------------
        Check(
            "reading_speed",
            "characters a second of a caption",
            20.01,
            None,
            "characters/s",
            "Netflix Timed Text Style Guide, English: 20 at most (BBC: 160 to 180 words a minute)",
        ),
        Check(
            "caption_overlap",
            "a caption begins before the one before it ends",
            0.01,
            None,
            "s",
            "Netflix Timed Text Style Guide: two pictures apart; WebVTT allows it, for two people at once",
        ),
        Check(
            "caption_outside",
            "a caption reaches past the clip's end",
            None,
            0.04,
            "s",
            "one picture: nobody would see the rest",
        ),
        Check(
            "caption_field",
            "a caption holds braces or a field's name: captions are never filled in",
            None,
            1,
            "field",
            "the storyboard guide: nothing personal in what is spoken",
        ),
        Check(
            "caption_off",
            "a caption appears before its speech, or stays after it",
            1.51,
            None,
            "s",
            "BBC Subtitle Guidelines, 5.2: 1.5 s at most",
        ),
        Check(
            "caption_words",
            "words of the captions that agree with the script",
            0.98,
            None,
            "",
            "NER model, Romero-Fresco and Martínez, as Ofcom uses it: 98 %",
            high_is_bad=False,
        ),
        # -- joints ---------------------------------------------------------------------------------
        Check("join_flash", "as `flash`, over the joint", 5, 7, "changes", "as `flash`"),
        Check("join_black", "as `black`, over the joint", 0.32, 2.0, "s", "as `black`"),
        Check("join_freeze", "as `freeze`, over the joint", 2.0, None, "s", "as `freeze`"),
        Check(
            "join_loudness",
            "short-term loudness of 3 s before against 3 s after",
            5.4,
            None,
            "LU",
            "EBU Tech 3341, short-term; Riedmiller et al. 2003, as `loudness`",
        ),
        Check(
            "join_colour",
            "mean change of hue, saturation and value, 0 to 255, from the last picture to the first",
            27.0,
            None,
            "",
            "PySceneDetect `detect-content`, its default: what it calls a cut",
        ),
    )
}

# -- what a measure itself needs -------------------------------------------------------------------

BLACK_PIXEL = 0.10
BLACK_PICTURE = 0.98
"""FFmpeg `blackdetect`: pix_th and pic_th."""
STILL = 0.001
"""FFmpeg `freezedetect`: −60 dB, the mean change as a share of full scale."""
STILL_SPOT = 0.03
"""More than that within one spot of 1/40 of the height, and something moves: a progress bar, a mouth."""
FLASH_CHANGE, FLASH_DARKER, FLASH_AREA = 0.10, 0.80, 0.25
FLASH_FIELD = (341 / 1024, 256 / 576)
"""WCAG 2.2: the rectangle that stands for 10° of view, as shares of a 16:9 picture 1024 wide."""
BAR_LEVEL = 24
"""FFmpeg `cropdetect`: limit."""
COMB_LEVEL, COMB_BLOCK, COMB_PIXELS = 9, 16, 80
"""FFmpeg `fieldmatch`: cthresh, blockx and blocky, combpel."""
SILENCE_DBFS = -60.0
CLIPPED = 0.9995
"""Full scale, less the rounding of 16 bits."""
CLIPPED_RUN = 3
LOOKS_A_SECOND = 2
FACE_EDGE = 0.01
FACE_YAW, FACE_PITCH = 25.0, 25.0
"""As the model sees them: a head it is shown turned by 40° reads as 25°."""
SHORT_TERM_S = 3.0
