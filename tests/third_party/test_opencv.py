"""OpenCV: images of our arrays, and our arrays of its images."""

from __future__ import annotations

from typing import Any

import pytest
from swapped import library, numpys, same_as_numpy

cv2 = library("cv2")


def picture(np: Any) -> Any:
    rows, columns = np.meshgrid(np.arange(32), np.arange(40), indexing="ij")
    return ((rows * 7 + columns * 5) % 256).astype(np.uint8)


@same_as_numpy()
def test_images_of_ours(np: Any) -> Any:
    grey = numpys(picture(np))
    blurred = cv2.GaussianBlur(grey, (5, 5), 1.0)
    edges = cv2.Canny(grey, 50, 150)
    small = cv2.resize(grey, (20, 16))
    return np.asarray(blurred) * 2, edges, small, np.asarray(grey) - blurred


@same_as_numpy()
def test_drawing_into_an_image(np: Any) -> Any:
    grey = picture(np)
    before = grey + 0
    cv2.rectangle(numpys(grey), (2, 2), (10, 8), 255, -1)
    grey[0] = 1
    return before, grey, grey.mean()


def test_its_code_takes_numpys_arrays_only() -> None:
    import lazynp as np

    with pytest.raises(cv2.error, match="src is not a numpy array"):
        cv2.GaussianBlur(picture(np), (5, 5), 1.0)
