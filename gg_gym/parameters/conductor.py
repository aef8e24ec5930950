"""Numbers of a small overhead conductor (1/0 ACSR class) and of its joints; recalled unless said."""

from __future__ import annotations

from dataclasses import dataclass

from gg_gym.parameters.line import Prior

CONDUCTOR_PRIORS: tuple[Prior, ...] = (
    ("heat_line_resistance", 1.0, 0.05, "1", "estimate: true over table resistance of the conductor"),
    ("heat_line_absorptivity", 0.7, 0.2, "1", "recalled: 0.2 new to 0.9 after years in industrial air"),
    ("heat_line_emissivity", 0.7, 0.2, "1", "recalled: 0.2 new to 0.9 after years in industrial air"),
)
JOINT_PRIORS: tuple[Prior, ...] = (
    ("heat_joint_activation", 75e3, 0.12, "J/mol", "recalled: 60 to 90 kJ/mol, oxidation and creep of aluminium"),
    ("heat_joint_ageing_time", 1.6e7, 0.6, "s", "recalled: months until a contact's resistance grows e-fold at 90 Cel"),
    ("heat_joint_cycling", 600.0, 0.7, "s/K", "estimate: ageing of a kelvin of change in seconds at the temperature"),
    ("heat_joint_service", 298.0, 0.02, "K", "estimate: ageing-weighted temperature of an unloaded joint over years"),
    ("heat_joint_recovery", 1.2e-6, 0.7, "1/s", "estimate: sudden recoveries of a bad contact, one in ten days"),
    ("heat_joint_recovery_time", 7200.0, 0.7, "s", "estimate: time in which a recovered contact is bad again"),
    ("heat_joint_voltage", 0.3, 0.15, "V", "recalled: melting voltage of aluminium, no contact bears more"),
)


@dataclass(frozen=True)
class Conductor:
    """A 1/0 ACSR conductor, 6 aluminium strands on one of steel (recalled table values).

    Attributes:
        radius: of the table values [m].
        r_low: resistance at 25 Cel [Ohm/m].
        r_high: resistance at 75 Cel [Ohm/m].
        capacity: heat capacity [J/(m.K)].
    """

    radius: float = 0.00505
    r_low: float = 5.40e-4
    r_high: float = 6.46e-4
    capacity: float = 173.0


@dataclass(frozen=True)
class Joint:
    """How joints age.

    Attributes:
        reference: temperature of the ageing time [K].
        oldest: joints are 0 to so many seconds old at the start (30 years).
        past_steps: steps in which the past is integrated.
        past_load: mean squared load over the run's squared load scale [1].
        past_conductance: heat loss of a joint in its past [W/K].
        past_limit: largest logarithm of growth that no one has repaired [1].
        limit: largest logarithm of growth [1].
        recovered: share of the logarithm of excess resistance that a recovery takes away [1].
    """

    reference: float = 363.15
    oldest: float = 9.5e8
    past_steps: int = 24
    past_load: float = 0.5
    past_conductance: float = 0.5
    past_limit: float = 3.0
    limit: float = 6.0
    recovered: float = 0.7


CONDUCTOR = Conductor()
JOINT = Joint()
