"""Causes, not effects: source, sensor and screen have places, and every sensor answers as their geometry says.

Each test names the law it asserts. Worlds are built from the product with altered geometry: the physics modules step a
state whose wind is given, and the suite of the product's own sensors reads it. "Ideal" is the reading of a perfect
sensor at the same place (the truth beside the reading).
"""

import numpy as np
import pytest

from gg_gym import InputError, ScenarioDefinition, Twin, load_product
from gg_gym.parameters.lepton import LEPTON
from gg_gym.physics.engine import RECORD, ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.species import INDEX
from gg_gym.physics.state import Environment3DState
from gg_gym.sensors.suite import SensorSuite

DT = 10.0
#: An arc that burns all the time in the first arcing place.
ARC = {"arc_gap": 0.05, "arc_current": 40.0, "arc_on_rate": 1e3, "arc_off_rate": 1e-6, "arc_place": 0.0}
EAST = (3.0, 0.0, 0.0)


@pytest.fixture(scope="module")
def product():
    return load_product("grid_guardian")


def altered(product, *, components=None, sensors=None, boxes=None, more_boxes=(), **pole):
    """The product with some places changed: key -> fields of a component, instrument -> position."""
    data = product.model_dump(mode="json")
    for part in data["pole"]["components"]:
        part |= (components or {}).get(part["key"], {})
    for sensor in data["sensors"]:
        if sensor["name"] in (sensors or {}):
            sensor["position"] = sensors[sensor["name"]]
    kept = data["pole"]["boxes"] if boxes is None else boxes
    data["pole"] = {**data["pole"], "boxes": [*kept, *more_boxes], **pole}
    return product.replace(pole=data["pole"], sensors=data["sensors"])


def turned(product):
    """The product turned by 180 degrees about the pole's axis."""
    data = product.model_dump(mode="json")
    turn = lambda p: [-p[0], -p[1], p[2]]  # noqa: E731
    pole = data["pole"]
    for part in (*pole["components"], *data["sensors"]):
        part["position"] = turn(part["position"])
    for box in pole["boxes"]:
        low, high = box["low"], box["high"]
        box["low"], box["high"] = [-high[0], -high[1], low[2]], [-low[0], -low[1], high[2]]
    pole["mount"] = {key: turn(value) for key, value in pole["mount"].items()}
    pole["line"]["x"] = [-x for x in pole["line"]["x"]]
    return product.replace(pole=pole, sensors=data["sensors"])


class World:
    """One unit of a product in a state with a given wind, stepped once; read by its own suite."""

    def __init__(self, product, modules=(), wind=EAST, causes=None, seed=7, **values):
        conditions = product.draw(np.array([seed], np.uint64))
        geometry = product.geometry
        self.state = Environment3DState.uniform(geometry, 1, DT, wind=wind, **values)
        self.state.background[:, INDEX["CO"]] = 150.0
        for key, value in (causes or {}).items():
            self.state.causes[key][:] = value
        context = PhysicsContext(geometry, product.site_objects, conditions, {})
        engine = ModularPhysicsEngine(tuple(modules), context, DT)
        engine.start(self.state)
        engine.step(self.state, DT, RECORD, 0)
        self.suite = SensorSuite(product.sensors, geometry, conditions, {}, DT)
        if self.suite.camera:
            self.suite.camera.unit["angles"][:] = 0.0
            self.suite.camera._mount()
        self.names = {c.name: i for i, c in enumerate(self.suite.channels)}

    def read(self, **how):
        self.suite.start(self.state, RECORD, 1)
        return self.suite.read(self.state, DT, RECORD, 2, **how)

    def ideal(self, instrument=None):
        values = self.read().ideal[0]
        return values if instrument is None else values[self.suite.slices[instrument]]

    def channel(self, name, what="ideal"):
        return float(getattr(self.read(), what)[0, self.names[name]])

    def frame(self):
        """Ideal frame [K]."""
        return self.read(frame_truth=True).frame_ideal[0] * 0.1

    def visible(self, component):
        """Pixels that a component covers."""
        assert self.suite.camera is not None
        return self.suite.camera.visible()[component]

    def heat(self, component, kelvin=450.0):
        self.state.temperature[:, self.state.geometry.index[component]] = kelvin
        return self


def excess(world):
    """Ozone of an arc at the gas inlet, above the clean air [ppb]."""
    return world.channel("OX")


