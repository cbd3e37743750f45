"""Dates: datetime64 and timedelta64 arithmetic, business days, calendars, resampling."""

import datetime

import numpy as np

start = np.datetime64("2024-01-29")
days = np.arange(start, "2024-03-05", dtype="datetime64[D]")
print(days.dtype, len(days), days[0], days[-1], repr(days[0]))
print(days.astype("M8[M]")[[0, 3, -1]], days.astype("M8[Y]").astype(int)[0] + 1970)
print(
    "leap:", np.datetime64("2024-02-28") + 1, np.datetime64("2023-02-28") + np.timedelta64(1, "D")
)
weekday = (days.astype(int) - 4) % 7
print("weekdays:", np.bincount(weekday), np.is_busday(days).sum())
months = days.astype("datetime64[M]")
day_of_month = (days - months).astype(int) + 1
print("day of month:", day_of_month[:5], day_of_month.dtype, (days - months).dtype)

holidays = ["2024-02-12", "2024-02-19"]
calendar = np.busdaycalendar(holidays=holidays, weekmask="1111100")
print(np.busday_count("2024-01-29", "2024-03-05", busdaycal=calendar), calendar.holidays)
print(np.busday_offset("2024-02-10", [0, 1, 5], roll="forward", busdaycal=calendar))
print(np.busday_offset("2024-03", 2, roll="backward", weekmask="Wed"))
try:
    np.busday_offset("2024-02-10", 1)
except ValueError as error:
    print("ValueError:", error)

stamps = np.array(
    ["2024-02-01T06:30", "2024-02-01T18:45", "NaT", "2024-02-03T00:00"], dtype="M8[m]"
)
print(stamps, np.isnat(stamps), np.sort(stamps), stamps.max(), np.nanmax(stamps))
gaps = np.diff(stamps)
print(gaps, gaps.dtype, gaps / np.timedelta64(1, "h"))
print(
    np.nanmin(gaps), np.timedelta64(90, "m") // np.timedelta64(1, "h"), np.timedelta64(7, "D") * 2
)
print("divmod:", divmod(np.timedelta64(100, "m"), np.timedelta64(1, "h")))
print(np.datetime_as_string(stamps, unit="s"), np.datetime_as_string(stamps[0], timezone="UTC"))
print(
    stamps[0].item(),
    stamps.tolist()[1],
    stamps[0].astype(datetime.datetime).year,
    type(stamps[2].item()),
)
print(np.array([datetime.date(2024, 5, 17), datetime.date(2024, 5, 18)], dtype="M8").dtype)
print(
    np.datetime64(datetime.datetime(2024, 5, 17, 12, 30)), np.datetime64("2024-05-17T12:30", "ns")
)

rng = np.random.default_rng(11)
offsets = np.sort(rng.integers(0, 3 * 24 * 3600, 40)).astype("m8[s]")
events = np.datetime64("2024-02-01T00:00:00") + offsets
values = rng.normal(10, 2, 40).round(2)
hours = events.astype("M8[h]")
bins, first, counts = np.unique(events.astype("M8[D]"), return_index=True, return_counts=True)
daily = np.add.reduceat(values, first)
for day, count, total in zip(bins, counts, daily):
    print(f"{day}: {count:3d} events, sum {total:8.2f}, mean {total / count:.3f}")
grid = np.arange(events[0].astype("M8[D]"), events[-1], np.timedelta64(12, "h"))
position = np.searchsorted(events, grid)
print("grid:", grid.dtype, position)
window = (events >= np.datetime64("2024-02-02T06")) & (events < np.datetime64("2024-02-02T18"))
print("window:", window.sum(), f"{values[window].mean() if window.any() else np.nan:.3f}")
print("hour of day:", ((hours - hours.astype("M8[D]")) / np.timedelta64(1, "h")).astype(int)[:8])
print("mean gap:", np.diff(events).mean(), np.median(np.diff(events)), np.ptp(events))
since = events[-1] - events
halves = np.exp2(-(since / np.timedelta64(1, "D")))
print(
    f"decayed sum: {halves @ values:.6f}",
    since.max().astype("m8[h]"),
    int(since.max() / np.timedelta64(1, "s")),
)
epoch = events.astype(np.int64)
back = epoch.astype("datetime64[s]")
print(
    "round trip:",
    (back == events).all(),
    epoch[:2],
    np.can_cast("M8[s]", "M8[ms]"),
    np.datetime_data(events.dtype),
)
try:
    print(events + events)
except TypeError as error:
    print(type(error).__name__, str(error)[:60])
lookup = {day: int(n) for day, n in zip(bins, counts)}
print(
    lookup[np.datetime64("2024-02-02")],
    sorted(lookup)[0],
    hash(bins[0]) == hash(np.datetime64("2024-02-01")),
)
leap = [
    y
    for y in range(1996, 2025, 4)
    if np.datetime64(f"{y}-02-29", "D").astype("M8[M]") == np.datetime64(f"{y}-02")
]
print("leap years:", leap, np.array(leap, dtype="M8[Y]"))
