"""Temperature inside the unit's box, by a part on its board."""

from __future__ import annotations

from typing import Any

import numpy as np

from gg_gym.parameters.tmp117 import TMP117, TMP117_PRIORS
from gg_gym.physics.enclosure import internal_temperature
from gg_gym.physics.site import Uncertain
from gg_gym.physics.state import Environment3DState
from gg_gym.sensors.base import SENSORS, BaseSensor, Bound, Channel, Climate, Coefficients
from gg_gym.sensors.status import Status
from gg_gym.units import Float, UInt32

PRIOR = {p[0]: Uncertain(*p) for p in TMP117_PRIORS}


def drawn(sensor: BaseSensor, prior: Uncertain) -> Float:
    """(n,) an uncertain number of the rows' worlds, its median where a world does not carry it."""
    return np.array(np.broadcast_to(sensor.world.get(prior.key, prior.median), (sensor.n,)), float)


@SENSORS.register("tmp117")
class InternalThermometer(BaseSensor):
    """Temperature inside the box [Cel]; the board beside the part is a little warmer than the air there."""

    key = "tmp117"
    bounds = {"hot": Bound(40.0, 150.0, 75.0)}  # noqa: RUF012

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """World numbers of this part."""
        return tuple(PRIOR.values())

    @classmethod
    def channels(cls, config: Any) -> tuple[Channel, ...]:
        """One channel."""
        return (Channel("inside_temperature", config.name, "Cel", TMP117.low, TMP117.high, 20.0, 15.0),)

    def coefficients(self) -> Coefficients:
        """See :mod:`gg_gym.parameters.tmp117`."""
        rise = drawn(self, PRIOR["sensor.board_rise"])[:, None]
        board = rise * np.exp(TMP117.rise_spread * self.spread("board", 1))
        return Coefficients.of(
            self.n, 1, rise=TMP117.lag, fall=TMP117.lag, offset=board + TMP117.offset * self.spread("offset", 1),
            white=TMP117.white, zero_sd=TMP117.drift, zero_time=TMP117.drift_time, lsb=TMP117.lsb,
        )  # fmt: skip

    def ideal(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, M, 1) air inside the box [Cel]."""
        truth = self.truth(state, climate)
        return np.broadcast_to(truth[:, None, :], (self.n, state.substeps, truth.shape[1]))

    def truth(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, 1) air inside the box; the outer air without the physics module "enclosure" [Cel]."""
        return (internal_temperature(state) - 273.15)[:, None]

    def status(self, reading: Float, readings: Any) -> UInt32:
        """OVERTEMP: the part's high alert, at the parameter ``hot`` [Cel]."""
        return np.where(reading[:, 0] > self.parameters["hot"], int(Status.OVERTEMP), 0).astype(np.uint32)
