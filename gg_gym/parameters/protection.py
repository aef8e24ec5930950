"""Numbers of a feeder's protection and of a polymer arrester; recalled or estimated."""

from __future__ import annotations

from dataclasses import dataclass

from gg_gym.parameters.line import Prior

PROTECTION_PRIORS: tuple[Prior, ...] = (
    ("protection_dead_1", 0.5, 0.4, "s", "recalled: first reclosing after 0.3 to 2 s"),
    ("protection_dead_2", 10.0, 0.4, "s", "recalled: second reclosing after 5 to 20 s"),
    ("protection_dead_3", 30.0, 0.4, "s", "recalled: third reclosing after 15 to 60 s"),
    ("protection_fault_current", 1000.0, 0.7, "A", "recalled: fault current of rural 12.47 kV feeders, 200 A to 5 kA"),
    ("protection_clearing", 0.1, 0.6, "s", "recalled: a fuse or recloser clears in 2 to 30 cycles"),
    ("protection_resistance", 0.35, 0.3, "1", "estimate: cosine of the angle of a fault current, X/R of 2 to 5"),
    ("arrester_fold", 30.0, 0.25, "K", "estimate: leakage of aged zinc oxide grows e-fold in 20 to 45 K"),
    ("arrester_limit", 443.0, 0.04, "K", "recalled: distribution blocks fail in runaway near 150 to 200 Cel"),
    ("arrester_gap", 0.25, 0.2, "m", "estimate: arc along a failed 10 kV arrester"),
)


@dataclass(frozen=True)
class ProtectionParameters:
    """Fixed numbers of the module "protection".

    Attributes:
        most_shots: most times that a recloser tries [1] (recalled: four to lock-out).
        reference: temperature at which the cause ``arrester_leak`` is given [K].
        most_leak: bound of an arrester's leakage [A]; beyond it the blocks puncture.
    """

    most_shots: int = 4
    reference: float = 313.15
    most_leak: float = 0.1


PROTECTION = ProtectionParameters()
