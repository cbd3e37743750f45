"""Games and puzzles: tic-tac-toe by minimax, sudoku, queens, mazes, 2048, knight's tour, Monte Carlo."""

from collections import deque
from functools import lru_cache

import numpy as np

LINES = np.array(
    [[0, 1, 2], [3, 4, 5], [6, 7, 8], [0, 3, 6], [1, 4, 7], [2, 5, 8], [0, 4, 8], [2, 4, 6]]
)


def winner(board):
    sums = board.ravel()[LINES].sum(axis=1)
    return 1 if (sums == 3).any() else -1 if (sums == -3).any() else 0


@lru_cache(maxsize=None)
def minimax(key, player):
    board = np.frombuffer(key, dtype=np.int8).reshape(3, 3)
    w = winner(board)
    free = np.argwhere(board == 0)
    if w or len(free) == 0:
        return w, None
    best = None
    for i, j in free:
        child = board.copy()
        child[i, j] = player
        score = minimax(child.tobytes(), -player)[0]
        if best is None or score * player > best[0] * player:
            best = score, (int(i), int(j))
    return best


board = np.array([[1, 0, 0], [0, -1, 0], [0, 0, 0]], dtype=np.int8)
player = 1
while winner(board) == 0 and (board == 0).any():
    _, move = minimax(board.tobytes(), player)
    board[move] = player
    player = -player
print(board, "winner", winner(board), "positions", minimax.cache_info().currsize)
print("\n".join(" ".join(".XO"[v] for v in row) for row in board))

PUZZLE = "530070000600195000098000060800060003400803001700020006060000280000419005000080079"


def candidates(grid, r, c):
    used = np.zeros(10, dtype=bool)
    used[grid[r]] = used[grid[:, c]] = True
    used[grid[r // 3 * 3 : r // 3 * 3 + 3, c // 3 * 3 : c // 3 * 3 + 3]] = True
    return np.flatnonzero(~used[1:]) + 1


def solve(grid):
    empty = np.argwhere(grid == 0)
    if len(empty) == 0:
        return True
    options = [(candidates(grid, r, c), r, c) for r, c in empty]
    possible, r, c = min(options, key=lambda option: len(option[0]))
    for digit in possible:
        grid[r, c] = digit
        if solve(grid):
            return True
    grid[r, c] = 0
    return False


sudoku = np.array(list(PUZZLE), dtype=int).reshape(9, 9)
print("solved:", solve(sudoku), (np.sort(sudoku, axis=0) == np.arange(1, 10)[:, None]).all())
print(sudoku)
blocks = sudoku.reshape(3, 3, 3, 3).swapaxes(1, 2).reshape(9, 9)
print("blocks:", np.unique(np.sort(blocks, axis=1), axis=0), blocks.sum(axis=1))


def queens(n):
    found = []

    def place(row, columns, down, up, chosen):
        if row == n:
            found.append(np.array(chosen))
            return
        free = ~columns & ~down[row : row + n] & ~up[n - 1 - row : 2 * n - 1 - row]
        for c in np.nonzero(free)[0]:
            columns[c] = down[row + c] = up[n - 1 - row + c] = True
            place(row + 1, columns, down, up, [*chosen, c])
            columns[c] = down[row + c] = up[n - 1 - row + c] = False

    place(0, np.zeros(n, bool), np.zeros(2 * n, bool), np.zeros(2 * n, bool), [])
    return found


solutions = queens(6)
print("queens:", len(solutions), solutions[0], np.eye(6, dtype=int)[solutions[0]])

rng = np.random.default_rng(2)
maze = np.ones((15, 21), dtype=np.uint8)
stack = [(1, 1)]
maze[1, 1] = 0
steps = np.array([(0, 2), (2, 0), (0, -2), (-2, 0)])
while stack:
    here = np.array(stack[-1])
    for step in rng.permutation(steps):
        there = here + step
        if (there > 0).all() and (there < maze.shape).all() and maze[tuple(there)]:
            maze[tuple(here + step // 2)] = maze[tuple(there)] = 0
            stack.append(tuple(there))
            break
    else:
        stack.pop()
distance = np.full(maze.shape, -1)
distance[1, 1] = 0
queue = deque([(1, 1)])
while queue:
    y, x = queue.popleft()
    for dy, dx in steps // 2:
        if maze[y + dy, x + dx] == 0 and distance[y + dy, x + dx] < 0:
            distance[y + dy, x + dx] = distance[y, x] + 1
            queue.append((y + dy, x + dx))
for row in maze:
    print("".join("# "[int(cell == 0)] for cell in row))
print(
    "open:",
    (maze == 0).sum(),
    "to the corner:",
    distance[13, 19],
    "farthest:",
    distance.max(),
    np.argwhere(distance == distance.max()),
)


def slide(row):
    tiles = row[row != 0]
    result = np.zeros_like(row)
    k = i = 0
    while i < len(tiles):
        if i + 1 < len(tiles) and tiles[i] == tiles[i + 1]:
            result[k] = 2 * tiles[i]
            i += 1
        else:
            result[k] = tiles[i]
        k, i = k + 1, i + 1
    return result


tiles = np.zeros((4, 4), dtype=int)
score = 0
for turn in range(40):
    free = np.flatnonzero(tiles == 0)
    if free.size == 0:
        break
    tiles.flat[rng.choice(free)] = 2 if rng.random() < 0.9 else 4
    rotated = np.rot90(tiles, turn % 4)
    before = rotated.copy()
    rotated[:] = np.apply_along_axis(slide, 1, rotated)
    score += int(np.count_nonzero(before) - np.count_nonzero(rotated))
print(tiles, score, np.log2(tiles, where=tiles > 0, out=np.zeros((4, 4))))
tour = np.full((5, 5), -1)
position = np.array([0, 0])
jumps = np.array([(a, b) for a in (-2, -1, 1, 2) for b in (-2, -1, 1, 2) if abs(a) != abs(b)])


def reachable(p):
    q = p + jumps
    inside = ((q >= 0) & (q < 5)).all(axis=1)
    return q[inside & (tour[tuple(np.clip(q, 0, 4).T)] < 0)]


for move_number in range(25):
    tour[tuple(position)] = move_number
    options = reachable(position)
    if not len(options):
        break
    position = min(options, key=lambda p: (len(reachable(p)), *p))
print("tour:", tour.max() + 1, tour.tolist())
dice = rng.integers(1, 7, size=(2000, 5))
faces = np.apply_along_axis(np.bincount, 1, dice, minlength=7)
kinds = {
    "five": faces.max(1) == 5,
    "house": (faces == 3).any(1) & (faces == 2).any(1),
    "pairs": (faces == 2).sum(1) == 2,
}
print({name: float(found.mean()) for name, found in kinds.items()}, f"{dice.sum(1).mean():.3f}")
