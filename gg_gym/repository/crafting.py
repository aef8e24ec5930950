"""From features to a scenario that should show them: strategies in a registry.

Features are means of channels over a record, as a detector's feedback gives them. ``rules`` needs nothing but them,
``nearest`` the features of earlier runs, ``optimise`` simulates candidates on the twin.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gg_gym.errors import InputError
from gg_gym.products import load_product
from gg_gym.registry import Registry
from gg_gym.scenarios import SCENARIOS, ScenarioDefinition, ScenarioSpace
from gg_gym.streams import derive, uniforms
from gg_gym.units import Float

if TYPE_CHECKING:
    from gg_gym.repository.base import ScenarioRepository
    from gg_gym.twin import Twin

#: Deviation, in scales of a channel, at which the rules choose a severity of 1 - 1/e.
DEVIATION = 3.0
#: Neighbours that ``nearest`` looks at.
NEIGHBOURS = 5
#: Candidates and rounds of ``optimise``: runs simulated are their product.
CANDIDATES, ROUNDS = 8, 2
#: Step of its second round, in coordinates.
STEP = 0.15
#: A deviation beyond so many scales counts as this one.
FAR = 50.0

#: What an instrument that stands out speaks for: words of an instrument's name -> event classes. A heuristic to begin
#: a search with; what a scenario really shows is decided by the twin.
RULES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("emf", "acoustic"), ("arcing", "discharge", "insulation")),
    (("voc", "pm", "gas", "smoke"), ("combustion", "nuisance", "overheat")),
    (("thermal", "temperature"), ("overheat", "combustion")),
    (("vibration",), ("nuisance",)),
    (("lightning",), ("discharge", "arcing")),
    (("battery", "solar"), ("sensor_fault",)),
)


@dataclass(frozen=True)
class CraftRequest:
    """What a strategy is asked for.

    Attributes:
        features: "instrument/channel" -> value in the channel's unit.
        importance: the same keys -> how unusual, in scales of the channel.
        target_class: event class wanted, or "" for any.
        product: registry key or YAML file.
        seed: of the strategy's own draws.
        repository: where earlier runs are kept.
    """

    features: dict[str, float]
    importance: dict[str, float]
    target_class: str
    product: str
    seed: int
    repository: ScenarioRepository | None = None

    @classmethod
    def of(
        cls,
        summary: Any,
        target_class: str = "",
        *,
        product: str = "grid_guardian",
        seed: int = 0,
        repository: ScenarioRepository | None = None,
    ) -> CraftRequest:
        """A request from a mapping of values, or from objects or mappings with path, value and importance.

        Raises:
            InputError: no features, a value that is not finite, or a class no family of the product can produce.
        """
        values, importance = _summary(summary)
        request = cls(checked_features(values), checked_features(importance), target_class, product, seed, repository)
        candidates(request)
        return request


def _summary(summary: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    if isinstance(summary, Mapping):
        return dict(summary), {}
    rows = [row if isinstance(row, Mapping) else vars(row) for row in summary]
    try:
        return {r["path"]: r["value"] for r in rows}, {r["path"]: r.get("importance", 0.0) for r in rows}
    except KeyError as error:
        raise InputError("features", f"no {error} in a feature", "path, value, importance") from None


def checked_features(values: Mapping[str, Any]) -> dict[str, float]:
    """Features as plain floats.

    Raises:
        InputError: a name that is no text without NUL, or a value that is not finite.
    """
    out = {}
    for name, value in values.items():
        if not isinstance(name, str) or "/" not in name or not name.isprintable():
            raise InputError("features", f"{name!a:.60}", "instrument/channel")
        number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        if not number or not math.isfinite(value):
            raise InputError(f"features: {name}", f"{value!r:.60}", "a finite number")
        out[name] = float(value)
    return out


def candidates(request: CraftRequest) -> tuple[str, ...]:
    """Families of the product that can produce the wanted class; any with an event where none is named.

    Raises:
        InputError: there is none.
    """
    families = load_product(request.product).families
    wanted = [f for f in families if SCENARIOS[f].event == (request.target_class or SCENARIOS[f].event)]
    if not request.target_class:
        wanted = [f for f in wanted if SCENARIOS[f].event != "normal"] or wanted
    if not wanted:
        events = sorted({SCENARIOS[f].event for f in families})
        raise InputError("target class", f"no family of {request.product} makes {request.target_class!r}", str(events))
    return tuple(wanted)


Crafter = Callable[[CraftRequest], ScenarioDefinition]
CRAFTERS: Registry[Crafter] = Registry("crafting strategy")


@CRAFTERS.register("rules")
def by_rules(request: CraftRequest) -> ScenarioDefinition:
    """The family whose class the most unusual instruments speak for, as severe as they are unusual.

    Other parameters are at their prior medians. Without importances the channels' deviations from their centres are
    taken.
    """
    unusual = request.importance if any(request.importance.values()) else _deviations(request)
    votes: dict[str, float] = {}
    for path, amount in unusual.items():
        instrument = path.split("/")[0]
        for names, events in RULES:
            if any(name in instrument for name in names):
                for place, event in enumerate(events):
                    votes[event] = votes.get(event, 0.0) + abs(amount) / (1 + place)
    families = candidates(request)
    best = max(families, key=lambda f: (votes.get(SCENARIOS[f].event, 0.0), -families.index(f)))
    severity = 1.0 - math.exp(-max(map(abs, unusual.values()), default=1.0) / DEVIATION)
    medians = _medians(best)
    return medians.model_copy(update={"parameters": {**medians.parameters, "severity": severity}})


@CRAFTERS.register("nearest")
def by_neighbours(request: CraftRequest) -> ScenarioDefinition:
    """The family that is most frequent among the nearest earlier runs; parameters their mean in coordinates.

    Raises:
        InputError: no features are kept of a family that can produce the class.
    """
    rows = request.repository.features(request.product) if request.repository else []
    rows = [row for row in rows if row.definition.family in candidates(request)]
    if not rows:
        raise InputError("strategy nearest", "no features of such runs are kept", "record_features first, or rules")
    twin = _twin(request)
    distances = np.array([_distance(request.features, row.features, twin) for row in rows])
    near = np.argsort(distances, kind="stable")[:NEIGHBOURS]
    weights = 1.0 / (distances[near] + 1e-9)
    votes: dict[str, float] = {}
    for i, weight in zip(near, weights, strict=True):
        family = rows[i].definition.family
        votes[family] = votes.get(family, 0.0) + float(weight)
    best = max(votes, key=lambda family: votes[family])
    space = ScenarioSpace([best])
    same = [k for k, i in enumerate(near) if rows[i].definition.family == best]
    actions = np.stack([space.encode(rows[near[k]].definition) for k in same]).astype(np.float64)
    mean = (actions * weights[same][:, None]).sum(0) / weights[same].sum()
    return space.decode(mean)


@CRAFTERS.register("optimise")
def by_simulation(request: CraftRequest) -> ScenarioDefinition:
    """The best of a few candidates simulated on the twin under one draw of conditions, refined once.

    The first candidates are drawn from the prior over all families that can produce the class, together with the
    proposal of the rules; those of the next round lie around the best.
    """
    twin, space = _twin(request), ScenarioSpace(candidates(request))
    actions = space.sample(CANDIDATES, request.seed, families=range(space.n_families)).astype(np.float64)
    actions[0] = space.encode(by_rules(request))
    best, least = actions[0], math.inf
    for round_ in range(ROUNDS):
        if round_:
            u = uniforms(int(derive(request.seed, "craft", round_)), "craft.step", CANDIDATES * space.n_slots)
            actions = np.repeat(best[None], CANDIDATES, axis=0)
            step = STEP * 2.0 * (2.0 * u.reshape(CANDIDATES, -1) - 1.0)
            actions[:, space.n_families :] = np.clip(actions[:, space.n_families :] + step, -1.0, 1.0)
        definitions = [space.decode(action) for action in actions]
        shown = simulated_features(twin, definitions, request.seed)
        distances = np.array([_distance(request.features, features, twin) for features in shown])
        if distances.min() < least:
            best, least = actions[int(distances.argmin())], float(distances.min())
    return space.decode(best)


def simulated_features(twin: Twin, definitions: Sequence[ScenarioDefinition], seed: int) -> list[dict[str, float]]:
    """Means of all scalar channels over the record of each definition, all under the conditions of one seed."""
    runs = twin.run(twin.draw([seed] * len(definitions)), definitions, truth=False)
    out: list[dict[str, float]] = [{} for _ in definitions]
    seen: dict[str, int] = {}
    for channel in twin.channels:
        column = seen.get(channel.instrument, 0)
        seen[channel.instrument] = column + 1
        values = runs.readings[channel.instrument][:, :, column].astype(np.float64)
        for row, series in zip(out, values, strict=True):
            if np.isfinite(series).any():
                row[f"{channel.instrument}/{channel.name}"] = float(np.nanmean(series))
    return out


def prior_medians(product: str) -> ScenarioDefinition:
    """The first family of a product that makes an event, its parameters at their prior medians."""
    return _medians(candidates(CraftRequest({}, {}, "", product, 0))[0])


def _medians(family: str) -> ScenarioDefinition:
    space = ScenarioSpace([family])
    return space.decode(space.at(np.zeros(1, np.int64), np.full((1, space.n_slots), 0.5))[0])


def _twin(request: CraftRequest) -> Twin:
    from gg_gym.twin import Twin

    return Twin(request.product, thermal=False)


def _deviations(request: CraftRequest) -> dict[str, float]:
    channels = {f"{c.instrument}/{c.name}": c for c in _twin(request).channels}
    known = {path: channels[path] for path in request.features if path in channels}
    return {path: (request.features[path] - c.centre) / c.scale for path, c in known.items()}


def _distance(wanted: Mapping[str, float], shown: Mapping[str, float], twin: Twin) -> float:
    """Root mean square difference in scales of the channels; what one of them lacks counts as far.

    Raises:
        InputError: none of the wanted features is a channel of the product.
    """
    scale = {f"{c.instrument}/{c.name}": c.scale for c in twin.channels}
    paths = [path for path in wanted if path in scale]
    if not paths:
        raise InputError("features", f"no channels of the product among {sorted(wanted)[:3]}", "instrument/channel")
    apart: Float = np.array(
        [min(abs(wanted[p] - shown[p]) / scale[p], FAR) if p in shown else FAR for p in paths], dtype=np.float64
    )
    return float(np.sqrt((apart**2).mean()))
