"""Commands on detectors: train and evaluate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from gg_gym.cli.output import Progress, emit, facts, guarded, say
from gg_gym.errors import InputError

Datasets = typer.Argument(..., help="Dataset folders.", show_default=False)
Json = typer.Option(False, "--json", help="Print JSON.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(train)
    app.command()(evaluate)


@guarded("nothing was saved; run the same command again")
def train(
    datasets: list[Path] = Datasets,
    out: Path = typer.Option(..., help="Folder of the detector."),
    validation: list[Path] = typer.Option([], help="Datasets for the temperature; else a sixth is kept back."),
    members: int = typer.Option(5, min=1, max=64, help="Members of the ensemble."),
    steps: int = typer.Option(300, min=1, help="Optimiser steps of each member."),
    seed: int = typer.Option(0, min=0, help="Seed of weights, batches and augmentation."),
    threads: int = typer.Option(2, min=1, help="Torch threads."),
    small: bool = typer.Option(False, help="A narrower network."),
    frames: bool = typer.Option(True, help="Use the thermal camera."),
    as_json: bool = Json,
) -> None:
    """Train a detector ensemble on datasets and save it (safetensors and JSON, no pickle)."""
    from gg_gym.datasets.windows import WindowDataset
    from gg_gym.detection.ensemble import Ensemble
    from gg_gym.detection.spec import DetectorSpec
    from gg_gym.detection.training import TrainingOptions
    from gg_gym.detection.training import train as fit

    data = WindowDataset([*datasets], frames=frames)
    held = WindowDataset([*validation], frames=frames) if validation else None
    spec = DetectorSpec.of(data.channels)
    ensemble = Ensemble(spec.small() if small else spec, members, seed)
    options = TrainingOptions(holdout=0 if held else 6)
    with Progress(quiet=as_json) as progress:
        report = fit(
            ensemble,
            data.tensors(),
            steps,
            seed,
            validation=None if held is None else held.tensors(),
            options=options,
            threads=threads,
            progress=lambda done, total: progress("train", done, total),
        )
    ensemble.save(out)
    card: dict[str, Any] = {
        "detector": str(out),
        "digest": ensemble.digest(),
        "seconds": report.seconds,
        **report.card(),
    }
    if as_json:
        emit(card)
        return
    facts({k: v for k, v in card.items() if k != "loss"})
    say(f"next: gg-gym evaluate {out} DATASET")


@guarded()
def evaluate(
    detector: Path = typer.Argument(..., help="Folder of a detector.", show_default=False),
    datasets: list[Path] = Datasets,
    as_json: bool = Json,
) -> None:
    """Judge a detector on datasets: AUPRC, recall by class, calibration, likelihood."""
    import torch

    from gg_gym.datasets.windows import WindowDataset
    from gg_gym.detection.ensemble import Ensemble
    from gg_gym.detection.metrics import classification_metrics

    ensemble = Ensemble.load(detector)
    data = WindowDataset([*datasets])
    mine, theirs = [c.name for c in ensemble.spec.channels], [c["name"] for c in data.channels]
    if mine != theirs:
        raise InputError(", ".join(map(str, datasets)), f"channels {theirs}", f"the detector's: {mine}")
    probabilities, labels = [], []
    with Progress(quiet=as_json) as progress, torch.inference_mode():
        for start in range(0, len(data), 64):
            rows = list(range(start, min(start + 64, len(data))))
            batch = data.__getitems__(rows)
            probabilities.append(torch.as_tensor(ensemble.predict(batch).mean))
            labels.append(batch["event_class"])
            progress("evaluate", rows[-1] + 1, len(data))
    metrics = classification_metrics(torch.cat(probabilities).numpy(), torch.cat(labels).numpy(), ensemble.spec.classes)
    found: dict[str, Any] = {"detector": str(detector), "windows": len(data), **metrics}
    if as_json:
        emit(found)
    else:
        facts(found)
