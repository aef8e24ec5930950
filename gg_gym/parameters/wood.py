"""The wood around a metal part in a pole, and the nodes of the hot-spot model."""

from __future__ import annotations

from dataclasses import dataclass

#: (key, median, spread of the natural logarithm, unit, source).
PRIORS: tuple[tuple[str, float, float, str, str], ...] = (
    ("wood_density", 600.0, 0.12, "kg/m3", "dry, southern pine or Douglas fir poles 550 to 750 (facts 3.1)"),
    ("wood_conductivity", 0.13, 0.12, "W/(m.K)", "across the grain 0.12 to 0.16 (facts 3.1)"),
    ("wood_moisture", 0.12, 0.25, "1", "moisture inside a pole, kg/kg; seasonal equilibrium (facts 3.6), estimate"),
    ("wood_char_pore", 1.0e-3, 0.5, "m", "size of cracks in char for their radiative conductivity; recalled"),
    ("wood_core_capacity", 2.0e6, 0.2, "J/(m3.K)", "heated core: between wood 0.9 and steel 3.7 MJ/(m3.K); estimate"),
)


@dataclass(frozen=True)
class HotSpot:
    """Nodes of the hot-spot model and constants of wood.

    Attributes:
        shell_edges: edges of the two wood shells, in core radii [1].
        pore: pore size of sound wood for radiative conduction [m]; recalled.
        heat_capacity: of wood and char [J/(kg.K)]; MaCFP 1.46 to 1.9 (facts 3.1).
        latent_heat: of evaporation at 100 Cel [J/kg].
        boiling: temperature at which the shells' moisture leaves [K].
        longest_substep: longest internal step [s].
        heat_clip: largest change of a shell by reaction heat in one internal step [K].
    """

    shell_edges: tuple[float, float, float] = (1.0, 1.5, 3.0)
    pore: float = 1.0e-4
    heat_capacity: float = 1600.0
    latent_heat: float = 2.257e6
    boiling: float = 373.15
    longest_substep: float = 10.0
    heat_clip: float = 20.0


HOT_SPOT = HotSpot()
