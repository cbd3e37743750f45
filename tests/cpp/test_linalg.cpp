// Ops on matrices, run without Python: by LAPACK where LAZYNP_TEST_BLAS names one, and by Eigen.
#include <cmath>
#include <cstdlib>
#include <vector>

#include "csrc/autodiff/gradient.h"
#include "csrc/cpu/blas_library.h"
#include "csrc/engine/evaluate.h"
#include "csrc/ops/matrix_terms.h"
#include "tests/cpp/check.h"

namespace {

using namespace lazynp;

constexpr DType matrix_dtypes[] = {DType::float32, DType::float64, DType::complex64,
                                   DType::complex128};

// Numbers without a pattern; complex ones have imaginary parts.
Value matrices(std::vector<int64_t> shape, DType dtype) {
  int64_t n = 1;
  for (int64_t extent : shape) n *= extent;
  BufferRef buffer = allocate_buffer(n * 16);
  auto* const numbers = reinterpret_cast<std::complex<double>*>(buffer->data);
  for (int64_t i = 0; i < n; ++i) {
    const double x = static_cast<double>(i);
    numbers[i] = {std::sin(3 * x * x + 1), std::cos(5 * x * x)};
  }
  const Value x = leaf(std::move(buffer), DType::complex128, c_layout(shape, 16));
  return is_complex(dtype) ? astype(x, dtype) : astype(apply("real", {x}), dtype);
}

double largest(const Value& x) {
  const Value y = astype(apply("absolute", {x}), DType::float64);
  const Value most = reduce(op_named("max"), y, reduced_axes(nullptr, 0, y.ndim()), false);
  evaluate(most.node());
  return *reinterpret_cast<const double*>(data_of(most.node()));
}
bool are_close(const Value& a, const Value& b) {
  const double size = size_of(a.dtype()) == 4 || a.dtype() == DType::complex64 ? 1e-4 : 1e-11;
  return largest(a - b) <= size * (1 + largest(b));
}
Value unit(int64_t n, DType dtype) { return triangles(n, n, dtype, 0, 1, 0); }

// With what was found, and with Eigen.
template <class Body> void with_both(Body body) {
  if (const char* path = std::getenv("LAZYNP_TEST_BLAS")) set_blas_path(path);
  for (const bool uses_library : {true, false}) {
    use_blas(uses_library);
    for (const DType dtype : matrix_dtypes) body(dtype);
  }
  use_blas(true);
}

Values results(const char* op, const Value& x) { return apply_results(op_named(op), {&x, 1}); }

}  // namespace

TEST(linear_systems_and_determinants) {
  with_both([](DType dtype) {
    const Value a = matrices({2, 3, 3}, dtype), b = matrices({3, 2}, dtype);
    const Value inverse = apply("inv", {a});
    CHECK(are_close(product(a, inverse), product(a, inverse) * constant(0) + unit(3, dtype)));
    CHECK(are_close(product(a, apply("solve", {a, b})),
                    broadcast_to(b, std::vector<int64_t>{2, 3, 2})));
    const Value column = matrices({3}, dtype);
    const Value x = apply("solve1", {a, column});
    CHECK(are_close(without_last_axis(product(a, as_column(x))),
                    broadcast_to(column, std::vector<int64_t>{2, 3})));
    const Values parts = results("slogdet", a);
    CHECK_EQUAL(parts.size(), size_t{2});
    CHECK(are_close(parts[0] * apply("exp", {parts[1]}), apply("det", {a})));
    CHECK(are_close(apply("det", {inverse}) * apply("det", {a}),
                    apply("det", {a}) * constant(0) + constant(1)));
  });
}

