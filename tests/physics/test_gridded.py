"""A field of the user in place of the plume: interpolation, files, errors; and the state's own fields as a grid."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import netcdf_file

from gg_gym.errors import InputError
from gg_gym.physics import dispersion as plume
from gg_gym.physics.engine import PHYSICS, ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Geometry, Mount
from gg_gym.physics.gridded import FieldPlume, load_field, make_field, register_field
from gg_gym.physics.sampling import cf_unit, sample_grid, save_grid
from gg_gym.physics.site import Conditions
from gg_gym.physics.species import INDEX
from gg_gym.physics.state import Environment3DState
from gg_gym.products import load_product, parse_product
from gg_gym.scenarios.base import ScenarioDefinition
from gg_gym.twin import Twin

GEOMETRY = Geometry(10.4, 0.13, (), (), None, Mount((0.3, -0.7, 7.2), (0.0, 0.0, 9.7)))
AXES = {"time": np.array([0.0, 10.0, 20.0]), "x": np.linspace(-2.0, 2.0, 5), "y": np.array([-2.0, 0.5, 2.0]),
        "z": np.linspace(6.0, 11.0, 6)}  # fmt: skip


def linear(axes: Any = AXES) -> Any:
    """A field that is linear in every axis, so that interpolation is exact."""
    t, x, y, z = np.meshgrid(*axes.values(), indexing="ij")
    return 100.0 + t + 3.0 * x - 2.0 * y + 5.0 * z


def state_at(time: float, n: int = 1, dt: float = 1.0) -> Environment3DState:
    state = Environment3DState.uniform(GEOMETRY, n, dt, wind=(2.0, 0.3, 0.0))
    state.time[:] = time
    return state


@settings(max_examples=25, deadline=None)
@given(st.floats(0.0, 20.0), st.floats(-2.0, 2.0), st.floats(-2.0, 2.0), st.floats(6.0, 11.0))
def test_interpolation_is_linear_in_time_and_trilinear_in_space(t: float, x: float, y: float, z: float) -> None:
    field = make_field("test", AXES, {"CO": (linear(), "[ppb]")})
    found = field.at(np.array([[t]]), np.array([[[x, y, z]]]))[0, 0, 0, 0]
    assert found == pytest.approx(100.0 + t + 3.0 * x - 2.0 * y + 5.0 * z, rel=1e-5)


def test_time_holds_beyond_its_ends() -> None:
    field = make_field("test", AXES, {"CO": (linear(), "ppb")})
    point = np.array([[[0.0, 0.0, 8.0]]])
    early, first, late, last = (field.at(np.array([[t]]), point)[0, 0, 0, 0] for t in (-900.0, 0.0, 99.0, 20.0))
    assert early == first and late == last and last - first == pytest.approx(20.0)


def test_a_field_takes_the_place_of_the_plume_in_an_engine() -> None:
    key = register_field(
        "test", make_field("test", AXES, {"CO": (linear(), "[ppb]"), "PM1": (2.0 * linear(), "ug/m3")})
    )
    assert key in PHYSICS and key == register_field("test", make_field(
        "test", AXES, {"CO": (linear(), "[ppb]"), "PM1": (2.0 * linear(), "ug/m3")}))  # fmt: skip
    seeds, zero = np.arange(3).astype(np.uint64), np.zeros(3)
    conditions = Conditions(seeds, np.zeros(3, np.int64), zero, zero + 1, seeds, zero, seeds)
    engine = ModularPhysicsEngine(["dispersion", key], PhysicsContext(GEOMETRY, (), conditions, {}), 10.0)
    state = state_at(0.0, 3, 10.0)
    state.background[:] = 7.0
    engine.start(state)
    engine.step(state, 10.0, 3, 0)
    found = state.concentration(np.array([[1.0, 0.0, 8.0]]))
    assert found.shape == (3, 4, 1, found.shape[-1])
    np.testing.assert_allclose(found[0, :, 0, INDEX["CO"]], 7.0 + 100.0 + np.array([2.5, 5.0, 7.5, 10.0]) + 43.0)
    np.testing.assert_allclose(found[..., INDEX["PM1"]] - 7.0, 2.0 * (found[..., INDEX["CO"]] - 7.0))
    assert (found[..., INDEX["NO2"]] == 7.0).all()
    np.testing.assert_array_equal(state.take([2]).concentration(np.array([[1.0, 0.0, 8.0]]))[0], found[2])


def test_a_dilution_multiplies_the_rates() -> None:
    field = make_field("test", AXES, {"dilution": (np.full((3, 5, 3, 6), 0.2), "s/m3")})
    state = state_at(5.0)
    state.source_rate[:, 0, INDEX["PM1"]], state.source_rate[:, 1, INDEX["PM1"]] = 3e-9, 2e-9
    state.plume = FieldPlume(field)
    found = state.concentration(np.array([[0.0, 0.0, 8.0]]))[0, -1, 0, INDEX["PM1"]]
    assert found == pytest.approx(0.2 * 5e-9 * 1e9)


def bad_time(*values: float) -> dict[str, Any]:
    return {**AXES, "time": np.array(values)}


@pytest.mark.parametrize(
    ("axes", "variables", "words"),
    [
        ({k: v for k, v in AXES.items() if k != "y"}, {"CO": (linear(), "[ppb]")}, ("axis y", "missing")),
        ({**AXES, "x": AXES["x"][::-1]}, {"CO": (linear(), "[ppb]")}, ("axis x", "rising")),
        ({**AXES, "z": np.array([8.0])}, {"CO": (linear(), "[ppb]")}, ("axis z", "shape")),
        (bad_time(0.0, 10.0, 100.0), {"CO": (linear(), "[ppb]")}, ("time", "gap of 90 s after 10 s")),
        (AXES, {"CO": (linear(), "ug/m3")}, ("variable CO", "unit 'ug/m3'", "[ppb]")),
        (AXES, {"CO": (linear(), "")}, ("variable CO", "unit ''")),
        (AXES, {"smell": (linear(), "[ppb]")}, ("variable smell", "unknown")),
        (AXES, {"CO": (linear()[:2], "[ppb]")}, ("variable CO", "shape")),
        (AXES, {"CO": (np.where(linear() > 170.0, np.nan, linear()), "[ppb]")}, ("variable CO", "nan at")),
        (AXES, {"CO": (-linear(), "[ppb]")}, ("variable CO", "not negative")),
        (AXES, {}, ("no variable",)),
        (AXES, {"dilution": (linear(), "s/m3"), "CO": (linear(), "[ppb]")}, ("dilution beside",)),
    ],
)
def test_bad_fields_are_one_clear_error(axes: Any, variables: Any, words: Any) -> None:
    with pytest.raises(InputError) as caught:
        make_field("wind_tunnel.npz", axes, variables)
    assert all(word in str(caught.value) for word in (*words, "wind_tunnel.npz"))


def test_a_sensor_outside_the_grid_is_an_error() -> None:
    state = state_at(5.0)
    state.plume = FieldPlume(make_field("test", AXES, {"CO": (linear(), "[ppb]")}))
    with pytest.raises(InputError, match=r"axis z.*asks at 3 m.*6 to 11 m"):
        state.concentration(np.array([[0.0, 0.0, 3.0]]))


def classic(path: Path, unit: str = "ppb", fill: float | None = None) -> Path:
    with netcdf_file(str(path), "w") as file:
        for name, axis in AXES.items():
            file.createDimension(name, len(axis))
            variable = file.createVariable(name, "d", (name,))
            variable[:], variable.units = axis, "s" if name == "time" else "m"
        variable = file.createVariable("CO", "f", tuple(AXES))
        variable[:], variable.units = linear(), unit
        if fill is not None:
            variable._FillValue = np.float32(fill)
            variable[1, 1, 1, 1] = fill
    return path


def test_files_give_the_same_field(tmp_path: Path) -> None:
    one = load_field(classic(tmp_path / "field.nc"))
    arrays: Any = {**AXES, **{f"{k}_unit": np.array("s" if k == "time" else "m") for k in AXES}}
    np.savez(tmp_path / "field.npz", CO=linear(), CO_unit=np.array("[ppb]"), **arrays)
    assert load_field(tmp_path / "field.npz").digest == one.digest


def test_bad_files_name_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_field(tmp_path / "none.nc")
    (tmp_path / "text.nc").write_text("hello there")
    with pytest.raises(InputError, match="neither npz nor NetCDF"):
        load_field(tmp_path / "text.nc")
    with pytest.raises(InputError, match="unit 'mg/m3'"):
        load_field(classic(tmp_path / "unit.nc", "mg/m3"))
    with pytest.raises(InputError, match=r"nan at \(1, 1, 1, 1\)"):
        load_field(classic(tmp_path / "gap.nc", fill=-999.0))
    (tmp_path / "four.nc").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(64))
    with pytest.raises(InputError, match=r"four\.nc"):
        load_field(tmp_path / "four.nc")
    axes: Any = {f"{k}_unit": np.array("km") for k in AXES}
    np.savez(tmp_path / "axis.npz", CO=linear(), CO_unit=np.array("[ppb]"), **{**AXES, **axes})
    with pytest.raises(InputError, match="axis time"):
        load_field(tmp_path / "axis.npz")


@pytest.mark.parametrize("order", [("time", "z", "y", "x"), ("z", "x", "time", "y")])
def test_netcdf_dimensions_may_stand_in_any_order(tmp_path: Path, order: tuple[str, ...]) -> None:
    cube = {**AXES, "y": AXES["x"], "z": np.linspace(6.0, 10.0, 5)}
    values = linear(cube)
    with netcdf_file(str(tmp_path / "field.nc"), "w") as file:
        for name, axis in cube.items():
            file.createDimension(name, len(axis))
            variable = file.createVariable(name, "d", (name,))
            variable[:], variable.units = axis, "seconds since 2020-01-01" if name == "time" else "m"
        variable = file.createVariable("CO", "f", order)
        variable[:], variable.units = np.transpose(values, [list(AXES).index(name) for name in order]), "ppb"
    found = load_field(tmp_path / "field.nc")
    np.testing.assert_allclose(found.values[..., 0], values, rtol=1e-6)


def test_netcdf_4_is_read_where_xarray_is(tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray")
    units = {name: "s" if name == "time" else "m" for name in AXES}
    coordinates = {name: (name, axis, {"units": units[name]}) for name, axis in AXES.items()}
    data = xarray.Dataset({"CO": (tuple(AXES), linear(), {"units": "ppb"})}, coords=coordinates)
    data.transpose("z", "time", "y", "x").to_netcdf(tmp_path / "four.nc", format="NETCDF4")
    assert load_field(tmp_path / "four.nc").digest == load_field(classic(tmp_path / "three.nc")).digest
    data.CO.attrs["units"] = "mg/m3"
    data.to_netcdf(tmp_path / "unit.nc", format="NETCDF4")
    with pytest.raises(InputError, match="unit 'mg/m3'"):
        load_field(tmp_path / "unit.nc")


@pytest.mark.parametrize("name", ["grid.npz", "grid.nc"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
def test_a_cut_file_is_one_clear_error(tmp_path: Path, name: str, share: float) -> None:
    axis = np.linspace(8.0, 9.0, 5)
    path = save_grid(tmp_path / name, sample_grid(source_state(), axis, axis, axis))
    whole = path.read_bytes()
    path.write_bytes(whole[: max(int(share * len(whole)), 8)])
    with pytest.raises(InputError, match=name):
        load_field(path)


def source_state() -> Environment3DState:
    state = state_at(30.0)
    state.background[:, INDEX["CO"]] = 150.0
    state.source_position[:, 0], state.source_size[:, 0] = (-1.0, 0.0, 9.0), 0.3
    state.source_rate[:, 0, INDEX["CO"]] = 1e-5
    state.plume = plume.plume_increment
    return state


@pytest.mark.parametrize("name", ["grid.npz", "grid.nc"])
def test_a_plume_survives_the_way_over_a_file(tmp_path: Path, name: str) -> None:
    """Sample the built-in plume, load it as a field: the same at the nodes, close between them."""
    state = source_state()
    x, y, z = np.linspace(0.0, 3.0, 25), np.linspace(-1.0, 1.0, 25), np.linspace(8.0, 10.0, 25)
    grid = sample_grid(state, x, y, z, ("CO", "added.CO", "background.CO", "wind", "air_temperature"))
    assert grid["wind.x"][0].shape == (1, 25, 25, 25) and grid["background.CO"][0] == 150.0
    np.testing.assert_allclose(grid["CO"][0] - 150.0, grid["added.CO"][0], atol=1e-9)
    assert grid["air_temperature"][0][0, 0, 0, 0] > grid["air_temperature"][0][0, 0, 0, -1]
    field = load_field(save_grid(tmp_path / name, grid))
    assert field.species == (INDEX["CO"],)
    other = state.take([0])
    other.plume = FieldPlume(field)
    nodes, between = np.array([[x[8], y[12], z[14]], [x[20], y[9], z[12]]]), np.array([[1.07, 0.03, 9.06]])
    for points, tolerance in ((nodes, 1e-5), (between, 0.05)):
        one, two = (s.concentration(points)[0, -1, :, INDEX["CO"]] for s in (state, other))
        np.testing.assert_allclose(two, one, rtol=tolerance)


def test_totals_are_not_taken_for_what_sources_add(tmp_path: Path) -> None:
    axis = np.linspace(8.0, 9.0, 3)
    path = save_grid(tmp_path / "grid.nc", sample_grid(source_state(), axis, axis, axis, ("CO",)))
    with pytest.raises(InputError, match=r"grid\.nc.*totals.*added\.SPECIES"):
        load_field(path)


def test_a_grid_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    axis = np.linspace(8.0, 9.0, 3)
    grid = sample_grid(source_state(), axis, axis, axis)
    with pytest.raises(InputError, match="cannot be written"):
        save_grid(tmp_path / "no" / "grid.npz", grid)
    with pytest.raises(InputError, match="suffix"):
        save_grid(tmp_path / "grid.h5", grid)
    grid["smell"] = (np.zeros((1, 2, 2, 2)), "1")
    with pytest.raises(ValueError, match="broadcast"):
        save_grid(tmp_path / "grid.nc", grid)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("m/s2", "m s-2"), ("[ppb]", "ppb"), ("kg/(m2.s)", "kg m-2 s-1"), ("1", "1"), ("1/m", "m-1"), ("ug/m3", "ug m-3")],
)
def test_units_as_cf_writes_them(ours: str, theirs: str) -> None:
    assert cf_unit(ours) == theirs


def product_with(path: Path | str, digest: str = "") -> Any:
    plain = load_product("grid_guardian").model_dump(mode="json")
    return {**plain, "field": {"path": str(path), "digest": digest}}


def written(path: Path, factor: float = 1.0) -> Path:
    axes = {"time": np.array([0.0, 600.0]), "x": np.array([-3.0, 3.0]), "y": np.array([-3.0, 3.0]),
            "z": np.array([6.0, 12.0])}  # fmt: skip
    units: Any = {f"{k}_unit": np.array("s" if k == "time" else "m") for k in axes}
    wide: Any = axes
    np.savez(path, CO=factor * np.full((2, 2, 2, 2), 500.0), CO_unit=np.array("ppb"), **wide, **units)
    return path


def test_a_product_names_a_field_by_path_and_its_hash_is_the_products(tmp_path: Path) -> None:
    plain = load_product("grid_guardian")
    assert '"field"' not in plain.canonical
    one = parse_product(product_with(written(tmp_path / "one.npz")), "mine.yaml")
    two = parse_product(product_with(written(tmp_path / "two.npz", 2.0)), "mine.yaml")
    assert len({plain.digest, one.digest, two.digest}) == 3 and one.field is not None
    assert f"gridded.file.{one.field.digest[:8]}" in one.physics
    again = parse_product(json.loads(one.canonical), "record")
    assert again == one and again.canonical == one.canonical
    assert one.replace(field=None).physics == plain.physics
    with pytest.raises(InputError, match=r"one\.npz.*another field"):
        parse_product(product_with(tmp_path / "one.npz", two.field.digest), "mine.yaml")  # type: ignore[union-attr]
    with pytest.raises(InputError, match=r"none\.npz.*no such file"):
        parse_product(product_with(tmp_path / "none.npz"), "mine.yaml")
    with pytest.raises(InputError, match=r"mine\.yaml: field"):
        parse_product({**product_with("x"), "field": {"module": "os"}}, "mine.yaml")


def test_a_fields_file_is_looked_for_beside_the_products(tmp_path: Path) -> None:
    written(tmp_path / "cfd.npz")
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(product_with("cfd.npz")), encoding="utf-8")
    product = load_product(tmp_path / "mine.yaml")
    assert product.field is not None and product.field.path == str(tmp_path / "cfd.npz")


def test_the_twin_smells_the_products_field(tmp_path: Path) -> None:
    few = {"spin_up_hours": 1, "lead_in": 60.0}
    plain = {**load_product("grid_guardian").model_dump(mode="json"), "operation": few}
    given = {**product_with(written(tmp_path / "cfd.npz")), "operation": few}
    added = []
    for data in (plain, given):
        twin = Twin(parse_product(data, "mine.yaml"), thermal=False)
        session = twin.begin(twin.draw([5]))
        session.set_scenarios([ScenarioDefinition(family="baseline_operation")])
        session.lead_in()
        session.sample()
        added.append(session.state.quantity("added.CO", twin.inlet)[0, 0])
    assert added == pytest.approx([0.0, 500.0])
