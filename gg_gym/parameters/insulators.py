"""Numbers of insulators outdoors: deposit by site class, wetting, dry bands, flashover; recalled but where said."""

from __future__ import annotations

from dataclasses import dataclass

from gg_gym.parameters.line import Prior

#: Site class of IEC 60815 -> (growth [mg/cm2 a dry week], deposit that rain leaves under the sheds [mg/cm2], specific
#: creepage [mm/kV to ground]). Growth: .0005 to .01 over the classes (recalled), mean over the site's year; residue:
#: about a third of the class's lower bound (estimate); creepage: the unified specific creepage distance (recalled).
CLASSES: dict[str, tuple[float, float, float]] = {
    "very_light": (0.0005, 0.0005, 22.0),
    "light": (0.001, 0.003, 27.8),
    "medium": (0.0025, 0.01, 34.7),
    "heavy": (0.005, 0.03, 43.3),
    "very_heavy": (0.01, 0.1, 53.7),
}

INSULATOR_PRIORS: tuple[Prior, ...] = (
    ("insulator_growth", 1.0, 0.35, "1", "estimate: multiplier of the class's growth of deposit"),
    ("insulator_sea", 2.0, 0.6, "1", "estimate: sea salt at the shore in 5 m/s over the class's dust"),
    ("insulator_road", 3.0, 0.6, "1", "estimate: winter salt beside a road over the class's dust"),
    ("insulator_wash_time", 600.0, 0.5, "s", "recalled: heavy rain washes within about 10 min"),
    ("insulator_wash_rain", 3.0, 0.3, "mm/h", "recalled: above 5 mm/h it washes"),
    ("insulator_wet_centre", 0.80, 0.03, "1", "recalled: NaCl deliquesces at 75 %, a layer conducts from 80 %"),
    ("insulator_wet_width", 0.05, 0.25, "1", "recalled: width of the rise with humidity"),
    ("insulator_film", 0.02, 0.5, "kg/m2", "estimate: water that dissolves most of the salt; 0.02 mm"),
    ("insulator_form", 2.0, 0.2, "1", "recalled: form factors of pins and posts 1 to 3"),
    ("insulator_capacitive", 15e-6, 0.6, "A", "recalled: dry capacitive current 5 to 50 uA"),
    ("insulator_dry_band", 0.033, 0.3, "1", "assumption: continuous over surge current .02 to .05"),
    ("insulator_band_power", 10.0, 0.7, "W", "estimate: heat that keeps half the bands dry in fog"),
    ("insulator_band_time", 120.0, 0.6, "s", "estimate: dry bands form within minutes"),
    ("insulator_band_rain", 5.0, 0.5, "mm/h", "estimate: rain that wets half the bands again"),
    ("insulator_pulses", 0.2, 0.8, "1/s", "estimate: dry-band pulses a second of an insulator at full bands"),
    ("insulator_pulse_peak", 0.4, 0.3, "1", "estimate: median pulse over the surge current's peak"),
    ("insulator_arc_share", 0.05, 0.7, "1", "estimate: share of the continuous heat that is set free in dry-band arcs"),
    (
        "insulator_creepage",
        1.4,
        0.06,
        "1",
        "estimate: creepage over the class's; at 7.2 kV 280 (light) to 435 mm (heavy)",
    ),
    ("insulator_natural", 1.27, 0.05, "1", "recalled: uneven natural layers, 1 - 0.38 log10(top/bottom = 1/5)"),
    ("insulator_arc_constant", 12480.0, 0.05, "V.A^n/m", "recalled: Topalis 124.8 V/cm at n = .409"),
    ("insulator_spread", 0.065, 0.15, "1", "recalled: lognormal spread of the flashover voltage 5 to 8 %"),
    ("insulator_trials", 3.85e-4, 0.5, "1/s", "half of all insulators in one hour at U50: 2 ln 2 / 3600 s"),
    ("insulator_fault_current", 1000.0, 0.7, "A", "recalled: fault current of rural 12.47 kV feeders, 200 A to 5 kA"),
    ("insulator_clearing", 0.1, 0.6, "s", "recalled: a fuse or recloser clears in 2 to 30 cycles"),
    ("insulator_contact", 3.0e5, 0.8, "Ohm", "recalled: 7.5 W are 5 mA through 300 kOhm of wood at a bolt"),
)


@dataclass(frozen=True)
class InsulatorParameters:
    """Fixed numbers of the module "insulators".

    Attributes:
        exponent: n of the arc characteristic (Topalis, with the constant above) [1].
        erosion: time constant of loss without rain [s] (estimate: ten weeks; bounds the deposit of a desert).
        spread: standard deviation of the logarithm of deposit between insulators of a pole and between poles [1].
        history_weeks: dry weeks behind a run whose site has no weather [wk].
        pulse_spread: standard deviation of the logarithm of pulse peaks [1].
        dead: re-ignition voltage of a dry-band arc over the peak voltage at full bands [1] (clipped half cycles).
        least_conductance: conductance below which a layer counts as dry [S].
        least_arcing: surge current below which dry bands do not arc [A] (recalled: milliamperes).
        dry_arcing: length of a flashover's power arc over the creepage distance [1] (recalled: about half).
        most_pulses: highest rate of pulses, in cycles of the line [1].
    """

    exponent: float = 0.409
    erosion: float = 6.0e6
    spread: float = 0.4
    history_weeks: float = 4.0
    pulse_spread: float = 0.6
    dead: float = 0.4
    least_conductance: float = 1e-10
    least_arcing: float = 1e-3
    dry_arcing: float = 0.5
    most_pulses: float = 2.0


INSULATOR = InsulatorParameters()
