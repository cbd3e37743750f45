"""Sound in 16 bits: envelopes, echoes, FIR and IIR filters, correlation, resampling."""

import numpy as np

RATE = 4000


def envelope(n, attack=0.02, release=0.3):
    e = np.ones(n)
    a, r = int(attack * RATE), int(release * RATE)
    e[:a] = np.linspace(0, 1, a)
    e[-r:] *= np.linspace(1, 0, r) ** 2
    return e


def tone(freq, seconds, harmonics=(1, 0.5, 0.25, 0.125)):
    t = np.arange(int(seconds * RATE)) / RATE
    k = np.arange(1, len(harmonics) + 1)
    wave = np.array(harmonics) @ np.sin(2 * np.pi * freq * np.outer(k, t))
    return wave / np.abs(wave).max() * envelope(t.size)


notes = {"A": 220.0, "C": 261.63, "E": 329.63}
melody = np.concatenate([tone(notes[n], 0.4) for n in "ACEC"])
impulse = np.zeros(800)
impulse[[0, 250, 500, 799]] = [1, 0.5, -0.3, 0.1]
wet = np.convolve(melody, impulse)
print(len(melody), len(wet), wet.max())


def firwin(n, cutoff):
    m = np.arange(n) - (n - 1) / 2
    h = np.sinc(2 * cutoff / RATE * m) * np.hamming(n)
    return h / h.sum()


h = firwin(41, 400)
smooth = np.convolve(wet, h, mode="same")
response = 20 * np.log10(np.abs(np.fft.rfft(h, 256)) + 1e-12)
print("response", response[[0, 13, 26, 51, 100]].round(2))


def biquad(x, f0, q=0.7):
    w = 2 * np.pi * f0 / RATE
    alpha = np.sin(w) / (2 * q)
    b = np.array([1 - np.cos(w), 2 * (1 - np.cos(w)), 1 - np.cos(w)]) / 2
    a = np.array([1 + alpha, -2 * np.cos(w), 1 - alpha])
    b, a = b / a[0], a / a[0]
    y = np.zeros(len(x))
    x1 = x2 = y1 = y2 = 0.0
    for i in range(len(x)):
        y[i] = b[0] * x[i] + b[1] * x1 + b[2] * x2 - a[1] * y1 - a[2] * y2
        x2, x1, y2, y1 = x1, x[i], y1, y[i]
    return y


low = biquad(wet[:1500], 300)
print("biquad", low[[0, 1, 2, 700]], low.std())

pcm = np.clip(np.round(smooth / np.abs(smooth).max() * 32767), -32768, 32767).astype(np.int16)
print(pcm.dtype, pcm.min(), pcm.max(), pcm[1000:1004])
loud = pcm * np.int16(2)  # wraps around
clipped = np.clip(pcm.astype(np.int32) * 2, -32768, 32767).astype(np.int16)
print("wrapped", np.count_nonzero(loud != clipped))
stereo = np.column_stack([pcm, np.roll(pcm, 40)])
raw = stereo.astype("<i2").tobytes()
again = np.frombuffer(raw, dtype="<i2").reshape(-1, 2)
print(len(raw), np.array_equal(again, stereo))
left, right = again.T
lag = np.correlate(right[:2000].astype(float), left[:2000].astype(float), "full")
print("delay", lag.argmax() - 1999)
rms = np.sqrt((pcm.astype(float)[: pcm.size // 200 * 200].reshape(-1, 200) ** 2).mean(axis=1))
print("loudness", rms[::6].astype(int))
mu = np.sign(smooth) * np.log1p(255 * np.abs(smooth) / np.abs(smooth).max()) / np.log(256)
codes = np.digitize(mu, np.linspace(-1, 1, 17)) - 1
print("codes", np.bincount(codes, minlength=17))
half = np.interp(np.arange(0, len(smooth), 2.5), np.arange(len(smooth)), smooth).astype(np.float16)
print(half.dtype, half[500:503], half.nbytes)
zero_crossings = np.flatnonzero(np.diff(np.signbit(melody[:1600])))
pitch = RATE / (2 * np.mean(np.diff(zero_crossings)))
print("crossings", len(zero_crossings), "pitch %.3f" % pitch)
