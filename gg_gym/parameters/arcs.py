"""Numbers of a gap that arcs in air on a distribution pole; recalled unless a source is named.

Acoustic efficiency: the levels (70-80 dB at 1 kW, an efficiency of 1e-8 to 1e-7) and the efficiencies (1e-5 to 1e-4)
that are quoted for arcs contradict each other by three orders of magnitude; the prior lies between, and is wide.
"""

from __future__ import annotations

from dataclasses import dataclass

from gg_gym.parameters.line import Prior

ARC_PRIORS: tuple[Prior, ...] = (
    ("arc_no_yield", 2.0e-9, 0.6, "kg/J", "recalled: 1e17 molecules/J, 5 ug/J, is an upper bound"),
    ("arc_no2_yield", 2.0e-10, 0.7, "kg/J", "recalled: a tenth of NO leaves the hot gas as NO2"),
    (
        "arc_o3_yield",
        1.0e-10,
        1.0,
        "kg/J",
        "recalled: below corona's 1-10 g/kWh (3e-10 to 3e-9 kg/J); hot gas destroys it",
    ),
    ("arc_convective_share", 0.3, 0.25, "1", "recalled: 30-50 % radiated, about 30 % into the electrodes"),
    ("arc_reignition", 3.0e5, 0.5, "V/m", "recalled: dielectric strength of the hot gap at current zero"),
    ("arc_broadband", 0.05, 0.4, "1", "recalled: broadband share of an arc's current between harmonics"),
    ("arc_falling", 0.15, 0.25, "1", "recalled: 1/I part of the voltage at the low-current limit (Ayrton)"),
    ("arc_sound", 1.0e-6, 2.0, "1", "recalled: sound power over electrical power; sources disagree"),
)


@dataclass(frozen=True)
class ArcParameters:
    """Fixed numbers of the arc model.

    Attributes:
        form_factor: power over rms voltage times rms current of a square voltage and a sinusoidal current,
            ``2 sqrt(2) / pi`` (exact) [1].
        voltage_limit: highest arc voltage over the phase voltage (an arc that needs more dies) [1].
        dead_limit: highest re-ignition voltage over the source's peak [1].
        one_sided: part of the arc's current that counts in the conductor beside the pole: it flows on the source's side
            only, and half an endless line gives half its field [1].
        window: span of the field meter over which harmonics and broadband are averaged [s].
        source_size: standard deviation of the hot gas beside half the gap [m].
        bands: edges of the sound bands [Hz] (the eight bands of the acoustic sensor).
        band_shares: share of the sound power per band, sum 1 (recalled: hum, crackle to 20 kHz, ultrasound).
    """

    form_factor: float = 0.9003163161571061
    voltage_limit: float = 0.9
    dead_limit: float = 0.6
    one_sided: float = 0.5
    window: float = 1.0
    source_size: float = 0.02
    bands: tuple[float, ...] = (20.0, 100.0, 400.0, 2e3, 8e3, 20e3, 30e3, 50e3, 80e3)
    band_shares: tuple[float, ...] = (0.02, 0.25, 0.25, 0.25, 0.15, 0.04, 0.03, 0.01)


ARC = ArcParameters()
