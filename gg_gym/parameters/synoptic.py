"""Numbers of weather events and of what poles of a group share (recalled or estimated)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EventTimes:
    """Times in which the weather follows its causes; all estimated, each within a factor of three.

    Attributes:
        air: of an air mass's temperature and humidity [s].
        wind: of a wind that freshens or drops [s].
        gust: of a gust, from calm to its height [s].
        cloud: of a sky that clouds over [s].
        fog: of air that fog or rain saturates [s].
        season: of the change to another day of the year before the record [s].
    """

    air: float = 900.0  # [E]
    wind: float = 60.0  # [E]
    gust: float = 15.0  # [E] gusts rise in 5 to 30 s
    cloud: float = 300.0  # [E]
    fog: float = 300.0  # [E]
    season: float = 600.0  # [E]


EVENT_TIMES = EventTimes()
#: Cosines of a travelling process: the spread of a short stretch's mean is right within 2 % (computed).
WAVES = 48
#: A front or a smoke plume travels at least this fast between poles [m/s] (estimated).
LEAST_TRAVEL = 1.0
#: Largest travel time that a group may have [s]: beyond it an hour's weather is no longer the poles' own.
MOST_TRAVEL = 3600.0
