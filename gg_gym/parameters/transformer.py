"""Numbers of pole-mounted oil transformers: IEC 60076-7 distribution set (read), priors (recalled)."""

from __future__ import annotations

from dataclasses import dataclass

from gg_gym.parameters.line import Prior

TRANSFORMER_PRIORS: tuple[Prior, ...] = (
    ("transformer_oil_rise", 50.0, 0.12, "K", "recalled: top oil over air at rated load, 45 to 55 of 65 K-rise units"),
    ("transformer_gradient", 22.0, 0.15, "K", "recalled: winding over oil at rated load, 20 to 25 K (IEC set: 23)"),
    ("transformer_loss_ratio", 4.0, 0.25, "1", "recalled: load over no-load loss of pole-mounted units"),
    ("transformer_oil_time", 10800.0, 0.25, "s", "read: 180 min (IEC 60076-7); recalled: 3 to 6 h"),
    ("transformer_oil_film", 60.0, 0.3, "W/(m2.K)", "recalled: oil to tank wall by natural convection"),
    ("transformer_steel", 0.25, 0.2, "1", "estimate: share of the part's heat capacity that is tank, not oil"),
)


@dataclass(frozen=True)
class Thermal:
    """Thermal constants of IEC 60076-7 for distribution transformers, ONAN (read in an open implementation).

    Attributes:
        winding_time: of the winding [s].
        hot_spot_factor: H [1].
        k11: oil constant [1].
        k21: winding constant [1].
        k22: winding constant [1].
        oil_exponent: x [1].
        winding_exponent: y [1].
        mean_oil: rise of the oil at the wall over that of the top oil [1] (recalled).
    """

    winding_time: float = 240.0
    hot_spot_factor: float = 1.2
    k11: float = 1.0
    k21: float = 1.0
    k22: float = 2.0
    oil_exponent: float = 0.8
    winding_exponent: float = 1.6
    mean_oil: float = 0.8


#: Distribution transformers, and medium and large power transformers ONAN (tau_o 210 min, tau_w 10 min).
DISTRIBUTION = Thermal()
POWER_ONAN = Thermal(600.0, 1.3, 0.5, 2.0, 2.0, 0.8, 1.3)
