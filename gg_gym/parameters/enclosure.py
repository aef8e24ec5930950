"""Numbers of the unit's box: a grey polycarbonate box of two litres (facts section 8.3; computed or recalled)."""

from __future__ import annotations

from dataclasses import dataclass

from gg_gym.parameters.line import Prior

ENCLOSURE_PRIORS: tuple[Prior, ...] = (
    ("enclosure_absorptivity", 0.5, 0.2, "1", "recalled: grey plastic in the sun, weathering darkens it"),
    ("enclosure_inner", 5.0, 0.25, "W/(m2.K)", "recalled: still air inside to the shell"),
    ("enclosure_outer", 1.0, 0.15, "1", "estimate: multiplier of 5.7 + 3.8 U for the box on its bracket"),
    ("enclosure_albedo", 0.2, 0.25, "1", "recalled: ground below the pole"),
)


@dataclass(frozen=True)
class Box:
    """The box.

    Attributes:
        area: surface [m2].
        sunlit: mean area projected towards the sun [m2].
        emissivity: of the shell [1].
        shell: heat capacity of the shell [J/K].
        inner: heat capacity of inner air and electronics [J/K].
        sky: share of the sky in the shell's view [1].
        draw: heat of the electronics where no power module says it [W] (facts: 0.5 to 3).
        calm: lowest wind that convection sees [m/s].
    """

    area: float = 0.1
    sunlit: float = 0.03
    emissivity: float = 0.9
    shell: float = 800.0
    inner: float = 600.0
    sky: float = 0.5
    draw: float = 1.5
    calm: float = 0.1


BOX = Box()
