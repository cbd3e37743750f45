"""Filters of a grey image: padding, convolution, Sobel edges, histogram equalisation, dithering."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def test_image(height=48, width=64):
    y, x = np.mgrid[0:height, 0:width]
    image = 96 + 60 * np.sin(x / 7.0) * np.cos(y / 5.0) + 0.8 * x
    image[10:20, 15:40] = 230
    image[(x - 45) ** 2 + (y - 32) ** 2 < 81] = 12
    return np.clip(image, 0, 255).astype(np.uint8)


def convolve(image, kernel, mode="edge"):
    ky, kx = kernel.shape
    padded = np.pad(image.astype(float), ((ky // 2,) * 2, (kx // 2,) * 2), mode=mode)
    windows = sliding_window_view(padded, kernel.shape)
    return np.einsum("ijkl,kl->ij", windows, kernel[::-1, ::-1])


def equalise(image):
    histogram = np.bincount(image.ravel(), minlength=256)
    cdf = histogram.cumsum()
    cdf_min = cdf[cdf > 0].min()
    table = np.round((cdf - cdf_min) / (image.size - cdf_min) * 255)
    return table.clip(0).astype("uint8")[image]


def dither(image):
    work = image.astype(np.float32)
    h, w = work.shape
    for i in range(h):
        for j in range(w):
            old = work[i, j]
            new = np.float32(255) if old > 127 else np.float32(0)
            work[i, j] = new
            error = old - new
            if j + 1 < w:
                work[i, j + 1] += error * 7 / 16
            if i + 1 < h:
                if j > 0:
                    work[i + 1, j - 1] += error * 3 / 16
                work[i + 1, j] += error * 5 / 16
                if j + 1 < w:
                    work[i + 1, j + 1] += error * 1 / 16
    return work.astype(np.uint8)


def median_filter(image, size=3):
    padded = np.pad(image, size // 2, mode="reflect")
    windows = sliding_window_view(padded, (size, size))
    return np.median(windows, axis=(-2, -1)).astype(image.dtype)


def show(image, ramp=" .:-=+*#%@"):
    levels = np.array(list(ramp))
    index = image[::6, ::2].astype(int) * (len(ramp) - 1) // 255
    for row in levels[index]:
        print("".join(row))


image = test_image()
print(image.dtype, image.shape, image.min(), image.max(), f"{image.mean():.4f}")
show(image)

gauss_1d = np.exp(-(np.arange(-2, 3) ** 2) / 2.0)
gauss = np.outer(gauss_1d, gauss_1d)
gauss /= gauss.sum()
blurred = {mode: convolve(image, gauss, mode) for mode in ("edge", "reflect", "wrap", "constant")}
for mode, result in blurred.items():
    print(f"{mode:>9}: {result.mean():.6f} {result.std():.6f} corner {result[0, 0]:.3f}")

sobel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
gx, gy = convolve(image, sobel), convolve(image, sobel.T)
magnitude = np.hypot(gx, gy)
angle = np.rad2deg(np.arctan2(gy, gx)) % 180
sectors = np.digitize(angle, [22.5, 67.5, 112.5, 157.5]) % 4
edges = magnitude > np.percentile(magnitude, 90)
print("edges:", edges.sum(), "of", edges.size, "sectors:", np.bincount(sectors[edges], minlength=4))

equalised = equalise(image)
print("equalised:", np.unique(equalised).size, "levels, mean", round(float(equalised.mean()), 3))

rng = np.random.default_rng(7)
noisy = image.copy()
salt = rng.random(image.shape) < 0.03
noisy[salt] = rng.choice([0, 255], salt.sum())
cleaned = median_filter(noisy)
difference = np.abs(cleaned.astype(int) - image)
psnr = 10 * np.log10(255**2 / np.mean(difference**2.0))
print(f"PSNR {psnr:.4f} dB, {np.count_nonzero(difference)} pixels differ")

dithered = dither(image[:24, :32])
print("dithered:", dict(zip(*(a.tolist() for a in np.unique(dithered, return_counts=True)))))
rows, columns = np.nonzero(edges)
box = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
print("box of the edges:", box.shape, box.flags["C_CONTIGUOUS"], box.base is image)