def bare(product, **changes):
    """No boxes, and every component out of sight but one at ``place`` (a sphere of ``radius``)."""
    far = {c.key: {"position": [50.0 + i, 80.0, 0.5]} for i, c in enumerate(product.pole.components)}
    far["insulator_a"] = {"position": list(changes.pop("place")), "radius": changes.pop("radius", 0.06)}
    return altered(product, components=far, boxes=[], **changes)


# Turn the whole world ------------------------------------------------------------------------------------------------


def test_turning_everything_by_180_degrees_turns_the_wind_direction_and_nothing_else(product):
    """Law: physics knows no compass. Gas, fields, climate and image are invariant; the wind's direction turns."""
    modules, values = ("line", "arcs", "dispersion"), {"ghi": 300.0}
    one = World(product, modules, (3.0, -0.55, -1.2), ARC, **values).heat("king_bolt")
    two = World(turned(product), modules, (-3.0, 0.55, -1.2), ARC, **values).heat("king_bolt")
    a, b = one.read(frame_truth=True), two.read(frame_truth=True)
    for name in ("voc", "t_rh", "emf"):
        part = one.suite.slices[name]
        assert np.allclose(a.ideal[0, part], b.ideal[0, part], rtol=1e-6, atol=1e-9), name
    assert excess(one) > 1.0
    speed, sine, cosine = (one.names[k] for k in ("speed", "direction_sin", "direction_cos"))
    assert a.ideal[0, speed] == pytest.approx(b.ideal[0, speed])
    assert a.ideal[0, [sine, cosine]] == pytest.approx(-b.ideal[0, [sine, cosine]])
    assert np.hypot(*(a.reading[0, [sine, cosine]] + b.reading[0, [sine, cosine]])) < 0.05
    assert np.array_equal(a.frame_ideal, b.frame_ideal)


def test_turning_source_and_wind_about_the_sensor_leaves_its_reading(product):
    """Law: a plume is carried by the wind, so only the source's place relative to sensor and wind counts."""
    inlet = np.array(next(s.position for s in product.sensors if s.name == "voc"))
    seen = []
    for sign in (1.0, -1.0):
        place = inlet - sign * np.array([0.8, 0.2, 0.0])
        moved = altered(product, components={"insulator_a": {"position": list(place)}})
        seen.append(excess(World(moved, ("arcs", "dispersion"), (2.4 * sign, 0.6 * sign, 0.0), ARC)))
    assert seen[0] == pytest.approx(seen[1], rel=1e-6) and seen[0] > 1.0


def test_turning_the_wind_alone_takes_the_plume_away(product):
    """Law: no plume upwind of its source."""
    inlet = next(s.position for s in product.sensors if s.name == "voc")
    upwind = altered(product, components={"insulator_a": {"position": [inlet[0] - 1.0, inlet[1], inlet[2]]}})
    with_it, against = (World(upwind, ("arcs", "dispersion"), (u, 0.0, 0.0), ARC) for u in (3.0, -3.0))
    assert excess(with_it) > 5.0 and excess(against) < 1e-3 * excess(with_it)
    assert with_it.channel("speed") == pytest.approx(against.channel("speed"))
    assert with_it.channel("direction_sin") == pytest.approx(-against.channel("direction_sin"))


# Distance ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("distance", [0.5, 1.0, 2.0])
def test_twice_the_distance_dilutes_the_plume(product, distance):
    """Law: a continuous source in a wind dilutes with the plume's cross-section, between 1/r and 1/r^2.

    The source is the unbuoyant exhaust of a cause at the inlet's height: the arc's own heat would lift it.
    """
    inlet = next(s.position for s in product.sensors if s.name == "voc")
    seen = []
    for r in (distance, 2.0 * distance):
        world = World(product, ("dispersion",))
        state = world.state
        state.source_position[:, 2] = [inlet[0] - r, inlet[1], inlet[2]]
        state.source_size[:, 2], state.source_rate[:, 2, INDEX["CO"]] = 0.01, 1e-5
        seen.append(world.channel("CO") - 150.0)
    assert 2.0 < seen[0] / seen[1] <= 4.05


