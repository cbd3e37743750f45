"""einops: patterns over our arrays."""

from __future__ import annotations

from typing import Any

from swapped import library, same_as_numpy

einops = library("einops")


@same_as_numpy()
def test_patterns(np: Any) -> Any:
    images = np.sin(np.arange(96.0)).reshape(2, 4, 4, 3)
    return (
        einops.rearrange(images, "b h w c -> b c h w"),
        einops.rearrange(images, "b (h x) (w y) c -> b h w (x y c)", x=2, y=2),
        einops.reduce(images, "b h w c -> b c", "mean"),
        einops.reduce(images, "b (h x) (w y) c -> b h w c", "max", x=2, y=2),
        einops.repeat(images[0], "h w c -> h (w n) c", n=2),
        einops.rearrange([images[0], images[1]], "b h w c -> h (b w) c"),
        einops.einsum(images, np.arange(3.0), "b h w c, c -> b h w"),
        einops.pack([images, images[..., 0]], "b h w *")[0],
        einops.parse_shape(images, "b h w c"),
    )