TEST(factors_give_the_matrix_back) {
  with_both([](DType dtype) {
    const Value a = matrices({2, 3, 3}, dtype), square = product(a, adjoint(a)) + unit(3, dtype);
    const Value lower = apply("cholesky_lo", {square}), upper = apply("cholesky_up", {square});
    CHECK(are_close(product(lower, adjoint(lower)), square));
    CHECK(are_close(product(adjoint(upper), upper), square));
    for (const char* op : {"eigh_lo", "eigh_up"}) {
      const Values wv = results(op, square);
      CHECK(are_close(product(wv[1] * as_row(wv[0]), adjoint(wv[1])), square));
    }
    CHECK(are_close(apply("eigvalsh_lo", {square}), results("eigh_lo", square)[0]));
    CHECK(are_close(apply("eigvalsh_up", {square}), results("eigh_up", square)[0]));
    for (const auto& shape : {std::vector<int64_t>{4, 3}, {3, 4}, {3, 3}}) {
      const Value x = matrices(shape, dtype);
      const Values usv = results("svd_s", x);
      CHECK(are_close(product(usv[0] * as_row(usv[1]), usv[2]), x));
      CHECK(are_close(apply("svd", {x}), usv[1]));
      const Values full = results("svd_f", x);
      CHECK(are_close(product(full[0], adjoint(full[0])), unit(shape[0], dtype)));
      CHECK(are_close(product(full[2], adjoint(full[2])), unit(shape[1], dtype)));
    }
  });
}

TEST(orthogonal_factors_and_least_squares) {
  with_both([](DType dtype) {
    if (size_of(dtype) < (is_complex(dtype) ? 16 : 8)) return;  // NumPy has none of these
    for (const auto& shape : {std::vector<int64_t>{4, 3}, {3, 4}, {3, 3}}) {
      const Value x = matrices(shape, dtype);
      const int64_t k = std::min(shape[0], shape[1]);
      const Values raw = results("qr_r_raw", x);
      const Value r = slice_axis(raw[0], 0, 0, k) * triangles(k, shape[1], dtype, 0, 1, 1);
      const Value q = apply("qr_reduced", {raw[0], raw[1]});
      CHECK(are_close(product(q, r), x));
      CHECK(are_close(q, apply("qr_orthogonal", {x})));
    }
    const Value a = matrices({5, 3}, dtype), x = matrices({3, 2}, dtype);
    const Value inputs[] = {a, product(a, x), constant(1e-10)};
    const Values found = apply_results(op_named("lstsq"), inputs);
    CHECK(are_close(found[0], x));
    CHECK(largest(found[1]) < 1e-20);
    CHECK_EQUAL(largest(found[2]), 3.0);
    CHECK(are_close(found[3], apply("svd", {a})));
    const Values wv = results("eig", slice_axis(a, 0, 0, 3));
    CHECK(are_close(product(slice_axis(a, 0, 0, 3), wv[1]), wv[1] * as_row(wv[0])));
    CHECK(are_close(apply("eigvals", {slice_axis(a, 0, 0, 3)}), wv[0]));
  });
}

TEST(several_results_are_one_node) {
  const Value a = matrices({3, 3}, DType::complex128);
  const Values parts = results("slogdet", a);
  CHECK(parts[0].node()->inputs[0] == parts[1].node()->inputs[0]);
  CHECK(parts[0].dtype() == DType::complex128 && parts[1].dtype() == DType::float64);
  const Value x = watch(a);
  const Values of_x = results("slogdet", x);
  const Value gradient = gradients(of_x[1], std::span(&x, 1))[0];
  CHECK(are_close(gradient, adjoint(apply("inv", {a}))));
}

TEST(failures_give_nan) {
  with_both([](DType dtype) {
    const Value singular = unit(2, dtype) * constant(0);
    for (const char* op : {"inv", "cholesky_lo", "cholesky_up"}) {
      const Value y = apply("isnan", {apply(op, {singular})});
      evaluate(y.node());
      CHECK(*data_of(y.node()));
    }
    CHECK_EQUAL(largest(apply("det", {singular})), 0.0);
  });
}