@pytest.mark.parametrize("distance", [1.0, 2.5])
def test_the_field_of_one_conductor_falls_as_its_laws_say(product, distance):
    """Laws: Biot-Savart B = mu0 I / (2 pi r); a line charge and its image for E. Written here anew."""
    height, radius, seen = 12.0, 0.00505, []
    alone = {"x": [0.0], "height": [height], "radius": [radius], "angle": [0.0]}
    line = {**product.model_dump(mode="json")["pole"]["line"], **alone}
    single = {c.key: {"phase": None if c.phase is None else 0} for c in product.pole.components}
    for r in (distance, 2.0 * distance):
        place = altered(product, components=single, sensors={"emf": [0.0, -0.7, height - r]}, line=line)
        world = World(place, ("line",))
        volts, amperes = (abs(getattr(world.state, k)[0, 0, 0]) for k in ("voltage", "current"))
        b, e = world.channel("B_x"), world.channel("E_z")
        assert b == pytest.approx(1e6 * 4e-7 * np.pi * amperes / (2 * np.pi * r), rel=1e-6)
        charge = volts / np.log(2 * height / radius)
        assert e == pytest.approx(charge * (1 / r + 1 / (2 * height - r)), rel=1e-6)
        assert world.channel("B_z") == pytest.approx(0.0, abs=1e-9)
        seen.append(b)
    assert seen[0] / seen[1] == pytest.approx(2.0, rel=1e-6)


def test_three_balanced_conductors_fall_faster_than_one(product):
    """Law: currents that sum to nearly zero cancel from afar; B falls faster than 1/r."""
    seen = [World(altered(product, sensors={"emf": [0.0, 0.0, z]}), ("line",)).ideal("emf")[:3] for z in (6.0, 2.0)]
    near, far = (float(np.sqrt((b**2).sum())) for b in seen)
    assert near / far > 1.2 * (10.1 - 2.0) / (10.1 - 6.0)


def test_restrikes_are_heard_less_from_afar(product):
    """Law: the rate of restrikes that reach the probe falls with its distance from the arc."""
    rates = [
        World(altered(product, sensors={"emf": [-1.12, -d, 9.92]}), ("line", "arcs"), causes=ARC).channel("burst_rate")
        for d in (1.0, 2.0, 4.0, 8.0)
    ]
    assert np.all(np.diff(rates) < 0) and rates[-1] > 0


@pytest.mark.parametrize("distance", [0.8, 1.5])
def test_twice_the_distance_quarters_the_pixels_of_a_hot_spot(product, distance):
    """Law: solid angle falls with the square of the distance."""
    counts = []
    for d in (distance, 2.0 * distance):
        place = (0.0, -0.7 + d * 0.6, 7.2 + d * 0.8)
        world = World(bare(product, place=place, mount={"position": [0.0, -0.7, 7.2], "target": list(place)}))
        counts.append(world.visible("insulator_a"))
        assert (world.heat("insulator_a").frame() > 350.0).sum() == pytest.approx(counts[-1], rel=0.5)
    assert counts[0] / counts[1] == pytest.approx(4.0, rel=0.1)


# Move the sensor -----------------------------------------------------------------------------------------------------


def test_the_gas_array_moved_out_of_the_plume_reads_clean_air(product):
    """Law: a plume has edges; four metres across the wind there is none of it."""
    inlet = next(s.position for s in product.sensors if s.name == "voc")
    place = altered(product, components={"insulator_a": {"position": [inlet[0] - 1.0, inlet[1], inlet[2]]}})
    world = World(place, ("arcs", "dispersion"), EAST, ARC)
    inside = excess(world)
    world.suite.update_position("voc", (inlet[0], inlet[1] + 4.0, inlet[2]))
    assert inside > 5.0 and excess(world) < 1e-3 * inside
    assert world.channel("CO") == pytest.approx(150.0)


def test_the_thermometer_moved_up_reads_the_lapse(product):
    """Law: dry adiabatic lapse, 9.8 K per km."""
    world = World(product)
    low = world.channel("temperature")
    world.suite.update_position("t_rh", (0.0, -0.7, 7.1 + 20.0))
    assert world.channel("temperature") - low == pytest.approx(-0.196, abs=1e-9)


def test_the_anemometer_moved_up_follows_the_log_profile(product):
    """Law: neutral logarithmic wind profile over roughness z0; the direction does not change."""
    world = World(product, wind=(2.0, 2.0, 0.0), roughness=0.1)
    low, sine = world.channel("speed"), world.channel("direction_sin")
    world.suite.update_position("wind", (0.0, -0.7, 15.0))
    assert world.channel("speed") / low == pytest.approx(np.log(15.0 / 0.1) / np.log(7.5 / 0.1), rel=1e-3)
    assert world.channel("direction_sin") == pytest.approx(sine) == pytest.approx(-np.sqrt(0.5))


