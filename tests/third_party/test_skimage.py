"""scikit-image: filters, shapes and measures of our arrays."""

from __future__ import annotations

from typing import Any

from swapped import library, same_as_numpy

library("skimage")

from skimage import (  # noqa: E402
    color,
    draw,
    exposure,
    feature,
    filters,
    measure,
    morphology,
    restoration,
    segmentation,
    transform,
    util,
)


def picture(np: Any) -> Any:
    rows, columns = np.meshgrid(np.linspace(-1, 1, 32), np.linspace(-1, 1, 40), indexing="ij")
    return np.clip(np.exp(-4 * (rows**2 + columns**2)) + 0.1 * np.sin(20 * rows), 0, 1)


@same_as_numpy(fallbacks=1)
def test_filters(np: Any) -> Any:
    image = picture(np)
    return (
        filters.gaussian(image, 1.5),
        filters.sobel(image),
        filters.threshold_otsu(image),
        filters.median(image),
        exposure.equalize_hist(image),
        exposure.rescale_intensity(image, out_range=(0, 255)),
        restoration.denoise_tv_chambolle(image, max_num_iter=5),
        util.img_as_ubyte(image) // 2,
        util.random_noise(image, rng=0),
    )


@same_as_numpy()
def test_shapes(np: Any) -> Any:
    image = picture(np)
    mask = image > 0.3
    labels = measure.label(mask)
    regions = [(r.area, r.centroid, r.bbox) for r in measure.regionprops(labels, image)]
    return (
        labels,
        regions,
        morphology.dilation(mask, morphology.disk(2)),
        morphology.skeletonize(mask),
        measure.find_contours(image, 0.5)[0],
        feature.canny(image),
        feature.peak_local_max(image, min_distance=3),
        segmentation.watershed(-image, labels),
        np.asarray(labels) * image,
    )


@same_as_numpy()
def test_geometry_and_colour(np: Any) -> Any:
    image = picture(np)
    colours = np.stack([image, image[::-1], 1 - image], axis=2)
    turn = transform.AffineTransform(rotation=0.3, translation=np.array([2.0, 1.0]))
    canvas = np.zeros((10, 10))
    canvas[draw.disk((5, 5), 3)] = 1
    return (
        transform.resize(image, (16, 20)),
        transform.rotate(image, 20),
        transform.warp(image, turn.inverse),
        color.rgb2gray(colours),
        color.rgb2lab(colours),
        canvas.sum(),
    )
