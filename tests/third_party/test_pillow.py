"""Pillow: images from our arrays and back."""

from __future__ import annotations

from typing import Any

from swapped import library, same_as_numpy

Image = library("PIL.Image")
ImageFilter = library("PIL.ImageFilter")


def picture(np: Any) -> Any:
    rows, columns = np.meshgrid(np.arange(12), np.arange(16), indexing="ij")
    return ((rows * 20 + columns * 3) % 256).astype(np.uint8)


@same_as_numpy()
def test_from_arrays_and_back(np: Any) -> Any:
    grey = picture(np)
    colours = np.stack([grey, grey[::-1], 255 - grey], axis=2)
    images = [
        Image.fromarray(grey),
        Image.fromarray(colours),
        Image.fromarray(grey[::2, ::2]),
        Image.fromarray(grey.T),
        Image.fromarray(grey > 100),
        Image.fromarray(grey.astype(np.float32) / 3),
        Image.fromarray(grey.astype(np.int32)),
    ]
    modes = [(image.mode, image.size, image.tobytes()) for image in images]
    return modes, [np.asarray(image) for image in images], np.array(images[1]).mean(axis=(0, 1))


@same_as_numpy()
def test_filters(np: Any) -> Any:
    image = Image.fromarray(picture(np))
    blurred = image.filter(ImageFilter.GaussianBlur(1))
    small = image.resize((8, 6), Image.Resampling.BILINEAR).rotate(90)
    difference = np.asarray(image).astype(int) - np.asarray(blurred)
    return difference, np.abs(difference).max(), np.asarray(small) * 0.5


@same_as_numpy()
def test_what_is_written_after_the_call(np: Any) -> Any:
    grey = picture(np)
    image = Image.fromarray(grey)
    grey[0] = 7
    read = np.asarray(image)
    own = np.array(image)
    own[0] = 9
    return grey[:2], read[:2], read.flags.writeable, np.asarray(image)[0], own[0]