def test_the_field_probe_moved_to_a_conductor_reads_more(product):
    """Law: fields rise towards their conductor."""
    world = World(product, ("line",))
    low = world.ideal("emf")[[0, 5]]
    world.suite.update_position("emf", (1.12, -0.7, 9.5))
    assert (world.ideal("emf")[[0, 5]] > 5.0 * low).all()


def test_the_camera_moved_sideways_sees_a_near_spot_shift_more_than_a_far_one(product):
    """Law: parallax. The camera keeps looking at its target; what is in front of it moves, what is there does not."""
    target, near = np.array([0.0, 2.3, 11.2]), np.array([0.0, 0.5, 8.8])
    shifts = {}
    for name, place in (("near", near), ("far", target)):
        mount = {"position": [0.0, -0.7, 7.2], "target": list(target)}
        world = World(bare(product, place=place, mount=mount)).heat("insulator_a")
        before = centre(world.frame())
        world.suite.update_position("thermal", (0.2, -0.7, 7.2))
        shifts[name] = centre(world.frame()) - before
    assert np.abs(shifts["far"]).max() < 0.3
    assert shifts["near"][1] < -3.0 and abs(shifts["near"][0]) < 1.0  # camera to the right: the near spot to the left


# Hide, and find again ------------------------------------------------------------------------------------------------


def screened(product):
    """A plate between camera and crossarm, no part of the line and no obstacle to gas in this house."""
    plate = {"key": "plate", "low": [-1.5, -0.5, 8.4], "high": [1.5, -0.2, 8.45], "component": "crossarm"}
    return altered(product, more_boxes=[plate])


def test_a_screen_hides_the_hot_spot_from_the_camera_and_from_no_other_sensor(product):
    """Law: infrared goes in straight lines. Gas and fields are bit-equal with and without the screen."""
    open_, hidden = (
        World(p, ("line", "arcs", "dispersion"), EAST, ARC).heat("king_bolt") for p in (product, screened(product))
    )
    assert open_.visible("king_bolt") > 1.0 and hidden.visible("king_bolt") == 0.0
    assert open_.frame().max() > 350.0 and hidden.frame().max() < 300.0
    for name in ("voc", "emf", "t_rh", "wind"):
        assert np.array_equal(open_.ideal(name), hidden.ideal(name)), name


def test_a_spot_behind_the_crossarm_is_hidden_and_in_front_is_seen(product):
    """Law: a solid hides what is behind it, seen from the camera."""
    away = {"pin_a": {"position": [0.6, -0.14, 9.75]}}, {"pin_a": {"position": [0.6, 0.06, 9.83]}}
    front, back = (World(altered(product, components=c)).heat("pin_a") for c in away)
    assert front.visible("pin_a") > 1.0 and front.frame().max() > 330.0
    assert back.visible("pin_a") == 0.0 and back.frame().max() < 300.0


def test_a_whole_run_behind_a_screen_differs_in_the_image_alone(product):
    """The same, from cause to record: the wood burns, gas says so, the camera does not."""
    operation = {**product.operation.model_dump(), "spin_up_hours": 1, "lead_in": 1200.0}
    definition = ScenarioDefinition(
        family="early_combustion", parameters={"severity": 1.0, "phase": 0.95, "place": 0.0, "radius": 0.02}
    )
    runs = []
    for place in (product, screened(product)):
        twin = Twin(place.replace(operation=operation))
        runs.append(twin.run(twin.draw(np.arange(60, 64)), [definition] * 4))
    for name in ("voc", "emf", "t_rh", "wind"):
        assert np.array_equal(runs[0].readings[name], runs[1].readings[name]), name
    assert np.array_equal(runs[0].labels["event_class"], runs[1].labels["event_class"])
    came = np.isfinite(runs[0].onset)
    peak = [r.readings["thermal"][came, -1].reshape(came.sum(), -1).max(1) * 0.01 for r in runs]
    assert came.sum() >= 3 and (peak[0] > peak[1] + 30.0).all()


def centre(frame):
    """(row, column) of the hot pixels' centre of mass."""
    weight = np.clip(frame - 0.5 * (frame.max() + np.median(frame)), 0.0, None)
    rows, columns = np.indices(frame.shape)
    return np.array([(weight * rows).sum(), (weight * columns).sum()]) / weight.sum()


