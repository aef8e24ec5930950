"""Where: runs that meet a condition, chosen by rejection over nature's draw and the scenario together.

A condition is an expression of names joined by ``and``, ``or``, ``not`` and brackets, and of comparisons of a number
with a constant: ``"fog and king_bolt"``, ``"coast and severity >= 0.8"``. Names are registered conditions (see
:data:`gg_gym.scenarios.circumstances.CONDITIONS`), places of the product (the component at which the cause acts),
categories and families; numbers are parameters of the scenario and fields of the circumstances.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from gg_gym.errors import InputError
from gg_gym.scenarios.base import SCENARIOS, BaseScenario, ScenarioDefinition
from gg_gym.scenarios.circumstances import CONDITIONS, Circumstances, circumstances
from gg_gym.streams import derive, mix
from gg_gym.units import Bool, Float32, UInt64

if TYPE_CHECKING:
    from gg_gym.physics.site import Conditions
    from gg_gym.products import ProductConfiguration
    from gg_gym.scenarios.space import ScenarioSpace

#: Candidates a row before a condition is called impossible, and candidates a row that are looked at together.
TRIES, TOGETHER = 4096, 16
#: Kind of place that a cause's index counts among, where it is not the first part of the cause's name.
PLACES = {"leak": "wood"}
_NUMBERS = tuple(f.name for f in fields(Circumstances) if f.name not in ("season", "pollution"))
_CATEGORIES = ("normal", "electrical", "fire", "nuisance", "combination", "noise")


@dataclass(frozen=True)
class Candidates:
    """Runs that may be chosen: n scenarios under n circumstances."""

    product: ProductConfiguration
    scenarios: Sequence[BaseScenario]
    around: Circumstances


@dataclass(frozen=True)
class Chosen:
    """Runs that meet a condition.

    Attributes:
        seeds: (n,) run seeds; ``product.draw(seeds, partition)`` gives the conditions.
        conditions: nature's draw.
        definitions: what shall happen.
        actions: (n, K+D) the same as actions.
        acceptance: share of the candidates that met the condition.
    """

    seeds: UInt64
    conditions: Conditions
    definitions: tuple[ScenarioDefinition, ...]
    actions: Float32
    acceptance: float


def places_of(scenario: BaseScenario, product: ProductConfiguration) -> set[str]:
    """Components of the product at which a scenario's causes act."""
    found, places = set(), product.geometry.places
    for part in scenario.parts():
        for key, value in part.causes(product.geometry).items():
            stem = key.removesuffix("_place")
            names = places.get(PLACES.get(stem, stem), ())
            if stem != key and 0 <= int(value) < len(names):
                found.add(names[int(value)])
    return found


class Expression:
    """A condition, read once and asked for many runs.

    Args:
        text: the expression.
        product: the product whose places it may name.

    Raises:
        InputError: it cannot be read, or names something unknown.
    """

    def __init__(self, text: str, product: ProductConfiguration) -> None:
        self.text, self.product = text, product
        try:
            self._root = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise InputError("where", repr(text)[:200], "names joined by and, or, not; NAME < NUMBER") from None
        self._components = {c.key for c in product.pole.components}
        self.terms = list(_conjunction(self._root))
        for term in self.terms:
            self._check(term)

    def early(self, around: Circumstances) -> Bool:
        """(n,) whether the terms that need no scenario hold."""
        candidates = Candidates(self.product, (), around)
        out = np.ones(len(around), bool)
        for term in self.terms:
            if not self._needs_scenario(term):
                out &= self._value(term, candidates)
        return out

    def holds(self, candidates: Candidates) -> Bool:
        """(n,) whether the condition holds."""
        return self._value(self._root, candidates)

    def counts(self, candidates: Candidates) -> list[tuple[str, int]]:
        """How many candidates meet each of the terms that ``and`` joins."""
        return [(ast.unparse(term), int(self._value(term, candidates).sum())) for term in self.terms]

    def _check(self, node: ast.expr) -> None:
        """Refuse what is no condition."""
        if isinstance(node, ast.BoolOp):
            for part in node.values:
                self._check(part)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            self._check(node.operand)
        elif isinstance(node, ast.Compare):
            self._check_comparison(node)
        elif isinstance(node, ast.Name):
            if not self._is_condition(node.id):
                known = [*CONDITIONS, *sorted(self._components), *_CATEGORIES]
                raise InputError("where", f"unknown condition {node.id!r}", ", ".join(known) + ", a family")
        else:
            raise InputError("where", f"cannot read {ast.unparse(node)!r}", "names, and, or, not, NAME < NUMBER")

    def _check_comparison(self, node: ast.Compare) -> None:
        known = {*_NUMBERS, *(name for f in SCENARIOS.values() for name in f.Parameters.model_fields)}
        fine = isinstance(node.left, ast.Name) and len(node.ops) == 1 and _number(node.comparators[0]) is not None
        if not fine or type(node.ops[0]) not in _COMPARE:
            raise InputError("where", f"cannot read {ast.unparse(node)!r}", "NAME < NUMBER (or <=, >, >=, ==)")
        name = node.left.id if isinstance(node.left, ast.Name) else ""
        base, _, number = name.rpartition("_")
        if name not in known and not (number.isdigit() and base in known):
            raise InputError("where", f"unknown number {name!r}", ", ".join(sorted(known)))

    def _is_condition(self, name: str) -> bool:
        return name in CONDITIONS or name in self._components or name in _CATEGORIES or name in SCENARIOS

    def _needs_scenario(self, node: ast.expr) -> bool:
        names = [n.id for n in ast.walk(node) if isinstance(n, ast.Name)]
        return any(
            not (name in _NUMBERS or (name in CONDITIONS and CONDITIONS[name].holds is not None)) for name in names
        )

    def _value(self, node: ast.expr, c: Candidates) -> Bool:
        """(n,) the value of a node."""
        if isinstance(node, ast.BoolOp):
            values = np.stack([self._value(part, c) for part in node.values])
            both: Bool = np.all(values, axis=0) if isinstance(node.op, ast.And) else np.any(values, axis=0)
            return both
        if isinstance(node, ast.UnaryOp):
            return ~self._value(node.operand, c)
        if isinstance(node, ast.Compare):
            assert isinstance(node.left, ast.Name)
            compare, bound = _COMPARE[type(node.ops[0])], _number(node.comparators[0])
            out: Bool = compare(_numbers(node.left.id, c), np.nan if bound is None else bound)
            return out
        assert isinstance(node, ast.Name)
        return self._named(node.id, c)

    def _named(self, name: str, c: Candidates) -> Bool:
        """(n,) whether a named condition holds."""
        if name in CONDITIONS:
            condition = CONDITIONS[name]
            out = np.ones(len(c.around), bool) if condition.holds is None else condition.holds(c.around)
            if condition.shown is not None:
                out = out & np.array([condition.shown(s, self.product) for s in c.scenarios], bool)
            return out
        if name in self._components:
            return np.array([name in places_of(s, self.product) for s in c.scenarios], bool)
        return np.array([any(name in (p.key, p.category) for p in s.parts()) or name == s.key for s in c.scenarios])


