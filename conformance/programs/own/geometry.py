"""Plane and space geometry: hulls, polygons, rotations, quaternions, nearest neighbours, triangulation."""

import numpy as np
from numpy import cross, pi
from numpy.linalg import det, eigh, lstsq, norm, svd


def convex_hull(points):
    ordered = points[np.lexsort(points.T[::-1])]

    def half(pts):
        chain = []
        for p in pts:
            while len(chain) >= 2 and turn(chain[-2], chain[-1], p) <= 0:
                chain.pop()
            chain.append(p)
        return chain[:-1]

    return np.array(half(ordered) + half(ordered[::-1]))


def turn(a, b, c):
    (ax, ay), (bx, by), (cx, cy) = a, b, c
    return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)


def polygon_area(vertices):
    x, y = vertices.T
    return 0.5 * np.abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))


def contains(polygon, points):
    x, y = points[:, 0], points[:, 1]
    inside = np.zeros(len(points), dtype=bool)
    j = len(polygon) - 1
    for i in range(len(polygon)):
        xi, yi = polygon[i]
        xj, yj = polygon[j]
        with np.errstate(divide="ignore", invalid="ignore"):
            crosses = ((yi > y) != (yj > y)) & (x < (xj - xi) * (y - yi) / (yj - yi) + xi)
        inside ^= crosses
        j = i
    return inside


def rotation(axis, angle):
    x, y, z = np.asarray(axis) / norm(axis)
    K = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * K + (1 - np.cos(angle)) * K @ K


class Quaternion:
    def __init__(self, w, x, y, z):
        self.q = np.array([w, x, y, z], dtype=float)

    @classmethod
    def about(cls, axis, angle):
        return cls(np.cos(angle / 2), *(np.sin(angle / 2) * np.asarray(axis) / norm(axis)))

    def __mul__(self, other):
        w, v = self.q[0], self.q[1:]
        a, b = other.q[0], other.q[1:]
        return Quaternion(w * a - v @ b, *(w * b + a * v + cross(v, b)))

    def conjugate(self):
        return Quaternion(*(self.q * [1, -1, -1, -1]))

    def rotate(self, vector):
        return (self * Quaternion(0, *vector) * self.conjugate()).q[1:]

    def __repr__(self):
        return "Quaternion({:.4f}, {:.4f}, {:.4f}, {:.4f})".format(*self.q)


rng = np.random.default_rng(8)
points = rng.normal(size=(40, 2)).round(3)
hull = convex_hull(points)
print(
    len(hull),
    hull[0],
    f"area {polygon_area(hull):.6f}",
    f"{norm(hull - np.roll(hull, 1, 0), axis=1).sum():.6f}",
)
inside = contains(hull, points)
on_hull = (points[:, None] == hull).all(-1).any(1)
print(inside.sum(), on_hull.sum(), (inside | on_hull).all(), contains(hull, np.array([[9.0, 9.0]])))
square = np.array([[0, 0], [2, 0], [2, 2], [0, 2]])
print(
    polygon_area(square),
    type(polygon_area(square)).__name__,
    contains(square, np.array([[1, 1], [3, 1]])),
)

differences = points[:, np.newaxis, :] - points[np.newaxis, :, :]
distances = np.sqrt((differences**2).sum(axis=-1))
np.fill_diagonal(distances, np.inf)
nearest = distances.argmin(axis=1)
pair = np.unravel_index(distances.argmin(), distances.shape)
print("nearest:", nearest[:10], "closest pair:", tuple(map(int, pair)), f"{distances[pair]:.6f}")
mutual = nearest[nearest] == np.arange(len(points))
grams = (points**2).sum(1)[:, None] - 2 * points @ points.T + (points**2).sum(1)
print(
    "mutual:",
    mutual.sum(),
    "grams:",
    np.allclose(grams[mutual], distances[mutual] ** 2, atol=1) or "differ at infinity",
)
tree, cost = {0}, 0.0
while len(tree) < len(points):
    reached = np.array(sorted(tree))
    rest = np.setdiff1d(np.arange(len(points)), reached)
    block = distances[np.ix_(reached, rest)]
    i, j = np.unravel_index(block.argmin(), block.shape)
    cost += block[i, j]
    tree.add(int(rest[j]))
print(f"spanning tree {cost:.6f}", type(cost).__name__)

R = rotation([1, 1, 0], pi / 3)
q = Quaternion.about([1, 1, 0], pi / 3)
v = np.array([1.0, 2.0, 3.0])
print(R.round(6), det(R).round(12), q, np.allclose(R @ v, q.rotate(v)), (R @ R.T).round(10) + 0.0)
cloud = rng.normal(size=(30, 3)) * [3, 1, 0.2]
turned = cloud @ R.T + [1, 2, 3]
centred = turned - turned.mean(0)
U, S, Vt = svd(cloud.T @ centred)
estimate = (U @ Vt).T
print(
    "kabsch:",
    np.abs(estimate - R).max() < 0.2,
    S.round(4),
    f"{np.rad2deg(np.arccos((np.trace(R) - 1) / 2)):.3f}",
)
values, vectors = eigh(np.cov(centred.T))
print(
    "axes:", values.round(5), np.abs(vectors[:, -1] @ R[:, 0]).round(2), vectors.flags.f_contiguous
)
normal = cross(turned[1] - turned[0], turned[2] - turned[0])
plane, residual, rank, _ = lstsq(np.c_[turned[:, :2], np.ones(30)], turned[:, 2], rcond=None)
print("plane:", normal.shape, plane.round(4), residual.round(4), rank)
barycentric = np.linalg.solve(np.vstack([square[:3].T, np.ones(3)]), [1.5, 0.5, 1])
print("barycentric:", barycentric, barycentric.sum(), np.mean(square, axis=0))
theta = np.linspace(0, 2 * pi, 5)
circle = np.column_stack([np.cos(theta), np.sin(theta)])
spherical = np.array([norm(v), np.arccos(v[2] / norm(v)), np.arctan2(v[1], v[0])])
print(
    circle.round(3) + 0.0,
    spherical,
    np.hypot(*circle.T),
    np.angle(1j, deg=True),
    np.unwrap([0, 3, 6.5]),
    np.degrees(pi),
)
homogeneous = np.eye(3)
homogeneous[:2, 2] = 5, -1
homogeneous[:2, :2] *= 2
moved = (np.c_[square, np.ones(4)] @ homogeneous.T)[:, :2]
print(moved, moved.dtype, np.linalg.inv(homogeneous), moved.min(0), np.ptp(moved, 0))
