"""Quantities: every phenomenon is asked in one way, at points, over volumes and for the pole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.errors import InputError
from gg_gym.physics.geometry import Geometry
from gg_gym.physics.quantities import QUANTITIES, Quantity, find, register_quantity, volume_mean
from gg_gym.physics.species import INDEX, SPECIES
from gg_gym.physics.state import Environment3DState
from gg_gym.products import load_product
from gg_gym.scenarios.base import ScenarioDefinition
from gg_gym.twin import Twin

find("wind")
POINTS = np.array([[0.0, 0.0, 9.0], [1.0, 0.2, 10.0], [0.4, 3.0, 10.3], [-1.5, 1.0, 0.0]])
#: What the issue and the design ask a state for.
ASKED = (
    "wind", "air_temperature", *SPECIES, "electric_field", "electric_field_thd", "magnetic_field", "magnetic_field_thd",
    "sound_level", "acceleration_peak", "tilt", "flash_field", "flash_distance", "leak_power", "flashover",
    "corona_power", "esdd", "surface_film", "battery_charge", "battery_voltage", "battery_current",
    "battery_temperature", "panel_voltage", "panel_current", "internal_temperature", "transformer_hot_spot",
    "component_temperature", "rain", "visibility", "arc_power", "mass_rate",
)  # fmt: skip


@pytest.fixture(scope="module")
def geometry() -> Geometry:
    return load_product("grid_guardian").geometry


@pytest.fixture(scope="module")
def state() -> Environment3DState:
    """Three rows of a product with every module, in a fire."""
    plain = load_product("grid_guardian")
    wanted = ("surface_wetness", "insulators", "discharges", "acoustics", "vibration", "lightning", "power",
              "enclosure", "transformer")  # fmt: skip
    product = plain.replace(
        physics=tuple(dict.fromkeys((*plain.physics, *wanted))),
        operation={**plain.operation.model_dump(), "spin_up_hours": 2, "lead_in": 120.0},
    )
    twin = Twin(product, thermal=False)
    session = twin.begin(twin.draw([3, 4, 5]))
    fire = ScenarioDefinition(family="early_combustion", parameters={"severity": 0.9, "phase": 0.8})
    session.set_scenarios([fire] * 3)
    session.lead_in()
    session.sample()
    return session.state


def places_of(quantity: Quantity) -> Any:
    return POINTS if quantity.places else None


def shape_of(quantity: Quantity, state: Environment3DState) -> tuple[int, ...]:
    head = (state.n, len(POINTS)) if quantity.places else (state.n,)
    return head if quantity.labels is None else (*head, len(quantity.labels(state.geometry)))


def test_what_is_asked_for_is_registered() -> None:
    assert set(ASKED) <= set(QUANTITIES)
    for quantity in QUANTITIES.values():
        assert quantity.unit and quantity.meaning and np.isfinite(quantity.neutral), quantity.key


@pytest.mark.parametrize("key", sorted(QUANTITIES))
def test_every_quantity_answers_in_its_shape_and_never_nan(key: str, state: Environment3DState) -> None:
    quantity = find(key)
    found = state.quantity(key, places_of(quantity))
    assert found.shape == shape_of(quantity, state) and found.dtype == np.float64
    assert np.isfinite(found).all() and (not quantity.owner or quantity.present(state) or quantity.owner == "soiling")
    assert len(quantity.names(state.geometry)) == (1 if quantity.labels is None else found.shape[-1])
    alone = state.take([1]).quantity(key, places_of(quantity))
    np.testing.assert_array_equal(alone[0], found[1])


@pytest.mark.parametrize("key", sorted(QUANTITIES))
def test_a_module_that_is_absent_gives_the_neutral_value(key: str, geometry: Geometry) -> None:
    quantity, empty = find(key), Environment3DState.neutral(geometry, 2)
    found = empty.quantity(key, places_of(quantity))
    assert found.shape == shape_of(quantity, empty) and np.isfinite(found).all()
    if quantity.owner:
        assert (found == quantity.neutral).all()


@pytest.mark.parametrize("line", [True, False])
def test_a_bare_pole_answers_too(line: bool) -> None:
    where = Geometry(10.4, 0.13, (), (), None, load_product("grid_guardian").geometry.mount)
    bare = Environment3DState.neutral(where, 1, 0.02 if line else 3600.0)
    for quantity in QUANTITIES.values():
        assert bare.quantity(quantity.key, places_of(quantity)).shape == shape_of(quantity, bare)


def test_answers_are_those_of_the_state(state: Environment3DState) -> None:
    np.testing.assert_array_equal(state.quantity("wind", POINTS), state.wind(POINTS)[:, -1])
    air = state.concentration(POINTS)[:, -1]
    np.testing.assert_array_equal(state.quantity("CO", POINTS), air[..., INDEX["CO"]])
    added = state.quantity("added.CO", POINTS) + state.background[:, INDEX["CO"], None]
    np.testing.assert_allclose(added, air[..., INDEX["CO"]])
    field = np.abs(state.electric_field(POINTS[:2])[..., 0])
    np.testing.assert_allclose(state.quantity("electric_field_rms", POINTS[:2]), np.sqrt((field**2).sum(-1)))
    hottest = state.quantity("component_temperature").max(axis=1)
    assert (state.quantity("wood_hot_spot") <= hottest + 1e-9).all() and (hottest > 350.0).all()


def test_without_points_the_units_place_is_meant(state: Environment3DState) -> None:
    here = np.array([state.geometry.mount.position])
    np.testing.assert_array_equal(state.quantity("wind"), state.quantity("wind", here))


def test_a_field_has_a_value_on_a_conductors_axis(state: Environment3DState) -> None:
    line = state.geometry.line
    assert line is not None
    axis = np.array([[line.x[0], 0.0, line.height[0]], [line.x[0] + line.radius[0], 0.0, line.height[0]]])
    found = state.quantity("electric_field_rms", axis)
    np.testing.assert_array_equal(found[:, 0], found[:, 1])
    assert (found > 1e4).all()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-2.0, 2.0), min_size=6, max_size=6), st.floats(0.01, 1.0))
def test_volume_means_are_exact_for_a_cubic_field(c: list[float], half: float) -> None:
    def answer(state: Environment3DState, p: Any) -> Any:
        x, y, z = p.T
        return (c[0] + c[1] * x + c[2] * y * z + c[3] * x**2 + c[4] * z**2 + c[5] * x * y**2)[None]

    mine = Quantity("mine", "1", True, 0.0, "a polynomial", answer)
    here = Environment3DState.neutral(load_product("grid_guardian").geometry, 1)
    at = np.array([[0.5, -1.0, 8.0]])
    point = answer(here, at)[0, 0]
    curvature = c[3] + c[4] + c[5] * 0.5
    for given_, variance in (({"radius": half}, half**2), ({"box": (half,) * 3}, half**2 / 3.0)):
        mean = volume_mean(mine, here, at, **given_)[0, 0]
        assert mean == pytest.approx(point + curvature * variance, abs=1e-9)


def test_levels_are_averaged_as_powers(geometry: Geometry) -> None:
    half = Quantity("loud", "dB", True, 0.0, "above", lambda s, p: np.where(p[:, 0] > 0, 60.0, 0.0)[None], decibel=True)
    state = Environment3DState.neutral(geometry, 1)
    found = volume_mean(half, state, np.array([[1e-3, 0.0, 5.0]]), box=(1.0, 1.0, 1.0))[0, 0]
    assert found == pytest.approx(60.0 + 10.0 * np.log10(13.0 / 18.0), abs=1e-3)


def test_a_larger_volume_smears_a_plume(state: Environment3DState) -> None:
    hot = state.source_position[0, :1]
    point, wide = (state.quantity("added.CO", hot, radius=r)[0, 0] for r in (0.0, 2.0))
    assert wide < point


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("smell",), "unknown key 'smell'"),
        (("battery_charge", POINTS), "pole's"),
        (("wind", np.zeros(3)), "shape"),
        (("wind", np.full((1, 3), np.nan)), "finite"),
        (("wind", POINTS, -1.0), "radius"),
        (("wind", POINTS, 0.0, (1.0, -1.0, 1.0)), "box"),
        (("wind", POINTS, 1.0, (1.0, 1.0, 1.0)), "or a box"),
    ],
)
def test_bad_questions_are_one_clear_error(arguments: Any, words: str, geometry: Geometry) -> None:
    with pytest.raises(InputError, match=words):
        Environment3DState.neutral(geometry, 1).quantity(*arguments)


def test_a_quantity_of_ones_own(geometry: Geometry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QUANTITIES, "_entries", dict(QUANTITIES.items()))
    mine = Quantity(
        "dew_spread", "K", False, 0.0, "distance to the dew point", lambda s, p: s.air_temperature - s.dew_point
    )
    register_quantity(mine)
    assert Environment3DState.neutral(geometry, 2).quantity("dew_spread") == pytest.approx([10.75, 10.75])
    with pytest.raises(ValueError, match="registered already"):
        register_quantity(mine)
