"""Numbers of a four-cell LiFePO4 pack and of what the unit draws from it; recalled or estimated unless said."""

from __future__ import annotations

from dataclasses import dataclass

from gg_gym.parameters.line import Prior

BATTERY_PRIORS: tuple[Prior, ...] = (
    ("power_capacity", 12.0, 0.04, "A.h", "estimate: a 12 Ah pack; makers' spread"),
    ("power_fade", 0.025, 0.4, "1/a", "recalled: 2 to 3 % of the capacity a year"),
    ("power_resistance", 0.012, 0.25, "Ohm", "recalled: a 12 Ah cell with its joints, 25 Cel"),
    ("power_activation", 27e3, 0.07, "J/mol", "recalled: 25 to 29 kJ/mol, a factor of 2.5 to 2.9 at 0 Cel"),
    ("power_polarisation", 0.008, 0.4, "Ohm", "recalled: resistance of the RC pair at 25 Cel"),
    ("power_polarisation_time", 60.0, 0.4, "s", "recalled: time constant of the RC pair"),
    ("power_cold_width", 11.5, 0.12, "K", "recalled: width of the fall of usable charge in the cold"),
    ("power_draw", 1.0, 0.15, "1", "estimate: true over listed draw of the unit"),
)


@dataclass(frozen=True)
class Pack:
    """A pack and its protection.

    Attributes:
        cells: in series.
        highest: voltage a cell at which charging ends [V] (facts 8.2: 3.65, chargers stop below).
        lowest: state of charge below which the cell's voltage collapses [1] (facts 8.2).
        efficiency: coulombs stored per coulomb charged [1] (recalled).
        charge_rate: highest charging current over capacity [1/h] (recalled).
        no_charge_below: temperature below which charging is blocked [Cel] (JEITA; recalled).
        cold_centre: centre of the fall of usable charge [Cel] (fitted to recalled ranges).
        converter: efficiency of charger and regulators [1] (estimate).
        growth: of the resistance with age [1/a] (recalled).
        start: lowest and highest state of charge before the spin-up [1] (estimate).
    """

    cells: int = 4
    highest: float = 3.55
    lowest: float = 0.033
    efficiency: float = 0.995
    charge_rate: float = 0.5
    no_charge_below: float = 0.0
    cold_centre: float = -23.5
    converter: float = 0.90
    growth: float = 0.03
    start: tuple[float, float] = (0.55, 0.98)


#: What draws power [W]: supply currents of the parts as far as read, else estimates; sampling at the full rate.
CONSUMERS: dict[str, float] = {
    "particle counter": 0.275,  # 5 V, 55 mA (read)
    "thermal camera": 0.16,  # 150 mW and a shutter event of 650 mW every 3 min (recalled)
    "gas array": 0.35,  # heaters and lamps, duty-cycled (estimate)
    "anemometer": 0.07,  # 12 V (recalled)
    "field probe": 0.15,  # (estimate)
    "microphone and vibration": 0.06,  # (estimate)
    "processor": 0.25,  # (estimate)
    "radio": 0.12,  # mean of short transmissions (estimate)
}
PACK = Pack()
