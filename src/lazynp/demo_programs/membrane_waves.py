"""A NumPy program that knows nothing of lazynp: waves on a membrane of two materials.

Leapfrog scheme for the wave equation on a square grid, with a sponge along the rim that absorbs
what arrives there. `python -m lazynp demo` runs this file as it is and with the import swapped.
"""

# mypy: allow-untyped-defs, allow-untyped-calls
import numpy as np


def initial_bump(n, center, width):
    """A Gaussian displacement on an n x n grid over [-1, 1] x [-1, 1]."""
    x = np.linspace(-1, 1, n)
    distance = (x[:, np.newaxis] - center[0]) ** 2 + (x - center[1]) ** 2
    return np.exp(-distance / width**2)


def squared_courant_numbers(n):
    """(wave speed * time step / grid step)**2: a fast plate with a slow lens in it."""
    x = np.linspace(-1, 1, n)
    is_lens = (x[:, np.newaxis] - 0.2) ** 2 + (x + 0.1) ** 2 < 0.09
    return np.where(is_lens, 0.12, 0.45)


def sponge(n, strength=0.02):
    """Factors just below one near the rim, one inside."""
    x = np.linspace(-1, 1, n)
    rim = np.maximum(np.abs(x) - 0.8, 0) / 0.2
    profile = 1 - strength * rim**2
    return profile[:, np.newaxis] * profile


def step(u, previous, courant2, damping):
    """The displacement one time step later."""
    center = u[1:-1, 1:-1]
    laplacian = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * center
    following = np.zeros_like(u)
    following[1:-1, 1:-1] = 2 * center - previous[1:-1, 1:-1] + courant2[1:-1, 1:-1] * laplacian
    return following * damping


def run(n=1200, n_steps=120, report_every=20):
    """The final displacement and the largest one after every `report_every` steps."""
    courant2 = squared_courant_numbers(n)
    damping = sponge(n)
    u = initial_bump(n, (-0.4, -0.3), 0.05)
    previous = u.copy()
    heights = []
    for i in range(n_steps):
        u, previous = step(u, previous, courant2, damping), u
        if (i + 1) % report_every == 0:
            heights.append(float(np.abs(u).max()))
    return u, heights


if __name__ == "__main__":
    displacement, heights = run()
    for height in heights:
        print(f"largest displacement {height:.6f}")
    print(f"energy-like sum {np.sum(displacement**2):.6f}")