_COMPARE = {ast.Lt: np.less, ast.LtE: np.less_equal, ast.Gt: np.greater, ast.GtE: np.greater_equal, ast.Eq: np.equal}


def _conjunction(node: ast.expr) -> Iterator[ast.expr]:
    """The terms that ``and`` joins."""
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        for part in node.values:
            yield from _conjunction(part)
    else:
        yield node


def _number(node: ast.expr) -> float | None:
    negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    inner = node.operand if isinstance(node, ast.UnaryOp) and negative else node
    plain = isinstance(inner, ast.Constant) and type(inner.value) in (int, float)
    return (-1.0 if negative else 1.0) * float(inner.value) if plain else None  # type: ignore[attr-defined]


def _numbers(name: str, c: Candidates) -> np.ndarray:
    """(n,) a number of the circumstances, or a parameter; NaN where a family has no such parameter."""
    if name in _NUMBERS:
        return np.asarray(getattr(c.around, name))
    return np.array([float(getattr(s.parameters, name, np.nan)) for s in c.scenarios])


def draw_where(
    space: ScenarioSpace,
    product: ProductConfiguration,
    where: str,
    n: int,
    seed: int,
    partition: str = "train",
    families: Sequence[int] | None = None,
) -> Chosen:
    """N runs from the prior that meet a condition. Row i is a function of the seed and i, not of n.

    Args:
        space: where scenarios are drawn.
        product: where conditions are drawn.
        where: the condition.
        n: runs.
        seed: addresses the draws.
        partition: partition of the product.
        families: family indices to use in turn, or None for uniform families.

    Raises:
        InputError: an expression that cannot be read, or that no candidate in :data:`TRIES` meets.
    """
    expression = Expression(where, product)
    seeds, actions = np.zeros(n, np.uint64), np.zeros((n, space.width), np.float32)
    found, tried, met = np.zeros(n, bool), 0, 0
    for first in range(0, TRIES, TOGETHER):
        rows = np.flatnonzero(~found)
        if not len(rows) or (tried > 4 * TRIES and not met):
            break
        candidate, row = _candidates(seed, rows, first)
        around = circumstances(product, product.draw(candidate, partition))
        early, tried = np.flatnonzero(expression.early(around)), tried + len(candidate)
        if not len(early):
            continue
        turn = None if families is None else np.asarray(families)[row[early] % len(families)]
        guess = space.sample_for(candidate[early], turn)
        scenarios = [BaseScenario.from_definition(space.decode(a)) for a in guess]
        good = expression.holds(Candidates(product, scenarios, around.take(early)))
        met += int(good.sum())
        for at in np.flatnonzero(good)[::-1]:  # the first that meets it stays
            i = row[early[at]]
            seeds[i], actions[i], found[i] = candidate[early[at]], guess[at], True
    if not found.all():
        _refuse(expression, space, partition, seed, int((~found).sum()), tried)
    definitions = tuple(space.decode(a) for a in actions)
    return Chosen(seeds, product.draw(seeds, partition), definitions, actions, met / max(tried, 1))


def _candidates(seed: int, rows: np.ndarray, first: int) -> tuple[UInt64, np.ndarray]:
    """(len(rows) * TOGETHER,) seeds of candidates ``first`` on of each row, and their rows."""
    row = np.repeat(rows, TOGETHER)
    attempt = np.tile(np.arange(first, first + TOGETHER, dtype=np.uint64), len(rows))
    return mix(mix(derive(seed, "space.where"), row.astype(np.uint64)), attempt), row


def _refuse(x: Expression, space: ScenarioSpace, partition: str, seed: int, left: int, tried: int) -> None:
    """Say that a condition was not met, and how often each of its terms was."""
    candidate, _ = _candidates(seed, np.arange(32), 0)
    around = circumstances(x.product, x.product.draw(candidate, partition))
    scenarios = [BaseScenario.from_definition(space.decode(a)) for a in space.sample_for(candidate, None)]
    counts = x.counts(Candidates(x.product, scenarios, around))
    shares = ", ".join(f"{term}: {count} of {len(candidate)}" for term, count in counts)
    raise InputError(
        "where", f"{x.text!r} left {left} rows open after {tried} candidates of partition {partition}",
        f"a condition that is met; how often each term was: {shares}",
    )  # fmt: skip
