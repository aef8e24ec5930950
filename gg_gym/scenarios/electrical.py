"""Electrical families: discharges, arcs, insulation, contacts and what protects the line. All set causes only."""

from __future__ import annotations

import numpy as np

from gg_gym.physics.discharges import arc_causes
from gg_gym.physics.geometry import Geometry
from gg_gym.physics.protection import FUSE, LOCKOUT, RECLOSER
from gg_gym.scenarios.base import SCENARIOS, BaseScenario, log_between, place_index
from gg_gym.scenarios.fire import heated_wood
from gg_gym.scenarios.parameters import SharedParameters, parameter


class _Steered(SharedParameters):
    """Shared parameters with a severity that may be steered."""

    severity: float = parameter(0.5, 0.0, 1.0, "1", "strength of the cause", prior=(2.0, 2.0), steerable=True)


def arc_place(geometry: Geometry, place: float) -> float:
    """Index among the arcing places of a place coordinate in [0, 1]."""
    return place_index(place, len(geometry.places.get("arc", ())))


def phase_at(geometry: Geometry, index: float) -> float:
    """Conductor of an arcing place, 0 where it names none."""
    component = int(geometry.place("arc")[int(index)])
    return float(geometry.components[component].phase or 0)


def wood_near(geometry: Geometry, index: float) -> float:
    """Coordinate in [0, 1] of the wood place nearest to an arcing place."""
    positions, wood = geometry.positions(), geometry.place("wood")
    away = ((positions[wood] - positions[geometry.place("arc")[int(index)]]) ** 2).sum(axis=1)
    return (int(away.argmin()) + 0.5) / len(wood)


def within_record(phase: float, span: float) -> float:
    """Onset of what is over in moments [s]: inside the record, the earlier the larger the phase."""
    return float(0.9 * span * (1.0 - phase))


@SCENARIOS.register("arcing_event")
class ArcingEvent(BaseScenario):
    """A gap across a dirty insulator or a loose contact strikes and dies at random."""

    class Parameters(SharedParameters):
        """Shared parameters and the gap's."""

        gap: float = parameter(0.01, 0.001, 0.1, "m", "length of the gap", scale="log", prior=(2, 2), steerable=True)
        on_rate: float = parameter(0.5, 0.02, 5.0, "1/s", "how often the gap strikes", scale="log", prior=(2.0, 2.0))
        off_rate: float = parameter(1.0, 0.1, 10.0, "1/s", "how often the arc dies", scale="log", prior=(2.0, 2.0))

    key = "arcing_event"
    title = "Arcing event"
    category = "electrical"
    event = "arcing"
    description = "A gap arcs intermittently; severity scales the current from 0.5 to 50 A."
    requires = ("line", "arcs")
    places = ("arc",)
    corners = {  # noqa: RUF012
        "rare_and_short": {"severity": 0.2, "on_rate": 0.02, "off_rate": 10.0},
        "steady": {"severity": 1.0, "gap": 0.1, "on_rate": 5.0, "off_rate": 0.1},
    }

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """A gap, its current and its rates."""
        p = self.parameters
        return {
            "arc_gap": p.gap,
            "arc_current": log_between(0.5, 50.0, p.severity),
            "arc_on_rate": p.on_rate,
            "arc_off_rate": p.off_rate,
            "arc_place": arc_place(geometry, p.place),
        }


@SCENARIOS.register("corona_discharge")
class CoronaDischarge(BaseScenario):
    """A broken strand or burr discharges into the air, more when it is wet; loose hardware sparks while it is dry."""

    class Parameters(_Steered):
        """Shared parameters and loose hardware."""

        looseness: float = parameter(0.0, 0.0, 4.0, "1", "peak voltage on loose hardware over its dry breakdown")

    key = "corona_discharge"
    title = "Corona and gap discharge"
    category = "electrical"
    event = "discharge"
    difficulty = "hard"
    description = "A sharp part in corona, and loose hardware that sparks; severity scales the radius from 1 to 0.1 mm."
    requires = ("line", "discharges", "surface_wetness")
    places = ("arc",)
    corners = {  # noqa: RUF012
        "only_when_wet": {"severity": 0.0, "looseness": 0.0},
        "dry_gap_only": {"severity": 0.0, "looseness": 4.0},
    }

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """A sharp radius, and loose hardware at the same place."""
        p = self.parameters
        return {
            "sharp_radius": log_between(1e-3, 1e-4, p.severity),
            "gap_stress": p.looseness,
            "discharge_place": arc_place(geometry, p.place),
        }


