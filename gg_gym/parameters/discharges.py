"""Numbers of corona, gap and partial discharges at a distribution pole, and kinds of arcs; recalled or estimated."""

from __future__ import annotations

from dataclasses import dataclass

from gg_gym.parameters.line import Prior

DISCHARGE_PRIORS: tuple[Prior, ...] = (
    ("discharge_radius", 2.5e-3, 0.3, "m", "estimate: sharpest radius of sound hardware"),
    ("discharge_surface", 0.80, 0.06, "1", "recalled: Peek's surface factor of weathered hardware .72 to .82"),
    ("discharge_wet", 0.65, 0.12, "1", "recalled: rain multiplies the onset by .6 to .8"),
    ("discharge_clearance", 0.20, 0.25, "m", "estimate: distance of live hardware to ground"),
    ("discharge_corona", 1.0e-12, 0.8, "A/V2", "estimate: tens of microamperes at 10 kV"),
    ("discharge_trichel", 5.0e-10, 0.6, "C", "recalled: charge of a corona pulse .1 to 1 nC"),
    ("discharge_gap_charge", 3.0e-8, 1.0, "C", "estimate: charge of a gap discharge at loose hardware, 10 nC to 1 uC"),
    ("discharge_gap_voltage", 2.0e3, 0.5, "V", "estimate: breakdown of a millimetre of air"),
    ("discharge_gap_on", 0.2, 0.8, "1/s", "estimate: loose hardware touches and parts in the wind"),
    ("discharge_gap_off", 0.1, 0.8, "1/s", "estimate: the same"),
    ("discharge_pd_inception", 0.6, 0.2, "1", "estimate: inception over nominal voltage at density 1"),
    ("discharge_pd_pulses", 5.0, 0.4, "1", "estimate: pulses of a void in a half cycle"),
    ("discharge_pd_exponent", 10.0, 0.08, "1", "recalled: inverse power law of voltage, 9 to 12"),
    ("discharge_pd_activation", 8.0e4, 0.15, "J/mol", "recalled: Arrhenius energy of polymers, about doubling in 8 K"),
    ("discharge_pd_life", 2.6e6, 0.8, "s", "estimate: a month from detectable partial discharges to failure"),
    ("discharge_pd_shape", 2.0, 0.2, "1", "estimate: Weibull shape of that life"),
    ("discharge_corona_o3", 1.0e-9, 0.7, "kg/J", "recalled: 1 to 10 g/kWh (2.8e-10 to 2.8e-9 kg/J)"),
    ("discharge_corona_no2", 1.0e-10, 0.8, "kg/J", "estimate: a tenth of ozone"),
    ("discharge_spark_o3", 5.0e-10, 0.8, "kg/J", "estimate: sparks, between corona and hot arcs"),
    ("discharge_spark_no", 5.0e-10, 0.8, "kg/J", "estimate: sparks, below the 2e-9 of hot arcs"),
    ("discharge_sound", 1.0e-6, 1.5, "1", "estimate: 30 to 50 dB(A) at 1 m for some tenths of a watt of corona"),
    ("discharge_spark_sound", 1.0e-5, 1.0, "1", "recalled: arcs 1e-5 to 1e-4; 40 to 70 dB at 40 kHz, 1 m (assumption)"),
    ("discharge_radio", 3.0, 1.0, "uV/m", "estimate: 1 nC at 120 pulses a second, 20 m, 0.5 MHz"),
)


@dataclass(frozen=True)
class DischargeParameters:
    """Fixed numbers of the module "discharges".

    Attributes:
        radius_spread: standard deviation of the logarithm of the hardware's radius between poles [1].
        most_pulses: most gap pulses in a half cycle [1] (recalled: 1 to 10).
        most_charge: bound of partial discharges [C].
        conductor_surface: Peek's surface factor of stranded conductors [1] (recalled: .72 to .87).
        span: length of conductor whose corona counts for the pole [m].
        wet_ozone: share of ozone that wet air takes away [1] (estimate).
        source_size: standard deviation of the gas source [m].
        corona_bands: share of the sound per band of :class:`~gg_gym.parameters.arcs.ArcParameters`, sum 1: hum at twice
            the line frequency, hiss of .5 to 15 kHz, ultrasound (recalled).
        spark_bands: the same for gap, partial and dry-band discharges: crackle and ultrasound.
    """

    radius_spread: float = 0.3
    most_pulses: float = 10.0
    most_charge: float = 1e-6
    conductor_surface: float = 0.82
    span: float = 50.0
    wet_ozone: float = 0.5
    source_size: float = 0.02
    corona_bands: tuple[float, ...] = (0.0, 0.10, 0.15, 0.30, 0.25, 0.08, 0.10, 0.02)
    spark_bands: tuple[float, ...] = (0.0, 0.02, 0.08, 0.25, 0.30, 0.12, 0.18, 0.05)


@dataclass(frozen=True)
class ArcKind:
    """Ranges of the causes of the module "arcs" for a kind of arc, from mild to severe.

    Attributes:
        meaning: what arcs.
        gap: length [m].
        current: rms current while it burns [A].
        on_rate: how often it strikes [1/s].
        off_rate: how often it dies [1/s].
    """

    meaning: str
    gap: tuple[float, float]
    current: tuple[float, float]
    on_rate: tuple[float, float]
    off_rate: tuple[float, float]


#: Kinds of arcs (recalled orders of magnitude): each a set of causes of the module "arcs".
ARC_KINDS: dict[str, ArcKind] = {
    "vegetation": ArcKind("a branch on a conductor: high impedance", (0.01, 0.1), (0.05, 5.0), (0.05, 1.0), (2.0, 0.3)),
    "series": ArcKind("a loose contact in the current's path", (0.0005, 0.004), (5.0, 200.0), (0.2, 5.0), (10.0, 1.0)),
    "parallel": ArcKind("across an insulator to ground", (0.03, 0.25), (20.0, 500.0), (0.01, 0.5), (5.0, 0.5)),
    "dry_band": ArcKind("dry bands of a wet dirty insulator", (0.002, 0.02), (0.01, 0.5), (1.0, 20.0), (60.0, 10.0)),
}

DISCHARGE = DischargeParameters()
