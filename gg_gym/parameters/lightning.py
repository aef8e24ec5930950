"""Numbers of lightning around a pole; recalled or estimated unless a source is named."""

from __future__ import annotations

from dataclasses import dataclass

from gg_gym.parameters.line import Prior

LIGHTNING_PRIORS: tuple[Prior, ...] = (
    ("lightning_density", 1.0, 0.5, "1", "estimate: factor of the ground flash density at the site's latitude"),
    ("lightning_rate", 3.0, 0.4, "1/min", "recalled: a storm has 1-20 flashes a minute; median over storms"),
    ("lightning_life", 2400.0, 0.25, "s", "recalled: a storm lives 20-60 min"),
    ("lightning_current", 31.1e3, 0.05, "A", "read (distlines): CIGRE and Berger, 30 to 31.1 kA"),
    ("lightning_spread", 0.484, 0.12, "1", "read: 0.484 (distlines) to 0.61 (Berger's direct measurements)"),
    ("lightning_charge", 5.0, 0.4, "C", "recalled: charge that a stroke drains"),
    ("lightning_speed", 1.3e8, 0.12, "m/s", "recalled: 1 to 1.5e8 m/s"),
)


@dataclass(frozen=True)
class LightningParameters:
    """Fixed numbers of storms and flashes.

    Attributes:
        half: half side of the square around the pole in which storms are simulated [m].
        rate_spread: standard deviation of the logarithm of a storm's rate (estimate: 1 to 20 flashes a minute) [1].
        speed: slowest and fastest storm (recalled) [m/s].
        scatter: standard deviation of a flash about its storm's centre, each axis (estimate) [m].
        front_median, front_sigma: front time of a first stroke (CIGRE, read in distlines) [s], [1].
        front_correlation: of the logarithms of peak current and front time (same) [1].
        positive: share of positive flashes (recalled: 5-10 %) [1].
        positive_median: [A], and positive_sigma of the logarithm (recalled) [1].
        strokes: mean number of strokes of a flash (read: 3 to 5) [1].
        height: of the charge (recalled) [m].
        occupied: highest share of time with a storm that the law of starts may ask for [1].
        nearest: shortest distance of a flash from the pole's axis [m].
    """

    half: float = 50e3
    rate_spread: float = 0.7
    speed: tuple[float, float] = (5.0, 15.0)
    scatter: float = 3e3
    front_median: float = 3.83e-6
    front_sigma: float = 0.55
    front_correlation: float = 0.47
    positive: float = 0.07
    positive_median: float = 35e3
    positive_sigma: float = 1.2
    strokes: float = 3.5
    height: float = 5e3
    occupied: float = 0.9
    nearest: float = 5.0


LIGHTNING = LightningParameters()
