"""Small windows with something to learn: a ramp in a channel, a hot pixel, a step in another channel."""

import pytest
import torch

from gg_gym.detection.spec import DetectorSpec


def make_spec(**sizes):
    instruments = ["voc", "voc", "t_rh", "t_rh", "emf", "emf"]
    channels = [
        {"name": f"c{i}", "instrument": k, "unit": "1", "low": -100, "high": 100, "centre": 5.0, "scale": 2.0}
        for i, k in enumerate(instruments)
    ]
    classes = ("normal", "arcing", "combustion", "nuisance")
    return DetectorSpec.of(
        channels,
        classes,
        **{"width": 24, "frame_width": 8, "blocks": 2, "frame_rows": 30, "frame_columns": 40, **sizes},
    )


def make_batch(n, seed, spec=None, noise=1.0):
    spec = spec or make_spec()
    g = torch.Generator().manual_seed(seed)
    y = torch.arange(n) % 4
    x = 5.0 + 2.0 * noise * torch.randn(n, 6, 64, generator=g)
    x[:, 0] += (y == 1)[:, None] * torch.linspace(0, 8, 64)
    x[:, 4] += (y == 3)[:, None] * 6.0
    thermal = 285 + 0.3 * torch.randn(n, 8, 30, 40, generator=g) + 10 * torch.rand(n, 1, 1, 1, generator=g)
    rows, columns = (torch.randint(0, k, (n,), generator=g) for k in (30, 40))
    thermal[torch.arange(n), 4:, rows, columns] += (y == 2)[:, None] * 15.0
    return {
        "x": x,
        "mask": (torch.rand(n, 6, 64, generator=g) > 0.05).float(),
        "thermal": thermal,
        "tmask": torch.ones(n, 8),
        "event_class": y,
        "severity": 0.2 * y.float(),
        "anomaly": (y > 0).float(),
    }


@pytest.fixture
def spec():
    return make_spec()


@pytest.fixture(scope="session")
def windows():
    return make_batch


@pytest.fixture(scope="session")
def specification():
    return make_spec


@pytest.fixture(scope="session")
def trained():
    """An ensemble of two trained for a few seconds, with its report."""
    from gg_gym.detection.ensemble import Ensemble
    from gg_gym.detection.training import TrainingOptions, train

    ensemble = Ensemble(make_spec(), 2, seed=3)
    options = TrainingOptions(batch=32, learning_rate=5e-3)
    held = make_batch(160, 2, noise=3.0)
    return ensemble, train(ensemble, make_batch(240, 1), 120, 4, validation=held, options=options, threads=1), held
