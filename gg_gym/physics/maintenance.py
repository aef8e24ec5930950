"""What a visit leaves behind: dirt taken off, the camera turned, silicone vapour in the gas array.

These are causes that last from the visit on. Dirt is taken off once, as the cause sets in: modules that keep dirt ask
:func:`wiped` in each step; it gathers again afterwards.
"""

from __future__ import annotations

import numpy as np

from gg_gym.equations.bounds import clip
from gg_gym.physics.causes import Cause, register_cause
from gg_gym.physics.state import Environment3DState
from gg_gym.units import Float

for _cause in (
    Cause("cleaning", "1", 0.0, "share of the dirt on unit, panel and insulators taken off as it sets in", "largest"),
    Cause("mount_yaw", "rad", 0.0, "the camera turned to its right since it was mounted", "sum"),
    Cause("mount_pitch", "rad", 0.0, "the camera turned upwards since it was mounted", "sum"),
    Cause("silicone_dose", "1", 0.0, "dose of silicone vapour that the gas array took", "sum"),
):
    register_cause(_cause)


def wiped(state: Environment3DState, owner: str) -> Float | None:
    """(n,) share of its dirt that a module keeps in this step [1]; None where nobody cleans.

    Args:
        state: the state; remembers in ``memory["OWNER.cleaned"]`` how much has been taken off.
        owner: key of the module.
    """
    key, now = f"{owner}.cleaned", clip(state.causes["cleaning"], 0.0, 1.0)
    before = state.memory.get(key)
    if before is None:
        before = np.zeros(state.n)
    state.memory[key] = now
    if not (now > before).any():
        return None
    kept: Float = np.where(now > before, (1.0 - now) / np.maximum(1.0 - before, 1e-12), 1.0)
    return kept
