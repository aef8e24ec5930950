"""Fire families: wood that is heated until it decomposes. All set heat, wood and places; never a gas."""

from __future__ import annotations

from gg_gym.physics.geometry import Geometry
from gg_gym.scenarios.base import SCENARIOS, BaseScenario, log_between, place_index
from gg_gym.scenarios.parameters import SharedParameters, parameter


class _HeatedWood(SharedParameters):
    """Shared parameters, a severity that may be steered, and the size of the heated wood."""

    severity: float = parameter(0.5, 0.0, 1.0, "1", "strength of the cause", prior=(2.0, 2.0), steerable=True)
    radius: float = parameter(0.01, 0.004, 0.02, "m", "radius of the heated wood", scale="log", prior=(2.0, 2.0))


def heated_wood(geometry: Geometry, severity: float, radius: float, place: float, watts: tuple[float, float]) -> dict[
    str, float
]:  # fmt: skip
    """Causes of a hot spot.

    The steady rise of a hot spot is P / (4 pi k a), so the heat scales with the radius.

    Args:
        geometry: what stands where.
        severity: 0 to 1.
        radius: of the heated wood [m].
        place: coordinate among the wood places, 0 to 1.
        watts: heat of a radius of 1 cm at severity 0 and 1 [W].
    """
    return {
        "leak_power": log_between(*watts, severity) * radius / 0.01,
        "leak_radius": radius,
        "leak_place": place_index(place, len(geometry.places.get("wood", ()))),
    }


@SCENARIOS.register("early_combustion")
class EarlyCombustion(BaseScenario):
    """Leakage current crowds at a bolt, heats the wood around it and chars it."""

    class Parameters(_HeatedWood):
        """Shared parameters and the size of the heated wood."""

    key = "early_combustion"
    title = "Early combustion"
    category = "fire"
    event = "combustion"
    difficulty = "hard"
    description = "Leakage current heats wood at a bolt until it pyrolyses; severity scales 4 to 40 W per cm of radius."
    requires = ("wood",)
    places = ("wood",)
    corners = {"barely_warm": {"severity": 0.0, "phase": 0.3}, "glowing": {"severity": 1.0, "radius": 0.02, "phase": 1}}  # noqa: RUF012

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """Heat in wood of the product's own kind."""
        p = self.parameters
        return heated_wood(geometry, p.severity, p.radius, p.place, (4.0, 40.0))


@SCENARIOS.register("cellulose_pyrolysis")
class CellulosePyrolysis(BaseScenario):
    """Wood whose lignin fungi have eaten is heated slowly to where cellulose decomposes."""

    class Parameters(_HeatedWood):
        """Shared parameters, the size of the heated wood and what it is made of."""

        lignin: float = parameter(0.08, 0.02, 0.15, "1", "mass share of lignin: white rot eats it", prior=(2.0, 2.0))

    key = "cellulose_pyrolysis"
    title = "Cellulose pyrolysis"
    category = "fire"
    event = "combustion"
    difficulty = "hard"
    description = "White-rotted wood at a warm bolt: furfural leads; severity scales 6 to 16 W per cm of radius."
    requires = ("wood",)
    places = ("wood",)
    corners = {"below_ignition": {"severity": 0.1, "phase": 0.6}, "nearly_pure": {"severity": 1.0, "lignin": 0.02}}  # noqa: RUF012

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """Moderate heat in wood that is poor in lignin."""
        p = self.parameters
        heat = heated_wood(geometry, p.severity, p.radius, p.place, (6.0, 16.0))
        return {**heat, "wood_lignin": p.lignin}


@SCENARIOS.register("lignin_decomposition")
class LigninDecomposition(BaseScenario):
    """Wood of which brown rot has left the lignin decomposes over a wide range of temperatures."""

    class Parameters(_HeatedWood):
        """Shared parameters, the size of the heated wood and what it is made of."""

        lignin: float = parameter(0.75, 0.6, 0.9, "1", "mass share of lignin: brown rot leaves it", prior=(2.0, 2.0))

    key = "lignin_decomposition"
    title = "Lignin decomposition"
    category = "fire"
    event = "combustion"
    difficulty = "hard"
    description = "Brown-rotted wood at a hot bolt: guaiacol, phenol lead; severity scales 8 to 30 W per cm of radius."
    requires = ("wood",)
    places = ("wood",)
    corners = {"below_ignition": {"severity": 0.1, "phase": 0.6}, "charred_through": {"severity": 1.0, "phase": 1.0}}  # noqa: RUF012

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """Heat in wood that is rich in lignin."""
        p = self.parameters
        heat = heated_wood(geometry, p.severity, p.radius, p.place, (8.0, 30.0))
        return {**heat, "wood_lignin": p.lignin}


@SCENARIOS.register("fire_precursor_combo")
class FirePrecursorCombo(BaseScenario):
    """Before a pole fire: a wet salty night leaks through the king bolt, or a hot joint lies against wood."""

    class Parameters(_HeatedWood):
        """Shared parameters, the size of the heated wood, and which of the two it is."""

        radius: float = parameter(0.008, 0.004, 0.02, "m", "radius of the heated wood", scale="log", prior=(2.0, 2.0))
        joint: float = parameter(
            0.3, 0.0, 1.0, "1", "0 to 0.5: leakage through the bolt, above: a hot joint at wood", prior=(1, 3)
        )
        wetting: float = parameter(0.3, 0.02, 2.0, "mm/h", "drizzle or spray on the insulators", scale="log")
        load: float = parameter(1.5, 1.0, 2.5, "1", "feeder load over its ordinary one (a transfer)", scale="log")

    key = "fire_precursor_combo"
    title = "Fire precursors together"
    category = "fire"
    event = "combustion"
    difficulty = "hard"
    description = (
        "Salt, wetness and leakage through a bolt in wood (severity scales the salt, 0.02 to 0.5 mg/cm2), or an"
        " overloaded bad joint that lies against wood (severity scales its resistance, 10 to 3000 times)."
    )
    requires = ("wood", "heat", "line", "insulators", "surface_wetness")
    places = ("wood", "joint")
    corners = {  # noqa: RUF012
        "first_fog_after_months": {"severity": 1.0, "joint": 0.0, "wetting": 0.02},
        "emergency_transfer": {"severity": 1.0, "joint": 1.0, "load": 2.5, "radius": 0.004},
    }

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """Leakage through wood, the larger the contact the more of it, or a joint whose heat flows into wood."""
        p = self.parameters
        spot = {
            "leak_radius": p.radius,
            "leak_place": place_index(p.place, len(geometry.places.get("wood", ()))),
        }
        if p.joint < 0.5:
            salt = log_between(0.02, 0.5, p.severity)
            return {**spot, "salt_step": salt, "wetting": p.wetting, "leak_coupling": min(1.0, 0.8 * p.radius / 0.01)}
        return {
            **spot,
            "joint_factor": log_between(10.0, 3000.0, p.severity),
            "joint_place": place_index(p.place, len(geometry.places.get("joint", ()))),
            "joint_wood": 0.1,
            "load_factor": p.load,
        }
