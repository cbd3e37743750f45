"""Dynamic programming cell by cell: edit distance, common subsequence, alignment, time warping."""

import numpy as np


def levenshtein(a, b):
    d = np.zeros((len(a) + 1, len(b) + 1), dtype=int)
    d[:, 0] = np.arange(len(a) + 1)
    d[0, :] = np.arange(len(b) + 1)
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            cost = 0 if a[i - 1] == b[j - 1] else 1
            d[i, j] = min(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + cost)
    return d


def lcs(a, b):
    n = np.zeros((len(a) + 1, len(b) + 1), dtype=np.int16)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            n[i + 1, j + 1] = n[i, j] + 1 if x == y else max(n[i, j + 1], n[i + 1, j])
    i, j, out = len(a), len(b), []
    while i and j:
        if a[i - 1] == b[j - 1]:
            out.append(a[i - 1])
            i, j = i - 1, j - 1
        elif n[i - 1, j] >= n[i, j - 1]:
            i -= 1
        else:
            j -= 1
    return "".join(reversed(out)), n[-1, -1]


def smith_waterman(a, b, match=2, mismatch=-1, gap=-2):
    H = np.zeros((len(a) + 1, len(b) + 1))
    T = np.zeros(H.shape, dtype=np.uint8)
    for i in range(1, H.shape[0]):
        for j in range(1, H.shape[1]):
            s = match if a[i - 1] == b[j - 1] else mismatch
            options = np.array([0, H[i - 1, j - 1] + s, H[i - 1, j] + gap, H[i, j - 1] + gap])
            T[i, j] = options.argmax()
            H[i, j] = options[T[i, j]]
    i, j = np.unravel_index(H.argmax(), H.shape)
    top, bottom = "", ""
    while T[i, j]:
        move = T[i, j]
        top = (a[i - 1] if move != 3 else "-") + top
        bottom = (b[j - 1] if move != 2 else "-") + bottom
        i, j = i - (move != 3), j - (move != 2)
    return H.max(), top, bottom


def dtw(x, y):
    cost = np.abs(np.subtract.outer(x, y))
    acc = np.full((len(x) + 1, len(y) + 1), np.inf)
    acc[0, 0] = 0
    for i in range(len(x)):
        for j in range(len(y)):
            acc[i + 1, j + 1] = cost[i, j] + min(acc[i, j], acc[i, j + 1], acc[i + 1, j])
    return acc[1:, 1:]


words = ["kitten", "sitting", "mitten", "knitting", "intention", "execution"]
distance = np.array([[levenshtein(a, b)[-1, -1] for b in words] for a in words])
print(distance)
assert (distance == distance.T).all()
off = distance + np.eye(len(words), dtype=int) * 99
print({w: words[k] for w, k in zip(words, off.argmin(axis=1))})
print(levenshtein("flaw", "lawn"))

common, length = lcs("AGGTABQXYZ", "GXTXAYBZ")
print(common, length, type(length).__name__)
score, top, bottom = smith_waterman("TGTTACGGACTT", "GGTTGACTA")
print(score)
print(top)
print(bottom)
x = np.sin(np.linspace(0, 6, 24))
y = np.sin(np.linspace(0, 6, 30) ** 1.05)
acc = dtw(x, y)
i, j = np.array(acc.shape) - 1
path = [(int(i), int(j))]
while i or j:
    steps = [(i - 1, j - 1), (i - 1, j), (i, j - 1)]
    i, j = min((s for s in steps if min(s) >= 0), key=lambda s: acc[s])
    path.append((int(i), int(j)))
path = np.array(path[::-1])
print("dtw %.6f along %d cells" % (acc[-1, -1], len(path)), path[:5].tolist())
monotone = (np.diff(path, axis=0) >= 0).all()
print(monotone)