@SCENARIOS.register("insulation_breakdown")
class InsulationBreakdown(BaseScenario):
    """Salt on wet insulators leaks, dries in bands that arc, and may flash over; damage shortens the way."""

    class Parameters(SharedParameters):
        """Shared parameters, water and damage."""

        wetting: float = parameter(0.3, 0.0, 2.0, "mm/h", "drizzle or spray besides the weather's", prior=(1.5, 2.0))
        creepage: float = parameter(1.0, 0.5, 1.0, "1", "share of the creepage distance that is left", prior=(2.0, 1.0))

    key = "insulation_breakdown"
    title = "Insulation breakdown"
    category = "electrical"
    event = "insulation"
    description = "Salt and water on the insulators; severity scales the salt from 0.03 to 0.8 mg/cm2."
    requires = ("line", "insulators", "surface_wetness", "protection", "arcs")
    places = ("arc",)
    corners = {  # noqa: RUF012
        "salt_in_dry_air": {"severity": 1.0, "wetting": 0.0},
        "broken_sheds_in_drizzle": {"severity": 1.0, "wetting": 0.2, "creepage": 0.5},
    }

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """Salt at once, water while it lasts, what is left of the creepage distance."""
        p = self.parameters
        return {
            "salt_step": log_between(0.03, 0.8, p.severity),
            "wetting": p.wetting,
            "creepage_factor": p.creepage,
            "arc_place": arc_place(geometry, p.place),
        }


@SCENARIOS.register("equipment_overheat")
class EquipmentOverheat(BaseScenario):
    """A contact has grown bad, or a transformer carries too much."""

    class Parameters(_Steered):
        """Shared parameters, the part, and the feeder's load."""

        part: float = parameter(0.25, 0.0, 1.0, "1", "below 0.5 a joint, from 0.5 the transformers")
        load: float = parameter(1.0, 0.7, 2.0, "1", "feeder load over its ordinary one", scale="log", prior=(2.0, 2.0))

    key = "equipment_overheat"
    title = "Equipment overheats"
    category = "electrical"
    event = "overheat"
    description = (
        "A joint whose resistance is 3 to 3000 times that of a sound one, or transformers with 1.2 to 3.5 times their"
        " ordinary load, by severity."
    )
    requires = ("line", "heat", "transformer")
    places = ("joint",)
    corners = {  # noqa: RUF012
        "hidden_by_light_load": {"severity": 1.0, "part": 0.0, "load": 0.7},
        "transfer_on_a_bad_joint": {"severity": 1.0, "part": 0.0, "load": 2.0},
    }

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """Contact resistance or the transformers' load, and the feeder's load."""
        p = self.parameters
        if p.part < 0.5:
            place = place_index(p.place, len(geometry.places.get("joint", ())))
            own = {"joint_factor": log_between(3.0, 3000.0, p.severity), "joint_place": place}
        else:
            own = {"transformer_load": log_between(1.2, 3.5, p.severity)}
        return {**own, "load_factor": p.load}


@SCENARIOS.register("vegetation_contact")
class VegetationContact(BaseScenario):
    """A branch lies from a conductor to the arm: a fault of high impedance that arcs, heats the branch and smokes."""

    class Parameters(_Steered):
        """Shared parameters and the branch's."""

        branch: float = parameter(0.01, 0.004, 0.02, "m", "radius of the heated wood of the branch", scale="log")

    key = "vegetation_contact"
    title = "Vegetation contact"
    category = "electrical"
    event = "arcing"
    difficulty = "hard"
    description = "A branch on a conductor; severity scales current (0.05 to 5 A), gap, bursts and heat (1 to 10 W/cm)."
    requires = ("line", "arcs", "wood")
    places = ("arc", "wood")
    corners = {"touches_now_and_then": {"severity": 0.0}, "burns": {"severity": 1.0, "branch": 0.02, "phase": 0.9}}  # noqa: RUF012

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """The arc at the branch's tip, and the heat of its current in the branch."""
        p = self.parameters
        place = arc_place(geometry, p.place)
        heat = heated_wood(geometry, p.severity, p.branch, wood_near(geometry, place), (1.0, 10.0))
        return {**arc_causes("vegetation", p.severity, int(place)), **heat}


