"""What the unit saves when its manager reads an instrument seldom: times and shares, all estimated."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Duty:
    """How an instrument draws.

    Attributes:
        consumer: key of :data:`gg_gym.parameters.battery_lfp.CONSUMERS`.
        share: of that consumer's power that is this instrument's [1].
        awake: time for which one reading keeps it powered [s].
    """

    consumer: str
    share: float
    awake: float


#: Registry key of an instrument to its duty; instruments that are not named draw nothing that counts (all estimated).
DUTIES: dict[str, Duty] = {
    "sps30": Duty("particle counter", 1.0, 16.0),  # 8 to 30 s from the fan's start (read), then a reading
    "lepton": Duty("thermal camera", 1.0, 6.0),  # boot and first correction
    "voc_array": Duty("gas array", 0.7, 20.0),  # heaters and lamps; the cells' bias stays
    "windsonic": Duty("anemometer", 1.0, 3.0),
    "emf_probe": Duty("field probe", 1.0, 2.0),
    "spu0410": Duty("microphone and vibration", 0.5, 1.0),
    "adxl355_iis3dwb": Duty("microphone and vibration", 0.5, 1.0),
}
#: Share of the radio's power that listening takes, and seconds between the sessions that its mean draw is for.
RADIO_STANDBY, RADIO_SESSION = 0.2, 60.0
