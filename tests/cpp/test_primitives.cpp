// The primitives of indexing, ordering and counting, run by the engine without Python.
#include <algorithm>
#include <vector>

#include "csrc/autodiff/gradient.h"
#include "csrc/base/error.h"
#include "csrc/engine/evaluate.h"
#include "csrc/engine/record_by_value.h"
#include "tests/cpp/check.h"
#include "tests/cpp/error_of.h"

namespace {

using namespace lazynp;
using Numbers = std::vector<double>;
using Extents = std::vector<int64_t>;

Value array(const Numbers& numbers, const Extents& shape, DType dtype = DType::float64) {
  BufferRef buffer = allocate_buffer(static_cast<int64_t>(numbers.size() * sizeof(double)));
  std::copy(numbers.begin(), numbers.end(), reinterpret_cast<double*>(buffer->data));
  return astype(leaf(std::move(buffer), DType::float64, c_layout(shape, sizeof(double))), dtype);
}
Value vector(const Numbers& numbers, DType dtype = DType::float64) {
  return array(numbers, {static_cast<int64_t>(numbers.size())}, dtype);
}
Value integers(const Numbers& numbers) { return vector(numbers, DType::int64); }

Numbers elements(const Value& x) {
  const Value real = astype(x, DType::float64);
  const Value dense = copy_as(real, c_layout(x.shape(), sizeof(double)), DType::float64);
  evaluate(dense.node());
  const auto* data = reinterpret_cast<const double*>(data_of(dense.node()));
  return {data, data + dense.size()};
}

Value record(const char* op, const Values& inputs, AttributesRef attributes = {}) {
  return apply_by_value(op_named(op), inputs, std::move(attributes));
}
AttributesRef text(const char* value) { return AttributeWriter().string(value).finish(); }

constexpr DType all_dtypes[] = {DType::boolean,   DType::int8,      DType::uint8,   DType::int16,
                                DType::uint16,    DType::int32,     DType::uint32,  DType::int64,
                                DType::uint64,    DType::float16,   DType::float32, DType::float64,
                                DType::complex64, DType::complex128};

}  // namespace

TEST(elements_are_replaced_in_every_dtype) {
  for (DType dtype : all_dtypes) {
    const Value x = vector({0, 1, 0, 1}, dtype), mask = vector({1, 1, 0, 1}, DType::boolean),
                values = vector({1, 0}, dtype);
    CHECK(elements(record("copyto", {x, vector({1}, dtype), mask})) == Numbers({1, 1, 0, 1}));
    CHECK(elements(record("putmask", {x, mask, values})) == Numbers({1, 0, 0, 0}));
    CHECK(elements(record("place", {x, mask, values})) == Numbers({1, 0, 0, 1}));
    CHECK(elements(record("put", {x, integers({-4, 2}), values})) == Numbers({1, 1, 0, 1}));
    CHECK(elements(record("put", {x, integers({6}), values}, text("wrap"))) ==
          Numbers({0, 1, 1, 1}));
    CHECK(elements(record("compress", {vector({1, 0, 1}, DType::boolean), x})) == Numbers({0, 0}));
    CHECK(elements(record("choose", {integers({1, 0, 0, 1}), x, vector({0, 0, 1, 0}, dtype)},
                          text("raise"))) == Numbers({0, 1, 0, 0}));
  }
}

TEST(partitions_have_the_kth_in_its_place) {
  for (DType dtype : all_dtypes) {
    if (dtype == DType::boolean) continue;
    const Value x = vector({5, 3, 0, 4, 1, 2}, dtype);
    for (int64_t k = 0; k < 6; ++k) {
      const auto number = static_cast<double>(k);
      const Numbers line = elements(record("partition", {x, constant(k)}));
      CHECK(line[static_cast<size_t>(k)] == number);
      for (size_t i = 0; i < 6; ++i)
        CHECK(i < static_cast<size_t>(k) ? line[i] < number : line[i] >= number);
      const Value order = record("argpartition", {x, constant(k)});
      CHECK(elements(apply("take", {x, order}))[static_cast<size_t>(k)] == number);
    }
  }
  CHECK_EQUAL(error_of([] { record("partition", {vector({1, 2}), constant(2)}); }),
              "kth(=2) out of bounds (2)");
}

