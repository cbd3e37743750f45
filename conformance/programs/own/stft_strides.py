"""Short-time Fourier transform on strided views, overlap-add, a chirp, and a moving median."""

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

RATE = 2000


def frames(x, size, hop):
    n = 1 + (len(x) - size) // hop
    return as_strided(
        x, shape=(n, size), strides=(hop * x.strides[0], x.strides[0]), writeable=False
    )


def stft(x, size=128, hop=32, window=np.hanning):
    w = window(size + 1)[:-1]
    return np.fft.rfft(frames(x, size, hop) * w, axis=-1), w


def istft(S, w, hop=32):
    size = len(w)
    n = hop * (len(S) - 1) + size
    y, norm = np.zeros(n), np.zeros(n)
    for k, frame in enumerate(np.fft.irfft(S, axis=-1)):
        part = slice(k * hop, k * hop + size)
        y[part] += frame * w
        norm[part] += w**2
    return np.divide(y, norm, out=np.zeros_like(y), where=norm > 1e-8)


t = np.linspace(0, 1, RATE, endpoint=False)
chirp = np.sin(2 * np.pi * (50 * t + 200 * t**2))
noise = 0.1 * np.random.default_rng(0).standard_normal(t.size)
x = chirp + noise
S, w = stft(x)
power = np.abs(S) ** 2
ridge = power.argmax(axis=1) * RATE / 128
print("frames", S.shape, "ridge", ridge[::12])
expected = 50 + 400 * (np.arange(len(S)) * 32 + 64) / RATE
print("ridge error", np.abs(ridge - expected).mean())
back = istft(S, w)
inner = slice(128, len(back) - 128)
print("reconstruction", np.abs(back[inner] - x[: len(back)][inner]).max() < 1e-12)

threshold = np.quantile(power, 0.9)
denoised = istft(np.where(power > threshold, S, 0), w)
snr = lambda y: 10 * np.log10(np.sum(chirp[inner] ** 2) / np.sum((y[inner] - chirp[inner]) ** 2))
gain = snr(denoised[: len(back)]) - snr(x)
print("gain in dB %.4f" % gain)

# a picture in characters
shades = np.array(list(" .:-=+*#"))
logp = np.log10(power[::6, ::4].T + 1e-3)
levels = ((logp - logp.min()) / np.ptp(logp) * 7).astype(int)
for row in levels[::-1]:
    print("".join(shades[row]))

# moving statistics over windows
spiky = chirp.copy()
spiky[::97] += 5
windows = sliding_window_view(np.pad(spiky, 2, mode="edge"), 5)
median = np.median(windows, axis=1)
print(windows.shape, windows.strides, windows.flags.writeable)
print("spikes removed:", np.abs(median - chirp).max() < 2, np.abs(spiky - chirp).max())
rolling = windows.mean(axis=-1)
cumulative = np.cumsum(np.insert(np.pad(spiky, 2, mode="edge"), 0, 0))
print("two ways:", np.allclose(rolling, (cumulative[5:] - cumulative[:-5]) / 5))
image = np.arange(36.0).reshape(6, 6)
patches = sliding_window_view(image, (3, 3))[::2, ::2]
print(patches.max(axis=(2, 3)), patches.sum())
kernel = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
laplace = np.einsum("ijkl,kl->ij", sliding_window_view(image**2, (3, 3)), kernel)
print(laplace)
blocks = as_strided(image, (2, 2, 3, 3), (3 * 48, 3 * 8, 48, 8))
print(blocks.mean(axis=(-1, -2)), np.shares_memory(blocks, image))
try:
    frames(x, 128, 32)[0, 0] = 1
except ValueError as e:
    refused = str(e)
    print(refused)
