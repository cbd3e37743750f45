"""Binary data: save, load, savez, memmap, tofile, headers by structured dtype, byte order."""

import io
import os
import struct
import tempfile
import zlib

import numpy as np

header_type = np.dtype(
    [("magic", "S4"), ("version", ">u2"), ("count", "<u4"), ("scale", "<f8", (2,))]
)
print(header_type, header_type.itemsize, header_type.fields["count"][1])
header = np.zeros(1, dtype=header_type)
header["magic"] = b"GRID"
header["version"], header["count"], header["scale"] = 3, 12, [0.5, 2.0]
samples = (np.arange(12, dtype="<i2") - 6) * 1000
message = header.tobytes() + samples.tobytes()
print(len(message), zlib.crc32(message), message[:10])
read = np.frombuffer(message, header_type, count=1)[0]
print(
    read["magic"],
    int(read["version"]),
    read["scale"],
    read.dtype == header_type,
    type(read).__name__,
)
payload = np.frombuffer(message, dtype="<i2", offset=header_type.itemsize)
print(payload, payload.flags.writeable, payload.base is message)
try:
    payload[0] = 1
except ValueError as error:
    print("ValueError:", error)
try:
    np.frombuffer(message[:-1], dtype="<i2", offset=header_type.itemsize)
except ValueError as error:
    print("ValueError:", error)
print(
    struct.unpack("<12h", payload) == tuple(payload),
    struct.pack("<3d", *read["scale"], payload.mean()).hex(),
)

big = samples.astype(">i2")
print(
    big.dtype,
    big.dtype.byteorder,
    (big == samples).all(),
    big.tobytes() == samples.byteswap().tobytes(),
)
print(
    samples.byteswap().view(samples.dtype.newbyteorder())[:3], big.view("<i2")[:3], (big + 1).dtype
)
swapped = samples.copy()
swapped.byteswap(inplace=True)
print(
    swapped[:4], sum(memoryview(samples[:2]).tobytes()), bytes(samples[:2]), bytearray(samples[:1])
)

with tempfile.TemporaryDirectory() as _folder:
    os.chdir(_folder)
    grid = np.linspace(-1, 1, 12).reshape(3, 4)
    np.save("grid.npy", grid)
    np.save("fortran", np.asfortranarray(grid), allow_pickle=False)
    loaded, fortran = np.load("grid.npy"), np.load("fortran.npy")
    print(
        loaded.flags.c_contiguous,
        fortran.flags.f_contiguous,
        (loaded == fortran).all(),
        os.path.getsize("grid.npy"),
    )
    mapped = np.load("grid.npy", mmap_mode="r")
    print(type(mapped).__name__, mapped[1], mapped.sum(axis=0), mapped.mode)
    np.savez("all.npz", grid, named=samples, text=np.array(["a", "bc"]))
    np.savez_compressed("small", grid=grid * 0)
    with np.load("all.npz") as _archive:
        print(
            sorted(_archive.files),
            _archive["arr_0"].shape,
            _archive["named"][:2],
            "text" in _archive,
        )
        everything = {name: _archive[name].dtype for name in _archive}
    print(everything, os.path.getsize("small.npz") < 400)
    grid.tofile("raw.bin")
    print(np.fromfile("raw.bin", count=3), np.fromfile("raw.bin", dtype=np.float64, offset=80))
    grid.tofile("raw.txt", sep=" ", format="%.3f")
    print(np.fromfile("raw.txt", sep=" ")[:3], os.path.getsize("raw.txt"))
    with open("mixed.bin", "wb") as file:
        header.tofile(file)
        samples.tofile(file)
    with open("mixed.bin", "rb") as file:
        again = np.fromfile(file, header_type, 1)
        rest = np.fromfile(file, "<i2")
    print(again == header, np.array_equal(rest, samples))
    memory = np.memmap("map.dat", dtype=np.float32, mode="w+", shape=(4, 5))
    memory[:] = np.arange(20).reshape(4, 5)
    memory[1:3, ::2] *= -1
    memory.flush()
    del memory
    view = np.memmap("map.dat", dtype=np.float32, mode="r+", offset=20, shape=(3, 5))
    view += 1
    print(
        view,
        type(view).__name__,
        type(view.sum()).__name__,
        view.offset,
        type(view[0] + 1).__name__,
    )
    view.flush()
    whole = np.fromfile("map.dat", dtype="f4")
    del view
    with open("objects.npy", "wb") as file:
        np.save(file, np.array([{"a": 1}, [2]], dtype=object), allow_pickle=True)
    try:
        np.load("objects.npy")
    except ValueError as error:
        print("ValueError:", error)
    objects = np.load("objects.npy", allow_pickle=True)
    print(objects, objects[0]["a"])
    mapped = None
    os.chdir("/")

buffer = io.BytesIO()
for k in range(3):
    np.save(buffer, np.full(k + 1, k, dtype=np.int8))
buffer.seek(0)
pieces = [np.load(buffer) for _ in range(3)]
print(pieces, np.concatenate(pieces))
np.lib.format.write_array(out := io.BytesIO(), grid[:1, :2])
print(out.getvalue()[:6], np.lib.format.read_magic(io.BytesIO(out.getvalue())))
pixels = np.frombuffer(bytes(range(24)), dtype=[("r", "u1"), ("g", "u1"), ("b", "u1")]).reshape(
    2, 4
)
print(pixels["g"], pixels["g"].strides, pixels[0, 1].tolist(), pixels.view("u1").shape)
print(
    np.frombuffer(bytearray(b"\x00\x00\x80\x3f\x00\x00\x00\x40"), np.float32),
    np.array(b"raw").item(),
)