TEST(order_and_counts) {
  const Value x = integers({3, 1, 3, 0, 1}), y = integers({0, 1, 0, 1, 0});
  CHECK(elements(record("unique", {x})) == Numbers({0, 1, 3}));
  CHECK(elements(record("lexsort", {y, x})) == Numbers({3, 4, 1, 0, 2}));
  CHECK(elements(record("bincount", {x})) == Numbers({1, 2, 0, 2}));
  CHECK(elements(record("bincount", {x, vector({.5, 1, 2, 4, 8})})) == Numbers({4, 9, 0, 2.5}));
  CHECK(elements(record("monotonicity", {vector({1, 1, 2, 2})})) == Numbers({1}));
  CHECK(elements(record("monotonicity", {vector({2, 1, 2})})) == Numbers({0}));
  const Value order =
      apply("argsort", {x}, AttributeWriter().integer(0).string("stable").none().finish());
  CHECK(elements(record("searchsorted", {x, integers({1, 2}), order}, text("left"))) ==
        Numbers({1, 3}));
  CHECK_EQUAL(error_of([&] { record("bincount", {integers({1, -1})}); }),
              "'list' argument must have no negative elements");
}

TEST(coordinates_and_positions) {
  const Extents shape{2, 3};
  const auto extents = AttributeWriter().integers(shape).string("raise").string("C").finish();
  CHECK(elements(record("ravel_multi_index", {integers({1, 0}), integers({2, 1})}, extents)) ==
        Numbers({5, 1}));
  CHECK(elements(record("unravel_index", {integers({5, 1})},
                        AttributeWriter().integers(shape).string("F").finish())) ==
        Numbers({1, 2, 1, 0}));
  CHECK_EQUAL(
      error_of([&] { record("ravel_multi_index", {integers({2}), integers({0})}, extents); }),
      "invalid entry in coordinates array");
}

TEST(samples) {
  const Value xp = vector({0, 1, 3}), fp = vector({0, 10, 30});
  CHECK(elements(record("interp", {vector({-1, .5, 1, 2, 9}), xp, fp})) ==
        Numbers({0, 5, 10, 20, 30}));
  for (DType dtype : all_dtypes) {
    if (dtype == DType::boolean) continue;
    const Value a = vector({1, 2, 3}, dtype), v = vector({0, 1}, dtype);
    CHECK(elements(record("convolve", {a, v})) == Numbers({0, 1, 2, 3}));
    CHECK(elements(record("convolve", {v, a}, text("same"))) == Numbers({0, 1, 2}));
    CHECK(elements(record("correlate", {a, v})) == Numbers({2, 3}));
    CHECK(elements(record("correlate", {v, a}, text("full"))) == Numbers({0, 3, 2, 1}));
  }
}

TEST(sums_of_products) {
  for (DType dtype : all_dtypes) {
    const Value a = array({1, 0, 1, 1}, {2, 2}, dtype), v = vector({1, 0}, dtype);
    CHECK(elements(record("einsum", {a, v}, text("ij,j->i"))) == Numbers({1, 1}));
    CHECK(elements(record("einsum", {a, a}, text("ij,jk->ki"))) ==
          (dtype == DType::boolean ? Numbers({1, 1, 0, 1}) : Numbers({1, 2, 0, 1})));
    CHECK(elements(record("einsum", {a}, text("ii->"))) ==
          (dtype == DType::boolean ? Numbers({1}) : Numbers({2})));
  }
}

TEST(gradients_of_primitives) {
  const Value x = watch(vector({1, 5, 2}));
  const auto gradient = [&](const Value& y, const Numbers& gy) {
    return elements(gradients(y, std::span(&x, 1), vector(gy))[0]);
  };
  CHECK(gradient(record("partition", {x, constant(1)}), {1, 10, 100}) == Numbers({1, 100, 10}));
  CHECK(gradient(record("put", {x, integers({0, 0}), vector({7, 8})}), {1, 10, 100}) ==
        Numbers({0, 10, 100}));
  CHECK(gradient(record("putmask", {x, vector({1, 0, 0}, DType::boolean), x}), {1, 10, 100}) ==
        Numbers({1, 10, 100}));
  CHECK(gradient(record("bincount", {integers({1, 1, 0}), x}), {1, 10}) == Numbers({10, 10, 1}));
  CHECK(gradient(record("interp", {vector({.5, 3}), vector({0, 1, 2}), x}), {2, 1}) ==
        Numbers({1, 1, 1}));
  CHECK(gradient(record("correlate", {x, vector({1, 2})}, text("full")), {1, 10, 100, 1000}) ==
        Numbers({12, 120, 1200}));
}
