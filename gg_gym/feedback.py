"""What a model tells the manager: how good it is, where it is unsure or wrong; and the weak spots found there.

The user's names. Frozen, validated at construction (unknown fields and wrong types are refused), with a JSON form
that round-trips or raises.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import ConfigDict, Field, FiniteFloat, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from gg_gym.errors import InputError

_CONFIG = ConfigDict(extra="forbid", strict=False, allow_inf_nan=False)

Probability = Annotated[FiniteFloat, Field(ge=0.0, le=1.0)]
T = TypeVar("T")


@dataclass(frozen=True, config=_CONFIG)
class FeatureSummary:
    """One input that mattered for a sample.

    Attributes:
        path: "instrument/channel".
        value: mean raw value over the valid samples of the window, in ``unit``.
        unit: UCUM unit.
        importance: mean absolute scaled deviation from the channel's centre; 0 is nothing unusual.
    """

    path: str
    value: FiniteFloat
    unit: str
    importance: FiniteFloat


@dataclass(frozen=True, config=_CONFIG)
class UncertainSample:
    """A window the model is unsure about.

    Attributes:
        sample: row in the evaluated dataset.
        run: index or id of the run.
        predicted: class of the highest probability.
        confidence: its probability.
        predictive_entropy: total uncertainty [nat].
        mutual_information: epistemic part [nat].
        sample_features_summary: the most unusual inputs, most unusual first.
    """

    sample: int
    run: str
    predicted: str
    confidence: Probability
    predictive_entropy: FiniteFloat
    mutual_information: FiniteFloat
    sample_features_summary: tuple[FeatureSummary, ...] = ()


@dataclass(frozen=True, config=_CONFIG)
class MisclassifiedSample:
    """A window the model gets wrong.

    Attributes:
        sample: row in the evaluated dataset.
        run: index or id of the run.
        actual, predicted: classes.
        confidence: probability of the predicted class.
        loss: -log of the probability of the actual class [nat].
        sample_features_summary: the most unusual inputs, most unusual first.
    """

    sample: int
    run: str
    actual: str
    predicted: str
    confidence: Probability
    loss: FiniteFloat
    sample_features_summary: tuple[FeatureSummary, ...] = ()


@dataclass(frozen=True, config=_CONFIG)
class ModelPerformanceData:
    """Feedback of one model on one dataset.

    Attributes:
        model_version: version tag or digest of the model.
        n_samples: windows evaluated.
        overall_metrics: name to value.
        per_class_metrics: class to name to value; a class without a window has no recall or AUPRC.
        uncertain_samples: by mutual information, highest first.
        misclassified_samples: by loss, highest first.
        sensor_specific_metrics: group of inputs ("scalars", "thermal", "fused") to name to value.
    """

    model_version: str
    n_samples: Annotated[int, Field(ge=0)]
    overall_metrics: dict[str, FiniteFloat]
    per_class_metrics: dict[str, dict[str, FiniteFloat]]
    uncertain_samples: tuple[UncertainSample, ...] = ()
    misclassified_samples: tuple[MisclassifiedSample, ...] = ()
    sensor_specific_metrics: dict[str, dict[str, FiniteFloat]] = Field(default_factory=dict)


@dataclass(frozen=True, config=_CONFIG)
class WeakSpot:
    """A region of the scenario space where the model is weak.

    Attributes:
        weak_spot_id: derived id, stable for the same evidence.
        kind: what the evidence is.
        score: larger is worse; comparable within one kind.
        event_class: class concerned, or "" if none.
        family: scenario family concerned, or "" if unknown.
        parameters: parameter name to (low, high) of the region.
        sensors: sensors concerned.
        samples: rows of the evidence in the evaluated dataset.
        description: one sentence for people.
    """

    weak_spot_id: str
    kind: Literal["uncertain", "misclassified", "low_recall", "reducible_loss"]
    score: FiniteFloat
    event_class: str = ""
    family: str = ""
    parameters: dict[str, tuple[FiniteFloat, FiniteFloat]] = Field(default_factory=dict)
    sensors: tuple[str, ...] = ()
    samples: tuple[int, ...] = ()
    description: str = ""


def to_json(value: ModelPerformanceData | WeakSpot) -> str:
    """Return feedback as JSON."""
    return TypeAdapter(type(value)).dump_json(value).decode()


def from_json(kind: type[T], text: str, where: str = "feedback") -> T:
    """Read what :func:`to_json` wrote.

    Raises:
        InputError: no JSON, unknown fields, wrong types or values out of range.
    """
    try:
        return TypeAdapter(kind).validate_json(text)
    except ValidationError as error:
        raise InputError(where, first_error(error), kind.__name__) from None


def first_error(error: ValidationError) -> str:
    """Field, value and reason of the first of pydantic's errors, in one line."""
    first: Any = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "value"
    return f"{field}: {first['msg']} (got {first['input']!r:.60})"
