"""Text in arrays: np.char, np.strings, StringDType, log lines and word statistics."""

import numpy as np

LOG = """\
2024-03-01T12:00:01 INFO  web01 request /index.html 200 0.034
2024-03-01T12:00:02 WARN  web02 request /search 200 1.250
2024-03-01T12:00:02 ERROR web01 request /cart 500 0.410
2024-03-01T12:00:05 INFO  web03 request /index.html 304 0.002
2024-03-01T12:01:11 INFO  web02 request /about 200 0.120
2024-03-01T12:01:12 ERROR web02 request /cart 502 3.000
2024-03-01T12:02:00 INFO  web01 request /search?q=numpy 200 0.770
"""

lines = np.array(LOG.splitlines())
print(lines.dtype, lines.shape, np.strings.str_len(lines))
fields = np.array([line.split() for line in lines])
print(fields.dtype, fields.shape)
times = fields[:, 0].astype("datetime64[s]")
levels, hosts, paths = fields[:, 1], fields[:, 2], fields[:, 4]
status, seconds = fields[:, 5].astype(int), fields[:, 6].astype(np.float64)
print("took", times[-1] - times[0], np.diff(times).astype(int))
for level in np.unique(levels):
    chosen = levels == level
    print(f"{level:<6}|{chosen.sum():3d}|{seconds[chosen].mean():8.4f}|{seconds[chosen].max():>8}")
names, inverse, counts = np.unique(hosts, return_inverse=True, return_counts=True)
total = np.zeros(len(names))
np.add.at(total, inverse, seconds)
print({str(n): (int(c), float(t)) for n, c, t in zip(names, counts, total)})
slow = np.char.startswith(paths, "/search") & (seconds > 1)
print("slow searches:", lines[slow])
print("queries:", np.strings.find(paths, "?"), np.char.count(paths, "/"))
pages, _, queries = np.strings.partition(paths, "?")
print(pages, queries)

word = np.array(["numpy", "Array", "  spaces ", "ÄÖü", "", "tab\tbed", "x" * 12])
print(np.char.upper(word), np.char.capitalize(word), np.char.title(word))
print(np.char.strip(word), np.char.str_len(word), np.char.isalpha(word))
print(np.char.center(word, 9, "*"), np.char.zfill(np.array(["7", "-42", "+3"]), 5))
print(np.char.add(word, "!"), np.char.multiply(np.array(["ab", "c"]), [2, 3]))
print(np.char.replace(word, "a", "AA"), np.char.split(np.array(["a b", "c d e"])))
print(np.char.join("-", np.array(["abc", "xyz"])), np.char.mod("%05.1f", np.array([1.25, 22.75])))
print(np.char.encode(word[:3], "utf-8"), np.char.decode(np.array([b"ab", b"\xc3\xa4"]), "utf-8"))
print(
    word < "n",
    np.char.equal(word, "numpy"),
    np.char.compare_chararrays(word, word[::-1], "<", True),
)
table = np.char.array(["one", "two", "three"])
print(type(table).__name__, table + "s", table.upper()[1], table.find("e"))

text = "the quick brown fox jumps over the lazy dog and the quick cat naps"
words = np.array(text.split(), dtype=np.dtypes.StringDType())
print(words.dtype, words[:3], np.strings.str_len(words))
vocabulary, frequency = np.unique(words, return_counts=True)
order = np.lexsort((vocabulary.astype("U16"), -frequency))
print([(str(vocabulary[k]), int(frequency[k])) for k in order[:4]])
print("longest:", max(words, key=len), "sorted:", np.sort(words)[:4], words == "the")
missing = np.array(["a", np.nan, "c"], dtype=np.dtypes.StringDType(na_object=np.nan))
print(missing, np.isnan(missing), missing[0] + "b")
letters = np.frombuffer(text.encode(), dtype=np.uint8)
alphabet = np.bincount(letters, minlength=128)[ord("a") : ord("z") + 1]
print("letters:", alphabet, chr(alphabet.argmax() + ord("a")))
caesar = ((letters - 97 + 3) % 26 + 97)[letters > 96].tobytes().decode()
print("caesar:", caesar[:30])
codes = np.array(["cab", "abc"]).view(np.uint32).reshape(2, 3)
print("codes:", codes, codes.dtype, np.array(["abc"]).view("S1")[::4])
scores = np.array(["3.5", "-2", "nan", "1e3"]).astype(float)
print(scores, scores.astype(str), np.array([1, 10, 100]).astype("U2"), np.array([True]).astype("S"))
try:
    np.array(["1", "two"]).astype(int)
except ValueError as error:
    print("ValueError:", error)
distance = np.arange(6)[:, None] + np.arange(7)
a, b = np.array(list("kitte")), np.array(list("sittin"))
for i in range(1, 6):
    for j in range(1, 7):
        step = int(a[i - 1] != b[j - 1])
        distance[i, j] = min(
            distance[i - 1, j] + 1, distance[i, j - 1] + 1, distance[i - 1, j - 1] + step
        )
print("distance:", distance[-1, -1])
