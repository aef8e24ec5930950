"""Texas Instruments TMP117 on the unit's board. Range, quantum and accuracy are recalled; the board is estimated."""

from __future__ import annotations

from dataclasses import dataclass

from gg_gym.parameters.line import Prior

TMP117_PRIORS: tuple[Prior, ...] = (
    ("sensor.board_rise", 0.6, 0.5, "K", "estimate: board beside the part above the air in the box"),
)


@dataclass(frozen=True)
class BoardThermometer:
    """The part, in Cel."""

    low: float = -55.0
    high: float = 150.0
    lsb: float = 7.8125e-3
    offset: float = 0.05  # sd of units; limit 0.1 K
    white: float = 5e-3  # one reading of eight averages
    rise_spread: float = 0.2  # ln sd over units of the board's rise (estimated)
    lag: float = 60.0  # s, copper of the board (estimated)
    drift: float = 0.015  # stationary sd (estimated)
    drift_time: float = 1.0  # a (estimated)


TMP117 = BoardThermometer()
