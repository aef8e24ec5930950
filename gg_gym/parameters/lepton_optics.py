"""FLIR Lepton 2.5: radiometric model and optics (engineering datasheet rev 200, software IDD; sensor facts 6)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LeptonOptics:
    """Radiometric constants of one camera type.

    Attributes:
        r: R, responsivity [counts]; factory default of the IDD, high gain.
        b: B [K]; factory default of the IDD.
        f: F [1]; factory default of the IDD.
        o: O, offset [counts]; factory default of the IDD.
        low_gain: divisor of R in low gain [1]; estimate.
        full_scale: highest count (14 bits) [counts].
        field_of_view: horizontal field of view [deg].
        pixels: columns and rows.
        blur: standard deviation of the point-spread function [px]; computed from the MTF at Nyquist/2.
        noise: noise-equivalent temperature difference at 25 Cel [K]; typical of radiometry mode.
        count_kelvin: temperature step of one count at 25 Cel [K]; computed.
    """

    r: float = 395653.0
    b: float = 1428.0
    f: float = 1.0
    o: float = 156.0
    low_gain: float = 4.0
    full_scale: int = 16383
    field_of_view: float = 50.0
    pixels: tuple[int, int] = (80, 60)
    blur: float = 0.61
    noise: float = 0.035
    count_kelvin: float = 0.0186


LEPTON_OPTICS = LeptonOptics()
