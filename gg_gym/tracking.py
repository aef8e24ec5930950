"""MLflow, and the only module that imports it: one experiment per study, one run per arm, a nested run per round.

Everything lies below ``mlruns/`` (SQLite store ``mlruns/mlflow.db``, artifacts beside it) unless
``MLFLOW_TRACKING_URI`` is set. MLflow's clock times are for people to look at: no result is ever read back from the
store, so a study does not depend on them. Logging again what was logged before finds the same runs and writes to
them, so an interrupted study that resumes leaves no doubles.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import numbers
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, Protocol

from gg_gym.errors import InputError

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

#: Name under which detectors are registered.
DETECTOR = "gg-detector"
#: MLflow refuses dataset digests longer than this.
DIGEST_LENGTH = 36
_QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "PYTHONWARNINGS": "ignore"}
#: Local stores that trackers of this process have told MLflow about.
_OWN: set[str] = set()
#: Metrics per call of ``log_batch`` (the store's limit is 1000).
BATCH = 1000


@dataclass(frozen=True)
class Exported:
    """A detector in the form MLflow stores: a module, and what goes in and comes out.

    Attributes:
        module: a torch module in evaluation mode.
        inputs: name -> example array (batch of at least 2, first); their order is the module's.
        outputs: name -> example array.
        requirement: the pinned requirement that loads it.
    """

    module: Any
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    requirement: str


#: Turns the folder of a saved detector into what can be logged.
Exporter = Callable[[Path], Exported]


class Tracker(Protocol):
    """What a study tells about itself while it runs."""

    def start_study(self, name: str, config: Mapping[str, Any]) -> None:
        """Begin a study; ``config`` is JSON-able."""

    def start_arm(self, arm: str) -> None:
        """Begin (or resume) an arm; what follows belongs to it."""

    def log_round(self, arm: str, round: int, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log a round's metrics; ``step`` is the number of runs trained on."""

    def log_runs(self, arm: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Log numbers of single runs, one row per run."""

    def log_dataset(self, folder: Path | str, context: str) -> None:
        """Note that a dataset folder was used as ``context`` ("training", "heldout", ...)."""

    def log_detector(self, folder: Path | str, alias: str = "champion") -> None:
        """Log and register a saved detector."""

    def log_artifact(self, path: Path | str) -> None:
        """Keep a file or folder with the run."""

    def finish(self) -> None:
        """End the study."""


def _chosen() -> str | None:
    """The store that the user chose. MLflow exports what it is told, so what we told it does not count."""
    uri = os.environ.get("MLFLOW_TRACKING_URI")
    return None if uri in _OWN else uri


def store_uri(root: Path | str = "mlruns") -> str:
    """The tracking URI: ``MLFLOW_TRACKING_URI`` if set, else the SQLite store below ``root``."""
    return _chosen() or f"sqlite:///{Path(root).absolute() / 'mlflow.db'}"


def ui_command(root: Path | str = "mlruns", port: int = 5000) -> tuple[list[str], dict[str, str]]:
    """The command that starts MLflow's pages on the local store, bound to this machine only, and its environment.

    One worker and no job executors: a reader needs neither, and they cost eight processes.
    """
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", store_uri(root), "--host", "127.0.0.1"]
    return [*command, "--port", str(port), "--workers", "1"], {**os.environ, **_QUIET}


def dataset_digest(folder: Path | str) -> str:
    """A fingerprint of a dataset folder: the start of the SHA-256 of its manifest, which holds those of its files.

    Raises:
        InputError: the folder has no ``manifest.json``.
    """
    manifest = Path(folder) / "manifest.json"
    if not manifest.is_file():
        raise InputError(str(folder), "not a dataset folder", "a folder with a manifest.json")
    return hashlib.sha256(manifest.read_bytes()).hexdigest()[: DIGEST_LENGTH - 4]


def _finite(metrics: Mapping[str, Any]) -> dict[str, float]:
    """The finite numbers of a mapping; nested mappings become "outer/inner"."""
    out: dict[str, float] = {}
    for key, value in metrics.items():
        if isinstance(value, Mapping):
            out |= {f"{key}/{inner}": v for inner, v in _finite(value).items()}
        elif isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(float(value)):
            out[key] = float(value)
    return out


def _parameters(config: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, str]]:
    """Flatten a configuration to parameters that MLflow takes."""
    for key, value in config.items():
        if isinstance(value, Mapping):
            yield from _parameters(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", (value if isinstance(value, str) else json.dumps(value, default=str))[:500]


class MlflowTracker:
    """A :class:`Tracker` that writes to MLflow.

    Args:
        root: folder of the local store.
        exporter: makes a saved detector exportable; without it :meth:`log_detector` keeps the folder as an artifact
            and registers nothing. (Detectors are built further down the layers, so they are handed in.)
    """

    def __init__(self, root: Path | str = "mlruns", exporter: Exporter | None = None) -> None:
        self.root, self.exporter = Path(root).absolute(), exporter
        self._client: Any = None
        self._local = True
        self._experiment, self._study, self._arm, self._finished = "", "", "", ""
        self._arms: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def start_study(self, name: str, config: Mapping[str, Any]) -> None:
        """Create the store once, the experiment, and the run that holds the study's own files.

        Raises:
            InputError: the folder of the store cannot be written.
        """
        self._connect()
        found = self._client.get_experiment_by_name(name)
        if found is None:
            self._experiment = self._client.create_experiment(name, artifact_location=self._artifact_location())
        else:
            self._experiment = found.experiment_id
        digest = hashlib.sha256(json.dumps(config, sort_keys=True, default=str).encode()).hexdigest()[:16]
        self._study = self._arm = self._run(name, {"gg_gym.study": digest, "gg_gym.kind": "study"})
        self._tags = {"gg_gym.study": digest}
        self._arms, self._counts = {}, {}
        self._client.log_dict(self._study, json.loads(json.dumps(config, default=str)), "study.json")
        self._log(self._study, params=dict(_parameters(config)))

    def start_arm(self, arm: str) -> None:
        """Create the arm's run, or find the one of an earlier, interrupted study."""
        self._need_study()
        if arm not in self._arms:
            self._arms[arm] = self._run(arm, {**self._tags, "gg_gym.kind": "arm", "gg_gym.arm": arm})
        self._arm = self._arms[arm]

    def log_round(self, arm: str, round: int, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log a round to its nested run and, against ``step``, to the arm's curves."""
        self.start_arm(arm)
        tags = {**self._tags, "gg_gym.kind": "round", "gg_gym.arm": arm, "gg_gym.round": str(round)}
        nested = self._run(f"{arm} round {round}", {**tags, "mlflow.parentRunId": self._arm})
        numbers = _finite(metrics)
        self._log(nested, [(key, value, step or 0) for key, value in numbers.items()])
        self._log(self._arm, [(key, value, step if step is not None else round) for key, value in numbers.items()])
        self._client.set_terminated(nested)

    def log_runs(self, arm: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Log the numbers of single runs as "run/..." metrics of the arm; the step is a row's "index" or its count."""
        self.start_arm(arm)
        start = self._counts.get(arm, 0)
        points: list[tuple[str, float, int]] = []
        for i, row in enumerate(rows):
            step = int(row.get("index", start + i))
            points += [(f"run/{key}", value, step) for key, value in _finite(row).items() if key != "index"]
        self._counts[arm] = start + len(rows)
        self._log(self._arm, points)

    def log_dataset(self, folder: Path | str, context: str) -> None:
        """Log a dataset folder as an input of the current run, with its fingerprint.

        Raises:
            InputError: the folder is no dataset.
        """
        from mlflow.entities import Dataset, DatasetInput, InputTag

        self._need_study()
        source = json.dumps({"uri": str(Path(folder).absolute())})
        data = Dataset(name=Path(folder).name, digest=dataset_digest(folder), source_type="local", source=source)
        self._client.log_inputs(self._arm, [DatasetInput(data, [InputTag("mlflow.data.context", context)])])

    def log_detector(self, folder: Path | str, alias: str = "champion") -> None:
        """Log a detector as an exported program (no pickle), register it and give it an alias.

        Raises:
            InputError: the folder does not exist.
        """
        self._need_study()
        if not Path(folder).is_dir():
            raise InputError(str(folder), "no such folder", "the folder of a saved detector")
        if self.exporter is None:
            self.log_artifact(folder)
            return
        import mlflow

        exported = self.exporter(Path(folder))
        with mlflow.start_run(run_id=self._arm), redirect_stderr(StringIO()):
            info = mlflow.pytorch.log_model(
                exported.module,
                name="detector",
                input_example=tuple(exported.inputs.values()),
                signature=_signature(exported),
                pip_requirements=[exported.requirement],
                registered_model_name=DETECTOR,
            )
            self._client.set_registered_model_alias(DETECTOR, alias, info.registered_model_version)
        self._client.update_run(self._arm, status="RUNNING")

    def log_artifact(self, path: Path | str) -> None:
        """Copy a file or a folder into the current run's artifacts.

        Raises:
            InputError: nothing is there.
        """
        self._need_study()
        path = Path(path)
        if not path.exists():
            raise InputError(str(path), "no such file or folder")
        if path.is_dir():
            self._client.log_artifacts(self._arm, str(path), path.name)
        else:
            self._client.log_artifact(self._arm, str(path))

    def finish(self) -> None:
        """Mark all runs of the study as finished; harmless before a study began."""
        for run in [*self._arms.values(), *([self._study] if self._study else [])]:
            self._client.set_terminated(run)
        self._finished = self._study or self._finished
        self._arms, self._study, self._arm = {}, "", ""

    def keep(self, path: Path | str) -> None:
        """Copy a file, such as the report, into the artifacts of the study that was finished last.

        Raises:
            InputError: nothing is there.
        """
        if not self._finished:
            raise RuntimeError("finish() comes first")
        if not Path(path).is_file():
            raise InputError(str(path), "no such file")
        self._client.log_artifact(self._finished, str(path))

    def _connect(self) -> None:
        """Open the store, and create it the first time (in this process alone: two at once damage it)."""
        uri = store_uri(self.root)
        self._local = _chosen() is None
        if self._local:
            _OWN.add(uri)
            try:
                (self.root / "artifacts").mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise InputError(str(self.root), f"cannot be written: {error.strerror}", "a writable folder") from None
            if not os.access(self.root, os.W_OK):
                raise InputError(str(self.root), "cannot be written", "a writable folder")
        for name in ("mlflow.store.db.utils", "alembic", "mlflow.tracking", "mlflow.models", "mlflow.utils"):
            logging.getLogger(name).setLevel(logging.WARNING)
        import mlflow

        mlflow.set_tracking_uri(uri)
        self._client = mlflow.MlflowClient()

    def _artifact_location(self) -> str | None:
        return (self.root / "artifacts").as_uri() if self._local else None

    def _need_study(self) -> None:
        if not self._study:
            raise RuntimeError("start_study() comes first")

    def _run(self, name: str, tags: Mapping[str, str]) -> str:
        """The run with these tags, made if there is none."""
        query = " and ".join(f"tags.`{key}` = '{value}'" for key, value in tags.items())
        found = self._client.search_runs([self._experiment], filter_string=query, max_results=1)
        if found:
            self._client.update_run(found[0].info.run_id, status="RUNNING")
            return str(found[0].info.run_id)
        return str(self._client.create_run(self._experiment, tags=dict(tags), run_name=name).info.run_id)

    def _log(
        self, run: str, points: Sequence[tuple[str, float, int]] = (), params: Mapping[str, str] | None = None
    ) -> None:
        """Write metrics and parameters in batches."""
        from mlflow.entities import Metric, Param

        for start in range(0, len(points), BATCH):
            chunk = points[start : start + BATCH]
            self._client.log_batch(run, metrics=[Metric(_name(k), v, 0, s) for k, v, s in chunk])
        known = [Param(_name(k), v) for k, v in (params or {}).items()]
        for start in range(0, len(known), 100):
            self._client.log_batch(run, params=known[start : start + 100])


def _name(key: str) -> str:
    """A name that MLflow takes."""
    return "".join(c if c.isalnum() or c in "_-./ :" else "_" for c in key)


def _signature(exported: Exported) -> Any:
    """The model signature: MLflow infers none for a tuple of inputs."""
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    def schema(arrays: Mapping[str, Any]) -> Any:
        return Schema([TensorSpec(array.dtype, (-1, *array.shape[1:]), key) for key, array in arrays.items()])

    return ModelSignature(inputs=schema(exported.inputs), outputs=schema(exported.outputs))
