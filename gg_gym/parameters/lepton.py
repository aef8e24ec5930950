"""FLIR Lepton 2.5 thermal camera core.

Source: engineering datasheet rev 200 and software interface document (array, optics, ranges, RBFO, FFC: read);
fixed-pattern noise after SPIE 12533 (form read, sizes estimated); 3-D noise ratios, mounting and window estimated.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Camera:
    """Camera numbers; noise is quoted as temperature of a 25 Cel black body and applied in counts."""

    rows: int = 60
    columns: int = 80
    view: float = 50.0  # deg, horizontal (read)
    psf: float = 0.61  # px, Gaussian blur from the MTF (computed)
    r: float = 395653.0  # counts (read default)
    b: float = 1428.0  # K (read default)
    f: float = 1.0  # (read default)
    o: float = 156.0  # counts (read default)
    counts: int = 16384  # 14 bit
    netd: float = 0.035  # K (read typical)
    fpn_start: float = 0.025  # K after a flat-field correction (estimated)
    fpn_growth: float = 0.040  # K at 180 s, square root of time (estimated)
    fpn_lockout: float = 3.0  # factor when no correction is possible (estimated)
    smooth_share: float = 0.30  # share of the pattern's variance that is smooth over ``smooth`` px (estimated)
    smooth: float = 12.0  # px
    column_fixed: float = 0.3  # of the pattern (estimated)
    row_fixed: float = 0.4  # of the pattern (estimated)
    row_noise: float = 0.1  # of netd, per frame (estimated)
    column_noise: float = 0.1  # of netd, per frame (estimated)
    frame_noise: float = 0.15  # of netd, common to a frame (estimated)
    pixel_gain: float = 0.002  # sd of a pixel's gain after the factory's correction (estimated)
    distortion: float = 0.04  # share of its distance from the axis that the corner loses (read: below 8 %)
    ffc_period: float = 180.0  # s (read)
    ffc_kelvin: float = 1.5  # K (read)
    ffc_length: float = 23.0 / 26.0  # s (read)
    ffc_warning: float = 2.0  # s (read)
    lockout: tuple[float, float] = (-10.0, 80.0)  # Cel (read)
    offset: float = 2.0  # K, sd over units at 25 Cel (from the accuracy table: +-5 K taken as 2 sigma with the gain)
    gain: float = 0.02  # sd over units (same)
    drift: float = 0.15  # K per K of a change of case temperature, sd (estimated -0.2..0.4)
    drift_time: float = 300.0  # s, in which that goes again (estimated)
    drift_kept: float = 0.3  # share that a flat-field correction leaves (estimated)
    bad_share: float = 0.005  # of the pixels, replaced by their neighbours' mean (read: below 1 %, single pixels)
    bad_growth: float = 1.0  # 1/a pixels that go bad in the field (estimated)
    hot_pixel: tuple[float, float] = (2.0, 20.0)  # K above the scene (estimated)
    vignetting: float = 0.06  # loss at the corner (estimated); the unit's differs by 20 % from the corrected one
    vignetting_spread: float = 0.2
    mounting: tuple[float, float, float] = (1.5, 1.5, 2.0)  # deg, sd of yaw, pitch, roll (estimated)
    window: float = 0.95  # transmission (estimated 0.90-0.97)
    fouling: float = 0.03  # 1/a loss of transmission (estimated 1-5 %)
    window_wet: float = 0.3  # transmission under a film of water, which shows the air's temperature (estimated)
    window_foul: float = 0.3  # share of the window's transmission that a fouling of size 1 takes (estimated)
    sky_horizon: float = (
        0.15  # sine of elevation at which the sky has gone 1/e of the way from air to zenith (estimated)
    )
    ground_sun: float = 0.010  # K per W/m2 of ground above air where no module says it (estimated)
    self_heating: float = 2.0  # K of the case above the box (estimated)


@dataclass(frozen=True)
class HotSpot:
    """What counts as hot in the ground truth's mask.

    Attributes:
        margin: above what a sound part shows [K]; the advisory difference of infrared surveys (recalled: 10 K).
        sun: rise of a sound part that has no peer, per irradiance [K.m2/W]; estimate.
        rated: rise of a sound part with heat of its own, at rated load [K]; class of the insulation, recalled.
        share: a pixel counts from this share of its area on [1].
    """

    margin: float = 10.0
    sun: float = 0.03
    rated: float = 65.0
    share: float = 0.05


LEPTON = Camera()
HOT_SPOT = HotSpot()
