"""Cellular automata: elementary rules, Life, forest fire, sandpile, Langton's ant."""

import numpy as np


def elementary(rule, width=63, steps=20):
    table = np.array([(rule >> k) & 1 for k in range(8)], dtype=np.uint8)
    state = np.zeros((steps, width), dtype=np.uint8)
    state[0, width // 2] = 1
    for t in range(1, steps):
        row = state[t - 1]
        state[t] = table[4 * np.roll(row, 1) + 2 * row + np.roll(row, -1)]
    return state


def life_step(grid):
    n = sum(
        np.roll(grid, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)
    )
    return (n == 3) | (grid & (n == 2))


def life_in_place(Z):
    N = (
        Z[0:-2, 0:-2]
        + Z[0:-2, 1:-1]
        + Z[0:-2, 2:]
        + Z[1:-1, 0:-2]
        + Z[1:-1, 2:]
        + Z[2:, 0:-2]
        + Z[2:, 1:-1]
        + Z[2:, 2:]
    )
    birth = (N == 3) & (Z[1:-1, 1:-1] == 0)
    survive = ((N == 2) | (N == 3)) & (Z[1:-1, 1:-1] == 1)
    Z[...] = 0
    Z[1:-1, 1:-1][birth | survive] = 1
    return Z


def parse(pattern):
    return np.array([[c == "#" for c in line] for line in pattern.split()])


def show(grid):
    for row in np.where(grid, "#", "."):
        print("".join(row))


for rule in (30, 90, 110):
    history = elementary(rule)
    print(
        rule,
        history.sum(axis=1)[:12],
        history.dtype,
        int(history[-1] @ (2 ** np.arange(63.0)) % 1009),
    )
show(elementary(90)[:8, 20:44])

glider = parse(".#. ..# ###")
grid = np.zeros((12, 12), dtype=bool)
grid[1:4, 1:4] = glider
start = grid.copy()
for _ in range(48):
    grid = life_step(grid)
print("glider is back:", np.array_equal(grid, start), grid.dtype, type(grid.sum()).__name__)
pentomino = np.zeros((24, 24), dtype=int)
pentomino[11:14, 11:14] = parse(".## ##. .#.")
alive = []
for _ in range(40):
    alive.append(int(pentomino.sum()))
    life_in_place(pentomino)
print("r-pentomino:", alive)
show(pentomino[4:20, 4:20])
blinker = np.pad(np.ones((1, 3), int), ((2, 2), (1, 1)))
seen = {}
for t in range(5):
    key = blinker.tobytes()
    if key in seen:
        print("period", t - seen[key])
        break
    seen[key] = t
    blinker = life_in_place(blinker)

rng = np.random.default_rng(5)
EMPTY, TREE, FIRE = 0, 1, 2
forest = np.where(rng.random((20, 20)) < 0.6, TREE, EMPTY).astype(np.int8)
forest[10, 10] = FIRE
burnt = []
while (forest == FIRE).any():
    fire = forest == FIRE
    near = np.zeros_like(fire)
    near[1:] |= fire[:-1]
    near[:-1] |= fire[1:]
    near[:, 1:] |= fire[:, :-1]
    near[:, :-1] |= fire[:, 1:]
    forest[fire] = EMPTY
    forest[near & (forest == TREE)] = FIRE
    burnt.append(np.count_nonzero(fire))
print("burnt", sum(burnt), burnt, "left", np.count_nonzero(forest), forest.dtype)

sand = np.zeros((17, 17), dtype=np.int64)
sand[8, 8] = 400
topplings = 0
while (unstable := sand >= 4).any():
    give = np.where(unstable, sand // 4, 0)
    sand -= 4 * give
    sand[1:] += give[:-1]
    sand[:-1] += give[1:]
    sand[:, 1:] += give[:, :-1]
    sand[:, :-1] += give[:, 1:]
    topplings += give.sum()
print(
    "topplings",
    topplings,
    "heights",
    np.bincount(sand.ravel()),
    "symmetric",
    (sand == sand.T).all(),
)
print(sand[4:13, 4:13])

world = np.zeros((16, 16), dtype=np.uint8)
position, heading = np.array([8, 8]), np.array([-1, 0])
turn = np.array([[0, 1], [-1, 0]])
for _ in range(500):
    here = tuple(position)
    heading = turn @ heading if world[here] else heading @ turn
    world[here] ^= 1
    position = (position + heading) % world.shape
print("ant:", position, heading, world.sum(), world.sum(axis=0))
cyclic = rng.integers(0, 4, (10, 10))
for _ in range(30):
    successor = (cyclic + 1) % 4
    beaten = np.any([np.roll(cyclic, s, a) == successor for a in (0, 1) for s in (1, -1)], axis=0)
    cyclic = np.where(beaten, successor, cyclic)
print("cyclic:", np.bincount(cyclic.flat, minlength=4), cyclic[0])
