// Ops with kernels of their own, run by the engine without Python: every dtype, odd memory, errors.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <vector>

#include "csrc/autodiff/gradient.h"
#include "csrc/base/error.h"
#include "csrc/cpu/blas_library.h"
#include "csrc/engine/evaluate.h"
#include "csrc/ops/op_spec.h"
#include "tests/cpp/check.h"
#include "tests/cpp/error_of.h"

namespace {

using namespace lazynp;
using Numbers = std::vector<double>;
using Extents = std::vector<int64_t>;

constexpr DType all_dtypes[] = {DType::boolean,   DType::int8,      DType::uint8,   DType::int16,
                                DType::uint16,    DType::int32,     DType::uint32,  DType::int64,
                                DType::uint64,    DType::float16,   DType::float32, DType::float64,
                                DType::complex64, DType::complex128};

Value array(const Numbers& numbers, const Extents& shape, DType dtype = DType::float64) {
  BufferRef buffer = allocate_buffer(static_cast<int64_t>(numbers.size() * sizeof(double)));
  std::copy(numbers.begin(), numbers.end(), reinterpret_cast<double*>(buffer->data));
  return astype(leaf(std::move(buffer), DType::float64, c_layout(shape, sizeof(double))), dtype);
}

// The same elements at odd addresses, every other one, in reverse.
Value unaligned(const Value& x) {
  const Value dense = copy_as(x, c_layout(x.shape(), size_of(x.dtype())), x.dtype());
  evaluate(dense.node());
  const int64_t size = size_of(x.dtype()), n = x.size();
  BufferRef buffer = allocate_buffer(2 * size * n + 1);
  const int64_t offset = 1 + 2 * size * (n - 1);
  for (int64_t i = 0; i < n; ++i)
    std::memcpy(buffer->data + offset - 2 * size * i, data_of(dense.node()) + size * i,
                static_cast<size_t>(size));
  Extents strides(x.shape().size());
  int64_t stride = -2 * size;
  for (size_t i = strides.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= x.shape()[i];
  }
  return leaf(std::move(buffer), x.dtype(),
              make_layout(x.shape(), strides, offset, static_cast<int>(size)));
}

// The real parts in C order.
Numbers elements(const Value& x) {
  const Value real = astype(x, DType::float64);
  const Value dense = copy_as(real, c_layout(x.shape(), sizeof(double)), DType::float64);
  evaluate(dense.node());
  const auto* data = reinterpret_cast<const double*>(data_of(dense.node()));
  return {data, data + dense.size()};
}

AttributesRef axis(int64_t i) { return AttributeWriter().integer(i).none().finish(); }
AttributesRef axes_at(const Extents& axes) {
  return AttributeWriter().integers(axes).none().finish();
}
AttributesRef number(int64_t n) { return AttributeWriter().integer(n).finish(); }
AttributesRef range(double start, double stop, double step) {
  return AttributeWriter().real(start).real(stop).real(step).none().finish();
}
Value apply_all(const char* op, const Values& inputs, AttributesRef attributes = {}) {
  return apply(op_named(op), inputs, std::move(attributes));
}

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST(structured_ops_of_every_dtype_and_memory) {
  for (DType dtype : all_dtypes) {
    const bool is_bool = dtype == DType::boolean;
    const Value x = array({0, 1, 1, 0, 1, 0}, {2, 3}, dtype), odd = unaligned(x);
    for (const Value& v : {x, odd}) {
      CHECK(elements(apply("sort", {v}, AttributeWriter().integer(-1).none().none().finish())) ==
            Numbers({0, 1, 1, 0, 0, 1}));
      CHECK(elements(apply("argsort", {v},
                           AttributeWriter().integer(-1).string("stable").none().finish())) ==
            Numbers({0, 1, 2, 0, 2, 1}));
      CHECK(elements(apply("argmax", {v}, AttributeWriter().integer(1).boolean(false).finish())) ==
            Numbers({1, 1}));
      CHECK(elements(apply("argmin", {v}, AttributeWriter().none().boolean(false).finish())) ==
            Numbers({0}));
      CHECK(elements(apply("cumsum", {v}, axis(1))) == Numbers({0, 1, 2, 0, 1, 1}));
      CHECK(elements(apply("cumprod", {v}, axis(0))) == Numbers({0, 1, 1, 0, 1, 0}));
      CHECK(elements(apply("take", {v, array({2, -3}, {2}, DType::int64)}, axis(1))) ==
            Numbers({1, 0, 0, 0}));
      CHECK(elements(apply("concatenate", {v, v}, axis(1))) ==
            Numbers({0, 1, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0}));
      CHECK(elements(apply("gather", {v, array({1, 0}, {2}, DType::int64)}, axes_at({0}))) ==
            Numbers({0, 1, 0, 0, 1, 1}));
      CHECK(elements(apply("nonzero", {v}, number(3))) == Numbers({0, 1, 0, 2, 1, 1}));
      const Value product = apply("matmul", {v, transpose(v, {})});
      CHECK(elements(product) == (is_bool ? Numbers({1, 1, 1, 1}) : Numbers({2, 1, 1, 1})));
      CHECK(elements(apply("dot", {v, transpose(v, {})})) == elements(product));
    }
  }
}

TEST(masks_and_scatters_of_every_dtype) {
  for (DType dtype : all_dtypes) {
    const Value x = array({1, 0, 1, 0}, {4}, dtype),
                mask = array({0, 1, 1, 0}, {4}, DType::boolean);
    const Value values = array({1, 0}, {2}, dtype), places = array({3, 0}, {2}, DType::int64);
    for (const Value& v : {values, unaligned(values)}) {
      CHECK(elements(apply("compress_mask", {x, mask}, number(2))) == Numbers({0, 1}));
      CHECK(elements(apply("mask_assign", {x, mask, v}, number(2))) == Numbers({1, 1, 0, 0}));
      CHECK(elements(apply_all("scatter_assign", {x, v, places}, axes_at({0}))) ==
            Numbers({0, 0, 1, 1}));
      CHECK(elements(apply_all("scatter_add", {x, v, places}, axes_at({0}))) ==
            Numbers({1, 0, 1, 1}));
    }
  }
}

TEST(scatter_of_duplicates) {
  const Value x = array({0, 0, 0}, {3}), values = array({1, 2, 3}, {3}),
              places = array({1, 1, -2}, {3}, DType::int64);
  CHECK(elements(apply_all("scatter_assign", {x, values, places}, axes_at({0}))) ==
        Numbers({0, 3, 0}));
  CHECK(elements(apply_all("scatter_add", {x, values, places}, axes_at({0}))) ==
        Numbers({0, 6, 0}));
  CHECK(elements(x) == Numbers({0, 0, 0}));
}

TEST(nan_is_extreme_and_sorts_last) {
  const Value x = array({2, not_a_number, 1, not_a_number}, {4});
  CHECK_EQUAL(elements(apply("argmax", {x}))[0], 1);
  CHECK_EQUAL(elements(apply("argmin", {x}))[0], 1);
  const Numbers sorted = elements(apply("sort", {x}));
  CHECK(sorted[0] == 1 && sorted[1] == 2 && std::isnan(sorted[2]) && std::isnan(sorted[3]));
}

TEST(long_lines_are_sorted_by_radix) {
  Numbers numbers(5000);
  for (size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = std::sin(static_cast<double>(i) * 12.9898) * 1000;
  const Value x = array(numbers, {static_cast<int64_t>(numbers.size())});
  Numbers expected = numbers;
  std::sort(expected.begin(), expected.end());
  CHECK(elements(apply("sort", {x})) == expected);
  const Numbers order = elements(
      apply("argsort", {x}, AttributeWriter().integer(0).string("stable").none().finish()));
  for (size_t i = 0; i < order.size(); ++i)
    CHECK_EQUAL(numbers[static_cast<size_t>(order[i])], expected[i]);
}

TEST(ranges) {
  CHECK(elements(apply("arange", {}, range(0, 1, 0.25))) == Numbers({0, 0.25, 0.5, 0.75}));
  CHECK(elements(apply("arange", {}, range(3, 0, -1))) == Numbers({3, 2, 1}));
  CHECK(
      elements(apply("linspace", {},
                     AttributeWriter().real(0).real(1).integer(3).boolean(true).none().finish())) ==
      Numbers({0, 0.5, 1}));
  CHECK(elements(
            apply("eye", {}, AttributeWriter().integer(2).integer(3).integer(1).none().finish())) ==
        Numbers({0, 1, 0, 0, 0, 1}));
  CHECK(elements(apply("tril", {array({1, 2, 3, 4}, {2, 2})}, number(0))) == Numbers({1, 0, 3, 4}));
  const Value exact = apply("arange", {},
                            AttributeWriter()
                                .integer(int64_t{1} << 60)
                                .integer((int64_t{1} << 60) + 2)
                                .integer(1)
                                .none()
                                .finish());
  CHECK(exact.dtype() == DType::int64);
  CHECK_EQUAL(exact.size(), 2);
}

// LAZYNP_TEST_BLAS names an OpenBLAS with 64-bit integers; without it both halves use Eigen.
TEST(products_with_and_without_blas_agree) {
  if (const char* path = std::getenv("LAZYNP_TEST_BLAS")) {
    set_blas_path(path);
    CHECK_EQUAL(blas_path(), std::string(path));
  }
  Numbers numbers(60);
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<double>(i % 7) - 3;
  for (DType dtype : {DType::float32, DType::float64, DType::complex64, DType::complex128}) {
    const auto products = [&] {
      const Value a = array(numbers, {3, 4, 5}, dtype), b = array({1, 2, 3, 4, 5}, {5}, dtype);
      Numbers all = elements(apply("matmul", {a, transpose(a, std::vector<int>{0, 2, 1})}));
      for (const Value& more :
           {apply("matmul", {a, b}), apply("dot", {a, b}), apply("dot", {b, b})})
        for (double x : elements(more)) all.push_back(x);
      return all;
    };
    const Numbers with = products();
    use_blas(false);
    const Numbers without = products();
    use_blas(true);
    CHECK(with == without);  // small integers: exact in any order
  }
}

TEST(gradients_of_structured_ops) {
  const Value x = watch(array({3, 1, 2}, {3}));
  const auto gradient = [&](const Value& y, const Numbers& gy) {
    return elements(
        gradients(y, std::span(&x, 1), array(gy, {static_cast<int64_t>(gy.size())}))[0]);
  };
  const Value places = array({0, 2, 0}, {3}, DType::int64);
  CHECK(gradient(apply("cumsum", {x}), {1, 10, 100}) == Numbers({111, 110, 100}));
  CHECK(gradient(apply("cumprod", {x}), {1, 1, 1}) == Numbers({4, 9, 3}));
  CHECK(gradient(apply("sort", {x}), {1, 10, 100}) == Numbers({100, 1, 10}));
  CHECK(gradient(apply("take", {x, places}, axis(0)), {1, 10, 100}) == Numbers({101, 0, 10}));
  CHECK(gradient(apply("gather", {x, places}, axes_at({0})), {1, 10, 100}) ==
        Numbers({101, 0, 10}));
  CHECK(gradient(apply("concatenate", {x, x}, axis(0)), {1, 2, 3, 10, 20, 30}) ==
        Numbers({11, 22, 33}));
  const Value nothing = array({0, 0, 0}, {3});
  CHECK(gradient(apply_all("scatter_assign", {nothing, x, places}, axes_at({0})), {1, 10, 100}) ==
        Numbers({0, 100, 1}));
  CHECK(gradient(apply_all("scatter_assign", {x, nothing, places}, axes_at({0})), {1, 10, 100}) ==
        Numbers({0, 10, 0}));
  const Value mask = array({1, 0, 1}, {3}, DType::boolean);
  CHECK(gradient(apply("compress_mask", {x, mask}, number(2)), {1, 10}) == Numbers({1, 0, 10}));
  CHECK(gradient(apply("mask_assign", {x, mask, array({7, 8}, {2})}, number(2)), {1, 10, 100}) ==
        Numbers({0, 10, 0}));
}

TEST(gradient_of_a_product_with_zeros) {
  const auto gradient = [](const Numbers& numbers) {
    const Value x = watch(array(numbers, {3}));
    const int axes[] = {0};
    return elements(gradients(reduce(op_named("prod"), x, axes, false), std::span(&x, 1))[0]);
  };
  CHECK(gradient({2, 3, 4}) == Numbers({12, 8, 6}));
  CHECK(gradient({2, 0, 4}) == Numbers({0, 8, 0}));
  CHECK(gradient({0, 0, 4}) == Numbers({0, 0, 0}));
}

TEST(gradients_of_products_of_any_ndim) {
  const Value a = watch(array({1, 2, 3, 4}, {2, 2})), v = watch(array({5, 6}, {2}));
  const auto check = [](const Value& y, const Value& x, const Numbers& expected) {
    CHECK(elements(gradients(y, std::span(&x, 1))[0]) == expected);
  };
  check(apply("matmul", {a, v}), a, {5, 6, 5, 6});
  check(apply("matmul", {a, v}), v, {4, 6});
  check(apply("matmul", {v, a}), v, {3, 7});
  check(apply("matmul", {v, a}), a, {5, 5, 6, 6});
  check(apply("dot", {v, v}), v, {10, 12});
  check(apply("matmul", {a, a}), a, {7, 11, 9, 13});
}

TEST(mistakes_have_numpy_texts) {
  const Value x = array({1, 2, 3, 4, 5, 6}, {2, 3});
  CHECK_EQUAL(error_of([&] { apply("matmul", {x, x}); }),
              "matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc "
              "signature (n?,k),(k,m?)->(n?,m?) "
              "(size 2 is different from 3)");
  CHECK_EQUAL(error_of([&] { apply("dot", {x, x}); }),
              "shapes (2,3) and (2,3) not aligned: 3 (dim 1) != 2 (dim 0)");
  CHECK_EQUAL(error_of([&] { apply("argmax", {array({}, {0})}); }),
              "attempt to get argmax of an empty sequence");
  CHECK_EQUAL(
      error_of([&] { elements(apply("take", {x, array({5}, {1}, DType::int64)}, axis(1))); }),
      "index 5 is out of bounds for axis 1 with size 3");
  CHECK_EQUAL(error_of([&] { apply("arange", {}, range(0, 1, 0)); }), "float division by zero");
  CHECK_EQUAL(
      error_of([&] { apply("sort", {x}, AttributeWriter().integer(2).none().none().finish()); }),
      "axis 2 is out of bounds for array of dimension 2");
}
