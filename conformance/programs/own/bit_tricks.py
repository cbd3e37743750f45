"""Bits: packing, population counts, views of floats, xorshift, CRC, Gray codes, bitboards."""

import numpy as np

flags = np.array([1, 0, 0, 1, 1, 0, 1, 0, 1, 1], dtype=bool)
packed = np.packbits(flags)
print(
    packed, np.packbits(flags, bitorder="little"), np.unpackbits(packed)[:10].astype(bool) == flags
)
print([np.binary_repr(b, 8) for b in packed], f"{packed[0]:08b}", hex(packed[1]), bin(packed[0]))

words = np.array([0, 1, 255, 2**31, 2**32 - 1], dtype=np.uint32)
print(
    np.bitwise_count(words), [int(w).bit_count() for w in words], words >> 4, words << np.uint32(1)
)
count = words.copy()
count -= (count >> 1) & 0x55555555
count = (count & 0x33333333) + ((count >> 2) & 0x33333333)
count = (((count + (count >> 4)) & 0x0F0F0F0F) * np.uint32(0x01010101)) >> 24
print(count, count.dtype, (count == np.bitwise_count(words)).all())
bits = (words[:, None] & (1 << np.arange(32, dtype=np.uint32))) != 0
print(bits.sum(axis=1), (bits * (1 << np.arange(32, dtype=np.uint64))).sum(axis=1), bits.dtype)

numbers = np.array([1.0, -2.5, 0.1, np.inf, np.nan, -0.0, 5e-324])
raw = numbers.view(np.uint64)
sign, exponent, mantissa = (
    raw >> np.uint64(63),
    (raw >> np.uint64(52)) & np.uint64(0x7FF),
    raw & np.uint64(2**52 - 1),
)
for x, s, e, m in zip(numbers, sign, exponent, mantissa):
    print(f"{x!s:>7} {s} {int(e) - 1023:5d} {m:013x}")
m, e = np.frexp(numbers[:3])
print(m, e, np.ldexp(m, e), np.signbit(numbers), np.nextafter(1, 2) - 1, np.spacing(np.float32(1)))
truncated = (raw & ~np.uint64(0xFFFFFFFF)).view("f8")
print(truncated[:3], numbers.astype("f4").view("i4")[:3], np.float32(3.14).view(np.int32))
halves = np.float32([1.5, 2.25]).view(np.uint16).reshape(-1, 2)
print(halves, halves.view("f4").ravel())
x = np.float32([4.0, 2.0, 100.0])
guess = (np.int32(0x5F3759DF) - (x.view(np.int32) >> 1)).view(np.float32)
guess = guess * (np.float32(1.5) - np.float32(0.5) * x * guess * guess)
print(guess, guess.dtype, 1 / np.sqrt(x))


def xorshift(seed, n):
    state = np.uint64(seed)
    out = np.empty(n, dtype=np.uint64)
    for i in range(n):
        state ^= state << np.uint64(13)
        state ^= state >> np.uint64(7)
        state ^= state << np.uint64(17)
        out[i] = state
    return out


stream = xorshift(88172645463325252, 64)
print(
    stream[:3], (stream >> np.uint64(11)).astype(float)[:2] / 2**53, np.bitwise_count(stream).mean()
)
with np.errstate(over="ignore"):
    hashed = np.uint64(14695981039346656037)
    for byte in b"hash me":
        hashed = (hashed ^ np.uint64(byte)) * np.uint64(1099511628211)
print(f"{hashed:016x}", type(hashed).__name__, hashed % 97)

table = np.arange(256, dtype=np.uint32)
for _ in range(8):
    table = np.where(table & 1, (table >> 1) ^ np.uint32(0xEDB88320), table >> 1)
crc = np.uint32(0xFFFFFFFF)
for byte in b"123456789":
    crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
crc ^= np.uint32(0xFFFFFFFF)
print(hex(crc), table.dtype, type(crc).__name__)

gray = np.arange(16) ^ (np.arange(16) >> 1)
changes = np.bitwise_count(gray[1:] ^ gray[:-1])
print(gray, changes.all(), np.bitwise_xor.reduce(gray), np.bitwise_or.accumulate([1, 2, 8, 4]))
nim = np.bitwise_xor.outer(np.arange(8), np.arange(8))
print(
    nim,
    np.invert(np.array([0, 1], dtype=np.int8)),
    ~np.array([True, False]),
    -np.array([-128, 127], dtype=np.int8),
)
shifts = np.array([1, -1, 64], dtype=np.int8)
print(
    shifts << 1,
    shifts << 7,
    shifts >> 1,
    np.left_shift(shifts, 9),
    np.int64(1) << 62,
    1 << np.arange(3),
)
board = np.uint64(0)
for square in (0, 9, 18, 27):
    board |= np.uint64(1) << np.uint64(square)
grid = np.unpackbits(np.array([board]).view(np.uint8), bitorder="little").reshape(8, 8)
print(grid, grid.trace(), np.packbits(grid[:4], axis=0)[:, :4])
masks = np.array([0b1100, 0b1010])
print(
    np.bitwise_and.reduce(masks),
    masks[0] & masks[1],
    masks[0] ^ 0b1,
    bool(masks[1] & 2),
    divmod(masks[0], 5),
)
morton = sum(((np.arange(4) >> k) & 1) << (2 * k) for k in range(2))
print(morton[:, None] * 2 + morton)
wrapped = np.array([250, 5], dtype=np.uint8)
wrapped += 10
print(wrapped, wrapped - 20, np.uint8(200) // np.uint8(7), np.add.reduce(wrapped, dtype=np.uint8))
