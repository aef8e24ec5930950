"""Numbers of the surface heat balances: priors drawn once per world."""

from __future__ import annotations

#: (key, median, spread of the natural logarithm, unit, source).
PRIORS: tuple[tuple[str, float, float, str, str], ...] = (
    ("heat_joint_resistance", 60e-6, 0.4, "Ohm", "new joints 5 to 50 uOhm, more in service; recalled (facts 5.2)"),
    ("heat_joint_conduction", 0.2, 0.5, "W/K", "fin conductance of a 10 mm aluminium conductor, both sides; computed"),
    ("heat_line_rise", 25.0, 0.3, "K", "rise of the conductor at rated current in light wind; from IEEE 738, estimate"),
    ("heat_arc_fraction", 0.3, 0.35, "1", "share of arc power that enters the part; 30 to 50 % is radiated, recalled"),
    ("heat_albedo", 0.2, 0.25, "1", "ground albedo; grass and asphalt 0.1 to 0.25, recalled"),
)
#: Share of the sky in the view of a part high on a pole [1]; geometry of a small body above a plane.
SKY_VIEW = 0.5
#: Mean projected over total area of a convex body [1]: Cauchy's theorem.
PROJECTED_SHARE = 0.25
