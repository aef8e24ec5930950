"""Every public law answers alike in NumPy float64, NumPy float32 and torch float32.

The arguments come from the annotated units, so that a new law is checked without anyone adding it; ``GIVEN`` replaces
arguments that a unit alone does not tell, ``EXEMPT`` names the laws that have only one library or take no array.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import gg_gym.equations

SIZE = 6
#: Range an argument is taken from, by unit; anything else is of order one.
RANGES = {
    "Celsius": (-5.0, 40.0), "Kelvin": (270.0, 330.0), "Pascal": (9e4, 1.05e5), "Hertz": (50.0, 5000.0),
    "Ampere": (5.0, 200.0), "Volt": (1e3, 1e4), "Watt": (10.0, 1e3), "WattPerSquareMeter": (50.0, 900.0),
    "VoltPerMeter": (1e6, 2e6), "Second": (1.0, 100.0), "MeterPerSecond": (0.5, 12.0), "Radian": (0.1, 1.4),
    "PartsPerBillion": (10.0, 500.0), "MillimeterPerHour": (0.1, 20.0),
}  # fmt: skip
ORDINARY = (0.2, 0.9)


def _laws() -> dict[str, Callable[..., Any]]:
    """All public functions of the package: module.name -> function."""
    found = {}
    for module in pkgutil.iter_modules(gg_gym.equations.__path__):
        namespace = importlib.import_module(f"gg_gym.equations.{module.name}")
        for name, law in vars(namespace).items():
            if not name.startswith("_") and callable(law) and getattr(law, "__module__", "") == namespace.__name__:
                found[f"{module.name}.{name}"] = law
    return found


LAWS = _laws()
#: Laws that take no array, or give a table of one library: why.
EXEMPT = {
    "pressure_sensors.filter_time": "plain numbers, once a sensor",
    "pyrolysis.char_yield": "plain numbers, once a world",
    "radiometry.band_table": "a NumPy table of float64, computed once; band_exitance_fast reads it in both libraries",
}

_ONE = np.linspace(0.2, 0.9, SIZE)
_X, _HEIGHT = np.array([[-1.12, 0.4, 1.12]]), np.array([[10.0, 10.3, 10.0]])
_MATRIX = 0.1 * np.ones((3, 3)) + np.diag([1.0, 2.0, 3.0])
_FIELD = {"x": np.array([[0.5, 5.0]]), "z": np.array([[8.0, 1.0]]), "conductor_x": _X, "conductor_height": _HEIGHT}
_BAND = {"low": 100.0 * _ONE, "high": 1000.0 * _ONE}
#: Arguments that a unit alone does not tell: shapes, orders, and what must lie above or below another.
GIVEN: dict[str, dict[str, Any]] = {
    "accelerometer.band_noise": _BAND,
    "accelerometer.rms_spread": _BAND,
    "arcs.symmetric_arc_harmonics": {"orders": (1, 3, 5, 7)},
    "atmosphere.fog_liquid": {"depression": 0.4 * _ONE, "speed": _ONE},
    "combustion.kept_heat": {"rise": _ONE, "heat": 1e4 * _ONE},
    "discharges.gap_pulse_rate": {"stress": 3.0 * _ONE, "frequency": 60.0, "most": 4.0},
    "dispersion.briggs_sigmas": {"stability": 3},
    "electromagnetics.capacitance_matrix": {"coefficients": 1e11 * _MATRIX},
    "electromagnetics.electric_map": _FIELD,
    "electromagnetics.magnetic_map": _FIELD,
    "electromagnetics.potential_coefficients": {"x": _X, "height": _HEIGHT, "radius": np.full((1, 3), 5e-3)},
    "electromagnetics.field_phasors": {"linear_map": _MATRIX[None] @ np.ones((2, 3, 3)), "phasors": np.ones((2, 3, 5))},
    "gas_sensors.surface_leak": {"humidity": 92.0 + 10.0 * _ONE},
    "heat.balance_step": {"emitted": 1e-8 * _ONE, "gained": 900.0 * _ONE},
    "microphone.level_spread": _BAND,
    "nuisances.floating_sphere": {"field": np.ones((6, 3, 2)), "offset": _ONE[:, None] * np.ones(3)},
    "pyrolysis.arrhenius": {"factor": 1e10, "energy": 1.2e5, "temperature": 900.0 * _ONE},
    "pyrolysis.competing_split": {"temperature": 500.0 + 300.0 * _ONE, "steps": ((1e10, 1.2e5), (1e12, 1.5e5))},
    "pyrolysis.sequential_decay": {"mass": np.ones((6, 3)), "decay": np.ones((6, 2)), "solid_yield": (0.5, 0.2)},
    "radiometry.lepton_kelvin": {"counts": 1e4 * _ONE, "r": 3e5, "b": 1428.0, "f": 1.0, "o": 500.0},
    "radiometry.planck_fraction": {"wavelength_temperature": 5e3 * _ONE},
    "solar.combined_loss": {"losses": (_ONE, 0.5 * _ONE)},
    "spectrum.sequence_components": {"real": _MATRIX[None], "imag": 0.2 * _MATRIX[None]},
    "sun.ineichen": {"mass": 1.0 / _ONE, "cos_zenith": _ONE, "normal": 1e3 * _ONE, "turbidity": 3.0, "altitude": 50.0},
    "turbulence.mixing_factor": {"inverse_obukhov": -_ONE, "mixing_height": 1e3 * _ONE},
    "vibration.beam_modes": {"stiffness": np.diag([1.0, 3.0, 8.0, 20.0]) + 0.2, "mass": np.eye(4), "count": 2},
    "vibration.cantilever_frequency": {"mode": 1},
    "wind.stability_corrections": {"zeta": (_ONE[:, None], -_ONE[:, None])},
}  # fmt: skip


def _argument(parameter: inspect.Parameter, place: int) -> Any:
    """An argument for a parameter: arrays in the range of its unit, its default, or one half."""
    kind = str(parameter.annotation)
    if kind in ("float", "int", "bool", "str") or "Sequence" in kind:
        return 0.5 if parameter.default is parameter.empty else parameter.default
    low, high = RANGES.get(kind.split("[")[0], ORDINARY)
    values = np.linspace(low, high, SIZE)
    if kind.startswith("tuple"):
        return tuple(np.roll(values, place + i) for i in range(kind.count(",") + 1))
    return np.roll(values, place)


def _arguments(name: str) -> tuple[list[Any], dict[str, Any]]:
    """Arguments of a law: by position, by name."""
    parameters, given = inspect.signature(LAWS[name]).parameters, GIVEN.get(name, {})
    values = {key: given[key] if key in given else _argument(p, i) for i, (key, p) in enumerate(parameters.items())}
    more = [key for key, p in parameters.items() if p.kind is p.VAR_POSITIONAL]
    return [value for key in more for value in values[key]], {k: v for k, v in values.items() if k not in more}


def _changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """The argument with each array in it changed."""
    if isinstance(value, np.ndarray):
        return change(value)
    return tuple(_changed(v, change) for v in value) if isinstance(value, tuple) else value


def _answers(name: str, change: Callable[[Any], Any]) -> list[Any]:
    """The arrays that a law returns for its arguments, each changed."""
    places, names = _arguments(name)
    result = LAWS[name](*[_changed(v, change) for v in places], **{k: _changed(v, change) for k, v in names.items()})
    return list(result) if isinstance(result, (tuple, list)) else [result]


def test_what_is_exempt_or_given_exists() -> None:
    assert set(EXEMPT) | set(GIVEN) <= set(LAWS) and not set(EXEMPT) & set(GIVEN)
    for name, given in GIVEN.items():
        assert set(given) <= set(inspect.signature(LAWS[name]).parameters), name


@pytest.mark.parametrize("name", sorted(set(LAWS) - set(EXEMPT)))
def test_a_law_answers_alike_in_every_library(name: str) -> None:
    double = _answers(name, np.copy)
    single = _answers(name, lambda x: x.astype(np.float32))
    tensors = _answers(name, lambda x: torch.tensor(x, dtype=torch.float32))
    assert len(double) == len(single) == len(tensors)
    for exact, narrow, tensor in zip(double, single, tensors, strict=True):
        assert exact.dtype == np.float64 and narrow.dtype == np.float32 and tensor.dtype == torch.float32
        assert np.isfinite(exact).all()
        scale = float(np.abs(exact).max())
        assert scale > 0.0, "the arguments do not exercise the law"
        for other in (narrow, tensor.numpy()):
            np.testing.assert_allclose(other, exact, rtol=1e-4, atol=2e-6 * scale)
