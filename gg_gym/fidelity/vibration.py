"""Cases of vortices, pole modes and the oscillator."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gg_gym.equations import vibration
from gg_gym.fidelity.case import Case, relative

_FACTS = "finite elements by an independent script"


def pole_modes(length: Any, foot: Any, top: Any, modulus: Any, density: Any, added: Any, elements: int) -> Any:
    """First three frequencies [Hz] of a clamped pole that tapers from foot to top [m], with a mass on top [kg]."""
    middle = (np.arange(elements) + 0.5) / elements
    stiffness, mass = vibration.circle_section(foot + (top - foot) * middle, modulus, density)
    at_top = np.zeros(elements)
    at_top[-1] = added
    return vibration.beam_modes(*vibration.beam_matrices(stiffness, mass, at_top, float(length) / elements))[0]


def uniform_modes(length: Any, diameter: Any, modulus: Any, density: Any) -> Any:
    """First three frequencies [Hz] of a uniform cantilever in closed form."""
    stiffness, mass = vibration.circle_section(diameter, modulus, density)
    return np.array([vibration.cantilever_frequency(mode, length, stiffness, mass) for mode in range(3)])


def step_amplification(omega: Any, steps: int) -> Any:
    """Highest deflection of an undamped oscillator over the static one, in one period of steps."""
    zero, h = 0.0 * omega, 2.0 * math.pi / float(omega) / steps
    x, v, highest = zero, zero, 0.0
    for _ in range(steps):
        x, v = vibration.sdof_step(x, v, omega**2, h, omega, zero)
        highest = max(highest, float(x))
    return highest


_UNIFORM = {"length": 10.0, "modulus": 12e9, "density": 600.0}
_POLE = {"length": 10.36, "foot": 0.271, "top": 0.170, "modulus": 12.4e9, "density": 700.0}

CASES: tuple[Case, ...] = (
    Case("VIB-1", "vortices of 3 m/s behind 28.1 mm", "Strouhal number 0.2", "identity",
         {"speed": 3.0, "diameter": 0.0281}, 21.35, relative(1e-3), "Hz", vibration.vortex_frequency),
    Case("VIB-2", "vortices of 1 and 7 m/s behind 10.1 mm", "Strouhal number 0.2", "identity",
         {"speed": (1.0, 7.0), "diameter": 0.0101}, (19.8, 138.6), relative(1e-3), "Hz", vibration.vortex_frequency),
    Case("VIB-3", "modes of a uniform pole, closed form", f"Euler-Bernoulli; {_FACTS}", "own regression",
         {**_UNIFORM, "diameter": 0.30}, (1.87693, 11.7625, 32.9353), relative(1e-3), "Hz", uniform_modes),
    Case("VIB-3.b", "modes of a uniform pole, 60 elements", f"Euler-Bernoulli; {_FACTS}", "own regression",
         {**_UNIFORM, "foot": 0.30, "top": 0.30, "added": 0.0, "elements": 60}, (1.87693, 11.7625, 32.9353),
         relative(1e-3), "Hz", pole_modes),
    Case("VIB-4.a", "modes of a 40 ft class 4 pole", _FACTS, "own regression", {**_POLE, "added": 0.0, "elements": 60},
         (1.7951, 8.5363, 22.0186), relative(5e-3), "Hz", pole_modes),
    Case("VIB-4.b", "modes of a 40 ft class 4 pole with 150 kg on top", _FACTS, "own regression",
         {**_POLE, "added": 150.0, "elements": 60}, (0.8569, 6.1215, 17.8700), relative(5e-3), "Hz", pole_modes),
    Case("VIB-5", "shock spectrum of a half-sine, td/T = 0.2, 0.5, 0.8, 1, 2", "integrated by an independent script",
         "own regression", {"ratio": (0.2, 0.5, 0.8, 1.0, 2.0)}, (0.770, 1.571, 1.768, 1.732, 1.268), relative(5e-3),
         "1", vibration.half_sine_amplification),
    Case("VIB-6", "amplification of a step load", "1 - cos", "identity", {"omega": 12.0, "steps": 1000}, 2.0,
         relative(1e-3), "1", step_amplification),
)  # fmt: skip
