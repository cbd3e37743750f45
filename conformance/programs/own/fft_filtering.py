"""Frequency-domain filtering: windows, spectra, a Hilbert envelope, filters by FFT, 2-d FFT."""

import numpy as np

fs = 500.0
t = np.arange(0, 2, 1 / fs)
rng = np.random.default_rng(8)
clean = 1.2 * np.sin(2 * np.pi * 7 * t) + 0.5 * np.cos(2 * np.pi * 40 * t + 0.3)
signal = clean + 0.4 * rng.standard_normal(t.size) + 0.2 * (t > 1)

freq = np.fft.rfftfreq(t.size, 1 / fs)
for name in ("hanning", "hamming", "blackman", "bartlett"):
    w = getattr(np, name)(t.size)
    spectrum = np.abs(np.fft.rfft((signal - signal.mean()) * w)) / w.sum() * 2
    peaks = np.flatnonzero((spectrum[1:-1] > spectrum[:-2]) & (spectrum[1:-1] > spectrum[2:])) + 1
    top = peaks[np.argsort(spectrum[peaks])[::-1][:2]]
    print(f"{name:9s}", ", ".join(f"{freq[k]:.2f} Hz: {spectrum[k]:.4f}" for k in sorted(top)))
beta = np.kaiser(51, 8.6)
print("kaiser", beta[[0, 25]], beta.sum())


def bandpass(x, low, high, width=2.0):
    X = np.fft.fft(x)
    f = np.abs(np.fft.fftfreq(len(x), 1 / fs))
    gain = 1 / (1 + np.exp(-(f - low) / width)) / (1 + np.exp((f - high) / width))
    X *= gain
    y = np.fft.ifft(X)
    assert np.abs(y.imag).max() < 1e-12
    return y.real


def analytic(x):
    n = len(x)
    h = np.zeros(n)
    h[0] = 1
    h[1 : (n + 1) // 2] = 2
    if n % 2 == 0:
        h[n // 2] = 1
    return np.fft.ifft(np.fft.fft(x) * h)


low, high = bandpass(signal, 3, 15), bandpass(signal, 30, 50)
print("rms", np.sqrt(np.mean(low**2)), np.sqrt(np.mean(high**2)))
z = analytic(low)
envelope = np.abs(z)
phase = np.unwrap(np.angle(z))
instantaneous = np.diff(phase) / (2 * np.pi) * fs
middle = slice(200, -200)
print("envelope", envelope[middle].mean().round(4), "frequency", np.median(instantaneous[middle]))

# Welch's method
nper, hop = 256, 128
w = np.hanning(nper)
segments = np.stack([signal[i : i + nper] for i in range(0, len(signal) - nper + 1, hop)])
segments = segments - segments.mean(axis=1, keepdims=True)
psd = (np.abs(np.fft.rfft(segments * w, axis=1)) ** 2).mean(axis=0) / (fs * (w**2).sum())
psd[1:-1] *= 2
f = np.fft.rfftfreq(nper, 1 / fs)
print("power", np.trapezoid(psd, f), "variance", signal.var(), "peak", f[psd.argmax()])
db = 10 * np.log10(psd / psd.max())
print("above -10 dB:", f[db > -10])

# two dimensions: a checkerboard with low frequencies removed
n = 32
image = (np.indices((n, n)).sum(0) // 4 % 2) + 0.02 * np.arange(n)
F = np.fft.fftshift(np.fft.fft2(image))
ky, kx = np.meshgrid(*[np.fft.fftshift(np.fft.fftfreq(n))] * 2, indexing="ij")
F[np.hypot(kx, ky) < 0.05] = 0
edges = np.fft.ifft2(np.fft.ifftshift(F)).real
print("edges", edges.std(), np.allclose(edges.mean(), 0), edges[::8, 4].round(3))
energy = np.sum(np.abs(F) ** 2) / n**2
print("Parseval", np.isclose(energy, np.sum(edges**2)))
short = np.fft.irfft(np.fft.rfft(clean, 512), 512)[:8]
print(short)
complex32 = np.fft.fft(clean[:8].astype(np.float32))
print(complex32.dtype, complex32[:3])
