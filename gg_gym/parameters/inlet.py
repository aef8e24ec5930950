"""The sampling line: a head under the crossarm, a tube to the box, a pump. No maker names them: all estimated."""

from __future__ import annotations

from dataclasses import dataclass

from gg_gym.parameters.line import Prior


@dataclass(frozen=True)
class Inlet:
    """Tube between the sampling head and the instruments.

    Attributes:
        volume: of the tube [mL]: 2.4 m of 4 mm bore (geometry of the product; bore estimated).
        flow: of the pump [mL/min] (estimated: small diaphragm pumps move 300 to 1000).
        spread: sd over units of the logarithm of the flow [1] (estimated: pump, filter, bends).
    """

    volume: float = 30.0
    flow: float = 500.0
    spread: float = 0.15


INLET = Inlet()
INLET_PRIORS: tuple[Prior, ...] = (
    ("sensor.inlet_flow", 1.0, 0.25, "1", "factor on the flow through the sampling tube; estimated"),
)
