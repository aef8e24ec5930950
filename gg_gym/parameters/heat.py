"""Numbers of the surface heat balances: priors drawn once per world."""

from __future__ import annotations

#: (key, median, spread of the natural logarithm, unit, source).
PRIORS: tuple[tuple[str, float, float, str, str], ...] = (
    ("heat_joint_resistance", 40e-6, 0.4, "Ohm", "joints before ageing; new ones 5 to 50 uOhm, recalled (facts 5.2)"),
    ("heat_joint_conduction", 0.2, 0.5, "W/K", "fin conductance of a 10 mm aluminium conductor, both sides; computed"),
    ("heat_arc_fraction", 0.3, 0.35, "1", "share of arc power that enters the part; 30 to 50 % is radiated, recalled"),
    ("heat_albedo", 0.2, 0.25, "1", "ground albedo; grass and asphalt 0.1 to 0.25, recalled"),
)
#: Share of the sky in the view of a part high on a pole [1]; geometry of a small body above a plane.
SKY_VIEW = 0.5
#: Mean projected over total area of a convex body [1]: Cauchy's theorem.
PROJECTED_SHARE = 0.25
#: A neighbour that fills less of the view than this is left out [1]; and all neighbours together, or one, fill at most:
LEAST_VIEW, MOST_VIEW = 1e-3, 0.3
#: Neighbours of a part that are kept, the largest in the view first.
NEIGHBOURS = 4