def pinhole(point, camera, target):
    """Pixel of a point, written from the data sheet alone: 80 x 60 pixels, horizontal view, no roll."""
    look = np.subtract(target, camera) / np.linalg.norm(np.subtract(target, camera))
    side = np.array([look[1], -look[0], 0.0])
    side /= np.linalg.norm(side)
    above = np.array([side[1] * look[2], -side[0] * look[2], side[0] * look[1] - side[1] * look[0]])
    ray = np.subtract(point, camera)
    half = np.tan(np.radians(LEPTON.view / 2.0))
    x, y = (ray @ axis / (ray @ look) / half for axis in (side, above))
    return np.array([29.5 - 40.0 * y, 39.5 + 40.0 * x])


@pytest.mark.parametrize(
    ("camera", "target", "spot"),
    [
        ((0.0, -0.7, 7.2), (0.0, -0.05, 9.85), (0.6, -0.1, 9.7)),
        ((0.0, -0.7, 7.2), (0.0, -0.05, 9.85), (-1.0, 0.0, 9.9)),
        ((0.0, -0.7, 7.2), (0.0, -0.05, 9.85), (0.1, -0.5, 9.3)),
        ((2.0, -1.0, 8.0), (0.0, 0.0, 9.0), (0.4, 0.6, 9.6)),
        ((-1.5, 2.0, 9.5), (0.0, 0.0, 9.5), (0.2, -0.4, 9.1)),
        ((0.3, -4.0, 3.0), (0.0, 0.0, 6.0), (-1.0, 0.0, 6.9)),
    ],
)
def test_a_hot_spot_appears_where_an_independent_pinhole_says(product, camera, target, spot):
    """Law: central projection. Within 1.5 pixels."""
    place = bare(
        product, place=spot, sensors={"thermal": camera}, mount={"position": list(camera), "target": list(target)}
    )
    frame = World(place).heat("insulator_a").frame()
    expected = pinhole(spot, camera, target)
    assert np.all(expected > 1) and np.all(expected < [58, 78])
    assert np.abs(centre(frame) - expected).max() < 1.5
    assert np.abs(np.array(np.unravel_index(frame.argmax(), frame.shape)) - expected).max() < 1.5


# Climate -------------------------------------------------------------------------------------------------------------


def shield(product, sun, wind):
    """Error of the temperature reading [K]: reading minus ideal, the same unit and noise every time."""
    world = World(product, wind=(wind, 0.0, 0.0), ghi=sun)
    return world.channel("temperature", "reading") - world.channel("temperature")


def test_sun_heats_the_shield_and_wind_cools_it(product):
    """Law: the radiation error of a naturally ventilated shield is linear in the sun and falls with the wind."""
    dark, half, full = (shield(product, sun, 0.5) for sun in (0.0, 500.0, 1000.0))
    assert full - dark > 0.5 and full - half == pytest.approx(half - dark, abs=0.01)
    still, breeze, gale = (shield(product, 1000.0, w) - shield(product, 0.0, w) for w in (0.1, 2.0, 12.0))
    assert still > 2.0 * breeze > 4.0 * gale > 0.0
    bright, night = (World(product, wind=EAST, ghi=g) for g in (1000.0, 0.0))
    assert bright.channel("temperature") == night.channel("temperature")
    assert bright.channel("humidity", "reading") < night.channel("humidity", "reading")


def test_humidity_follows_dew_point_and_temperature_alone(product):
    """Law: at one dew point warm air is relatively drier; wind and sun are no part of it."""
    rh = [World(product, air_temperature=t, dew_point=283.15).channel("humidity") for t in (285.0, 295.0, 305.0)]
    assert rh[0] > rh[1] > rh[2] > 0
    assert World(product, air_temperature=295.0, dew_point=283.15, ghi=900.0).channel("humidity") == rh[1]


# A geometry that does not hold together ------------------------------------------------------------------------------


def test_conductors_and_phases_must_fit(product):
    line = product.model_dump(mode="json")["pole"]["line"]
    with pytest.raises(InputError, match="one number a conductor"):
        altered(product, line={**line, "height": [10.0]})
    alone = {key: line[key][:1] for key in ("x", "height", "radius", "angle")}
    with pytest.raises(InputError, match="phase 1 of a line with 1"):
        altered(product, line={**line, **alone})
