"""Masked arrays and NaN: sensor data with gaps, statistics, filling, printing, hard masks."""

import numpy as np
import numpy.ma as ma
from numpy.ma import masked_array, masked_where

readings = np.array(
    [[20.5, 21.0, -999, 22.5], [19.0, -999, -999, 23.0], [18.5, 20.0, 21.5, np.nan]]
)
data = ma.masked_invalid(ma.masked_equal(readings, -999))
print(data)
print(repr(data), data.fill_value, data.count(), data.mask.sum(axis=0))
print(
    data.mean(),
    data.mean(axis=0),
    data.std(axis=1),
    data.max(),
    data.argmax(),
    data.sum(axis=1).dtype,
)
print(
    f"{data.mean():.4f}",
    data[0, 2],
    data[0, 2] is ma.masked,
    data.filled(0).sum(),
    type(data[0, 0]).__name__,
)
print(ma.median(data, axis=1), ma.average(data, axis=0, weights=[3, 2, 1]), data.compressed())
anomaly = data - data.mean(axis=1, keepdims=True)
print(anomaly.round(3), anomaly.shape, (anomaly > 0).sum(), type(anomaly).__name__)
print(
    np.nanmean(readings),
    np.nansum(readings, axis=0),
    np.isnan(readings).any(axis=1),
    np.nanargmax(readings, axis=1),
)

filled = data.copy()
for row in filled:
    gap = ma.getmaskarray(row)
    row[gap] = np.interp(np.flatnonzero(gap), np.flatnonzero(~gap), row[~gap])
print(filled, filled.mask.any(), data.mask.sum())
filled[0, 0] = ma.masked
filled.mask[1] = True
filled[2] = ma.nomask
print(filled, ma.is_masked(filled))

series = ma.array(np.arange(10.0), mask=np.arange(10) % 4 == 1, fill_value=-1)
print(series, series.filled(), series[::-1], series[series > 4], 1 / (series - 2))
print(ma.log10(ma.array([-1.0, 0.0, 100.0])), ma.sqrt([-4, 9]), ma.array([1, 2]) / ma.array([0, 2]))
print(
    ma.clump_unmasked(series),
    ma.flatnotmasked_edges(series),
    ma.notmasked_contiguous(series),
)
print(
    ma.diff(series), ma.ediff1d(series[:4]), series.cumsum(), series.prod(), ma.dot(series, series)
)
print(
    ma.concatenate([series[:2], [7.5]]),
    ma.vstack([series[:3], series[3:6]]),
    ma.where(series > 5, series, -series),
)
hard = ma.array([1, 2, 3], mask=[0, 1, 0], hard_mask=True)
hard[:] = 9
soft = masked_array([1, 2, 3], mask=[0, 1, 0])
soft[1] = 9
print(hard, hard.data, soft, soft.mask, hard.hardmask, soft.sharedmask)
outside = masked_where((series < 2) | (series > 7), series)
inside = ma.masked_outside(np.arange(10), 2, 7)
print(
    outside, (outside == inside).all(), ma.allequal(outside, inside), ma.allclose(outside, inside)
)
print(
    ma.masked_values([1.0, 1.1, 2.0], 1.1),
    ma.masked_object(["a", "b"], "b"),
    ma.masked_inside([1, 2, 3], 2, 2),
)
print(
    ma.corrcoef([1, 2, 3, 4], ma.array([1, 3, 2, 9], mask=[0, 0, 1, 0])).round(6),
    ma.cov(data.T).mask.any(),
)
print(
    ma.unique(ma.array([1, 2, 2, 3], mask=[0, 0, 1, 1])),
    ma.isin(series, [1, 3, 6]),
    ma.array([3, 1, 2], mask=[1, 0, 0]).argsort(),
)
print(
    ma.sort(ma.array([3, 1, 2], mask=[1, 0, 0])),
    ma.apply_along_axis(np.sum, 1, data),
    ma.polyfit([1, 2, 3], [2, 4, 6], 1).round(6),
)
structured = ma.array([(1, 2.0), (3, 4.0)], mask=[(0, 1), (0, 0)], dtype=[("a", int), ("b", float)])
print(structured, structured["b"], structured[0], structured.mask.dtype)
try:
    print(ma.array([1, 2, 3], mask=[1, 0]))
except ma.MaskError as error:
    print("MaskError:", error)
try:
    print(int(ma.masked))
except Exception as error:
    print(type(error).__name__, error)
print(
    ma.masked + 1,
    ma.masked == 0,
    str(ma.masked),
    float(series[0]),
    series.tolist()[:3],
    ma.array(5, mask=True),
)
rows = ma.mask_rows(ma.array([[1, 2], [3, 4]], mask=[[0, 1], [0, 0]]))
print(
    rows,
    ma.compress_cols(rows[1:]),
    ma.mask_or(np.array([True, False]), np.array([False, False])),
    ma.make_mask([0, 1]),
)
ma.masked_print_option.set_display("##")
print(series)
ma.masked_print_option.set_display("--")
total = sum(x for x in series if x is not ma.masked)
combined = ma.array([1.5, 2.5], mask=[0, 1]) + np.array([1, 1]) * ma.array([2, 2], mask=[1, 0])
print(
    total,
    combined,
    combined.data,
    (~series.mask).sum(),
    ma.getdata(series) is series.data,
    np.ma.isMaskedArray(data),
)
