"""Binary images: morphology, connected components, distance transform, run-length encoding."""

import numpy as np
from numpy import logical_and, logical_or


def shifted(mask, dy, dx):
    result = np.zeros_like(mask)
    h, w = mask.shape
    result[max(dy, 0) : h + min(dy, 0), max(dx, 0) : w + min(dx, 0)] = mask[
        max(-dy, 0) : h + min(-dy, 0), max(-dx, 0) : w + min(-dx, 0)
    ]
    return result


CROSS = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]


def dilate(mask, offsets=CROSS):
    return logical_or.reduce([shifted(mask, *o) for o in offsets])


def erode(mask, offsets=CROSS):
    return logical_and.reduce([shifted(mask, -dy, -dx) for dy, dx in offsets])


def label(mask):
    labels = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        before = labels.copy()
        for axis in (0, 1):
            for direction in (slice(None), slice(None, None, -1)):
                view = labels.swapaxes(0, axis)[direction]
                for i in range(1, len(view)):
                    both = (view[i] > 0) & (view[i - 1] > 0)
                    np.maximum(view[i], view[i - 1], out=view[i], where=both)
        if np.array_equal(before, labels):
            break
    _, compact = np.unique(labels, return_inverse=True)
    return compact.reshape(mask.shape)


def run_lengths(row):
    edges = np.flatnonzero(np.diff(row)) + 1
    starts = np.r_[0, edges]
    lengths = np.diff(np.append(starts, row.size))
    return row[starts], lengths


def decode(values, lengths):
    return np.repeat(values, lengths)


def distance_transform(mask):
    distance = np.full(mask.shape, np.inf)
    distance[~mask] = 0
    for _ in range(sum(mask.shape)):
        padded = np.pad(distance, 1, constant_values=np.inf)
        steps = np.stack([padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]])
        new = np.minimum(distance, steps.min(axis=0) + 1)
        if (new == distance).all():
            return new
        distance = new
    return distance


rng = np.random.RandomState(42)
field = rng.rand(30, 40)
for _ in range(3):
    field = sum(np.roll(field, s, axis=a) for a in (0, 1) for s in (-1, 0, 1)) / 6
mask = field > np.median(field)
mask[[0, -1]] = False
mask[:, [0, -1]] = False
print("set:", mask.sum(), type(mask.sum()).__name__)
opened = dilate(erode(mask))
closed = erode(dilate(mask))
gradient = dilate(mask) ^ erode(mask)
print("opened", opened.sum(), "closed", closed.sum(), "gradient", np.count_nonzero(gradient))
assert np.all(opened <= mask) and np.all(mask <= closed)

labels = label(mask)
sizes = np.bincount(labels.flat)
print("components:", labels.max(), "sizes:", sizes[1:])
centres = []
for k in range(1, labels.max() + 1):
    ys, xs = np.where(labels == k)
    centres.append((ys.mean(), xs.mean()))
    print(f"  {k:2d}: {len(ys):4d} pixels, centre ({ys.mean():.2f}, {xs.mean():.2f})")
largest = labels == sizes[1:].argmax() + 1

distance = distance_transform(mask)
peak = np.unravel_index(distance.argmax(), distance.shape)
print("deepest:", peak, distance[peak], tuple(map(int, peak)))
print(np.array2string(distance[8:14, 4:20].astype(int), max_line_width=70, separator=" "))

encoded = [run_lengths(row) for row in mask]
decoded = np.array([decode(v, n) for v, n in encoded])
print("run lengths:", sum(len(n) for _, n in encoded), "same:", (decoded == mask).all())
packed = np.packbits(mask, axis=1)
unpacked = np.unpackbits(packed, axis=1, count=mask.shape[1]).view(bool)
print("packed:", packed.shape, packed.nbytes, "of", mask.nbytes, np.array_equal(unpacked, mask))
print(packed[5:9])
perimeter = int((mask[:, 1:] != mask[:, :-1]).sum() + (mask[1:] != mask[:-1]).sum())
print(f"perimeter {perimeter}, ratio {mask.sum() / perimeter:.4f}")
