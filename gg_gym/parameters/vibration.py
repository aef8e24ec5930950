"""Numbers of a vibrating wood pole; recalled or estimated unless a source is named."""

from __future__ import annotations

from dataclasses import dataclass

from gg_gym.parameters.line import Prior

VIBRATION_PRIORS: tuple[Prior, ...] = (
    ("vibration_wood", 1.0, 0.06, "1", "recalled: root of E / rho; E 10-12.4 GPa, rho 600-800 kg/m3"),
    ("vibration_soil", 0.65, 0.25, "1", "read: clay lowers the fundamental by 37 %, sand 52 %, rock 3 %"),
    ("vibration_damping", 0.03, 0.35, "1", "recalled: 0.02-0.05 of critical in still air"),
    ("vibration_drag", 1.0, 0.07, "1", "recalled: drag coefficient 0.9-1.1"),
    (
        "vibration_aeolian",
        0.02,
        1.0,
        "1",
        "estimate: amplitude of a conductor over its diameter; at most 0.5 (recalled)",
    ),
    ("vibration_transmission", 0.01, 0.6, "1", "recalled: 20-40 dB lost from conductor to sensor"),
    ("vibration_hum", 0.02, 0.8, "m/s2", "estimate: a pole-mounted transformer's hum at the unit, rms"),
    ("vibration_rattle", 1.0, 0.8, "m/s2", "estimate: a blow of loose hardware at the unit, 1-5 kHz"),
    (
        "vibration_contact",
        0.02,
        0.8,
        "1",
        "estimate: share of a blow's own acceleration that reaches the unit above 500 Hz",
    ),
)

#: Kinds of blows: impulse [N.s], duration [s] and height [m] (estimates), for the causes impact_*.
IMPACTS: dict[str, tuple[float, float, float]] = {
    "vehicle": (3000.0, 0.10, 0.6),
    "vehicle_passing": (30.0, 0.10, 0.3),
    "tree": (60.0, 0.03, 9.5),
    "hammer": (8.0, 0.001, 1.5),
    "hardware": (1.0, 0.0005, 9.7),
}


@dataclass(frozen=True)
class VibrationParameters:
    """Pole, wind on it and ringing (recalled or estimated unless said).

    Attributes:
        elements: beam elements of the pole.
        modulus: [Pa], and density of treated wood [kg/m3] (recalled: 10-12.4 GPa, 600-800 kg/m3).
        taper: diameter at the tip over that at the ground (class 4, 40 ft: ANSI O5.1, read) [1].
        masses: mass of a component by its kind [kg] (class values).
        crossarm: mass of a wood part that is not the pole's top [kg].
        soil_share: power of the soil's factor on each mode's frequency (only the first was measured) [1].
        stiffest: bounds of the soil's factor (above 1 makes no sense) [1].
        span: length of line whose drag the pole carries [m].
        profile: power of the wind's rise with height in the load [1].
        lengths: integral lengths of turbulence along and across the wind [m].
        frontal: area for the aerodynamic admittance [m2].
        strouhal: of conductors [1].
        aeolian: lowest and highest wind across the line at which conductors vibrate (recalled: 1-7 m/s) [m/s].
        calm: turbulence intensity above which they do not (recalled: 15-20 %) [1].
        aeolian_limit: highest amplitude over diameter (recalled: 1 D peak to peak) [1].
        aeolian_time: time over which the amplitude wanders [s].
        hum: shares of the hum along x, y and z [1].
        loose: blows a second of loose hardware at 5 m/s [1/s]; blows grow with ``gust_power`` of the wind.
        ring: time in which ringing above 500 Hz falls to 1/e [s].
        window: span of the features [s].
        unit_mass: moving mass of a blow's neighbourhood [kg].
        blows: newest blows of a step that are followed.
    """

    elements: int = 60
    modulus: float = 12.4e9
    density: float = 700.0
    taper: float = 0.627
    masses: tuple[tuple[str, float], ...] = (
        ("transformer", 150.0),
        ("insulator", 3.0),
        ("cutout", 6.0),
        ("joint", 0.5),
    )
    crossarm: float = 30.0
    soil_share: tuple[float, float, float] = (1.0, 0.5, 0.5)
    stiffest: tuple[float, float] = (0.35, 1.0)
    span: float = 40.0
    profile: float = 0.15
    lengths: tuple[float, float] = (100.0, 50.0)
    frontal: float = 2.0
    strouhal: float = 0.2
    aeolian: tuple[float, float] = (1.0, 7.0)
    calm: float = 0.15
    aeolian_limit: float = 0.5
    aeolian_time: float = 5.0
    hum: tuple[float, float, float] = (1.0, 1.0, 0.5)
    loose: float = 3.0
    gust_power: float = 2.0
    ring: float = 0.03
    window: float = 1.0
    unit_mass: float = 5.0
    blows: int = 4


VIBRATION = VibrationParameters()
