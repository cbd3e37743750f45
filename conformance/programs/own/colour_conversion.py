"""Colours: uint8 arithmetic that wraps, HSV and YCbCr, palettes, resizing, alpha blending."""

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]


def rgb_to_hsv(rgb: Image) -> npt.NDArray[np.float64]:
    scaled = rgb / 255.0
    top, low = scaled.max(axis=-1), scaled.min(axis=-1)
    spread = top - low
    with np.errstate(invalid="ignore", divide="ignore"):
        hue = np.select(
            [top == scaled[..., 0], top == scaled[..., 1]],
            [
                (scaled[..., 1] - scaled[..., 2]) / spread % 6,
                (scaled[..., 2] - scaled[..., 0]) / spread + 2,
            ],
            (scaled[..., 0] - scaled[..., 1]) / spread + 4,
        )
        saturation = spread / top
    hue[spread == 0] = 0
    return np.dstack((hue * 60, np.nan_to_num(saturation), top))


def hsv_to_rgb(hsv: npt.NDArray[np.float64]) -> Image:
    h, s, v = np.moveaxis(hsv, -1, 0)
    k = (np.array([5, 3, 1])[:, None, None] + h / 60) % 6
    rgb = v - v * s * np.clip(np.minimum(k, 4 - k), 0, 1)
    return np.rint(rgb * 255).astype(np.uint8).transpose(1, 2, 0)


rng = np.random.default_rng(3)
rgb: Image = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
rgb[0, :4] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]]

print("wraps:", (rgb[1, :4] + 100).dtype, rgb[1, :4] + np.uint8(100))
print("minus:", rgb[0, 0] - rgb[0, 1], np.uint8(3) - np.uint8(3))
try:
    print(rgb + 300)
except OverflowError as error:
    print("OverflowError:", error)
print("wide:", (rgb.astype(np.int16) + 300).max(), (rgb * 1.0).dtype, (rgb * np.float32(0.5)).dtype)
inverted = ~rgb
assert (inverted == 255 - rgb).all()
saturated = np.clip(rgb.astype(int) + 100, 0, 255).astype(np.uint8)
doubled = np.where(rgb > 127, 255, rgb * 2)
print("saturated", saturated.mean().round(3), "doubled", doubled.dtype, doubled.sum())

hsv = rgb_to_hsv(rgb)
with np.printoptions(precision=2, suppress=True):
    print(hsv[0, :4])
back = hsv_to_rgb(hsv)
print("there and back:", np.abs(back.astype(int) - rgb).max())

ycbcr_matrix = np.array(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]
)
ycbcr = rgb @ ycbcr_matrix.T + [0, 128, 128]
grey = np.average(rgb, axis=2, weights=[0.299, 0.587, 0.114])
print(
    "luma equal:",
    np.allclose(grey, ycbcr[..., 0]),
    ycbcr.dtype,
    f"{grey.ptp() if hasattr(grey, 'ptp') else np.ptp(grey):.3f}",
)

packed = rgb[..., 0].astype(np.uint32) << 16 | rgb[..., 1].astype(np.uint32) << 8 | rgb[..., 2]
print("hex:", [f"#{value:06x}" for value in packed[0, :4]], packed.dtype)
palette, index = np.unique((rgb >> 6).reshape(-1, 3), axis=0, return_inverse=True)
indexed = index.reshape(rgb.shape[:2]).astype(np.uint8)
restored = (palette[indexed] << 6) + 32
print("palette:", palette.shape, palette.dtype, restored.dtype, restored[0, 1])

nearest = rgb.repeat(2, axis=0).repeat(2, axis=1)
halved = nearest.reshape(6, 2, 8, 2, 3).mean((1, 3))
print("resize:", nearest.shape, nearest.strides, np.array_equal(halved, rgb), halved.dtype)
rows = np.linspace(0, rgb.shape[0] - 1, 9)
low = np.floor(rows).astype(int)
high = np.minimum(low + 1, rgb.shape[0] - 1)
weight = (rows - low)[:, None, None]
bilinear = (rgb[low] * (1 - weight) + rgb[high] * weight).round().astype(rgb.dtype)
print(bilinear[:, 0, 0], bilinear[:, -1, 2])

alpha = np.linspace(0, 1, 8, dtype=np.float32)[None, :, None]
blended = (alpha * rgb + (1 - alpha) * inverted).astype(np.uint8)
print("blend:", (alpha * rgb).dtype, blended[2, :, 1])
planes = [np.ascontiguousarray(plane) for plane in np.rollaxis(rgb, 2)]
bgr = rgb[..., ::-1]
print("planes:", [int(p.sum()) for p in planes], bgr.strides, bgr.flags.c_contiguous)
histogram, edges = np.histogramdd(rgb.reshape(-1, 3), bins=(2, 2, 2), range=[(0, 256)] * 3)
print("histogram:", histogram.ravel(), edges[0])
gamma = (np.arange(256) / 255.0) ** (1 / 2.2) * 255 + 0.5
lookup = gamma.astype("B")
print("gamma:", lookup[[0, 1, 64, 128, 255]], np.take(lookup, rgb[0, :, 0]))
floats = np.array([-3.7, -0.2, 0.5, 254.6, 255.0])
print("cast:", floats.astype(np.int64).astype(np.uint8), np.rint(floats), np.trunc(floats))