@SCENARIOS.register("conductor_contact")
class ConductorContact(BaseScenario):
    """Conductors slap together, or one breaks and falls: short circuits, arcs, a pull on the pole, a dead line."""

    class Parameters(SharedParameters):
        """Shared parameters, the arc's, and what comes of it."""

        gap: float = parameter(0.3, 0.05, 1.0, "m", "length of the arc", scale="log", prior=(2.0, 2.0))
        time: float = parameter(0.1, 0.03, 1.0, "s", "until it is cleared", scale="log", prior=(2.0, 2.0))
        shots: float = parameter(2.0, 1.0, 4.0, "1", "how often it burns; four times locks the recloser out")
        broken: float = parameter(0.2, 0.0, 1.0, "1", "from 0.5 the conductor is broken and its load lost")

    key = "conductor_contact"
    title = "Conductor contact"
    category = "electrical"
    event = "arcing"
    difficulty = "easy"
    description = "Slap or downed wire; severity scales the short circuit from 0.2 to 5 kA and the pull with it."
    requires = ("line", "arcs", "protection", "vibration")
    places = ("arc",)
    corners = {  # noqa: RUF012
        "one_brief_slap": {"severity": 0.0, "time": 0.03, "shots": 1.0, "broken": 0.0},
        "downed_and_locked_out": {"severity": 1.0, "shots": 4.0, "broken": 1.0},
    }

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """A short circuit, the pull on the pole, and the conductor's load if it is broken."""
        p = self.parameters
        place, current, shots = arc_place(geometry, p.place), log_between(200.0, 5000.0, p.severity), np.rint(p.shots)
        out = {
            "short_current": current,
            "short_gap": p.gap,
            "short_time": p.time,
            "short_shots": float(shots),
            "short_clearing": LOCKOUT if shots >= 4.0 else RECLOSER,
            "arc_place": place,
            "impact_impulse": 0.02 * current * (3.0 if p.broken >= 0.5 else 1.0),
            "impact_height": float(max(geometry.line.height)) if geometry.line else geometry.pole_height,
        }
        return {**out, "load_lost": 1.0, "lost_phase": phase_at(geometry, place)} if p.broken >= 0.5 else out

    def onset(self, span: float, lead_in: float) -> float:
        """Inside the record: it is over in a minute."""
        return within_record(self.parameters.phase, span)


@SCENARIOS.register("cutout_operation")
class CutoutOperation(BaseScenario):
    """An expulsion fuse blows: one short arc of kiloamperes, a bang, gas, and the load behind it is gone."""

    class Parameters(SharedParameters):
        """Shared parameters, the fuse's, and what it feeds."""

        time: float = parameter(0.05, 0.008, 0.5, "s", "melting and arcing time", scale="log", prior=(2.0, 2.0))
        lateral: float = parameter(0.1, 0.02, 0.6, "1", "share of the phase's load behind the cutout", scale="log")

    key = "cutout_operation"
    title = "Cutout operation"
    category = "electrical"
    event = "arcing"
    description = "An expulsion fuse clears a short circuit; severity scales its current from 0.3 to 8 kA."
    requires = ("line", "arcs", "protection", "vibration", "transformer")
    places = ("arc",)
    corners = {  # noqa: RUF012
        "slow_overload": {"severity": 0.0, "time": 0.5, "lateral": 0.02},
        "bolted_fault": {"severity": 1.0, "time": 0.008, "lateral": 0.6},
    }

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """One shot at the cutout, its recoil, the lost load, and a dead transformer."""
        p = self.parameters
        arcs = [int(i) for i in geometry.place("arc")]
        cutouts = [i for i in geometry.of_kind("cutout") if i in arcs]
        place = float(arcs.index(cutouts[0])) if cutouts else arc_place(geometry, p.place)
        current = log_between(300.0, 8000.0, p.severity)
        return {
            "short_current": current,
            "short_gap": 0.2,
            "short_time": p.time,
            "short_shots": 1.0,
            "short_clearing": FUSE,
            "arc_place": place,
            "impact_impulse": 0.004 * current,
            "impact_duration": 0.01,
            "impact_height": float(geometry.positions()[arcs[int(place)], 2]),
            "load_lost": p.lateral,
            "lost_phase": phase_at(geometry, place),
            "cutout_open": 1.0,
        }

    def onset(self, span: float, lead_in: float) -> float:
        """Inside the record: it is over in moments."""
        return within_record(self.parameters.phase, span)


@SCENARIOS.register("arrester_failure")
class ArresterFailure(BaseScenario):
    """An aged arrester leaks and heats itself, the hotter the more, until it fails and its isolator takes it away."""

    class Parameters(_Steered):
        """Shared parameters: severity is the leakage, place where it stands."""

    key = "arrester_failure"
    title = "Arrester failure"
    category = "electrical"
    event = "overheat"
    description = "A leaking arrester; severity scales its resistive leakage at 40 Cel from 0.5 to 10 mA."
    requires = ("line", "arcs", "heat", "protection")
    places = ("arc",)
    corners = {"stable_for_years": {"severity": 0.0}, "runs_away": {"severity": 1.0, "phase": 0.9}}  # noqa: RUF012

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """Leakage at one place."""
        p = self.parameters
        return {"arrester_leak": log_between(5e-4, 1e-2, p.severity), "arc_place": arc_place(geometry, p.place)}
