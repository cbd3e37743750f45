// Gradients without Python: chains, sharing, broadcasting, views, writes, errors, ending a watch.
#include <cmath>
#include <vector>

#include "csrc/autodiff/gradient.h"
#include "csrc/base/error.h"
#include "csrc/engine/evaluate.h"
#include "csrc/ops/op_spec.h"
#include "tests/cpp/check.h"

namespace {

using namespace lazynp;

Value array(const std::vector<double>& numbers, const std::vector<int64_t>& shape) {
  BufferRef buffer = allocate_buffer(static_cast<int64_t>(numbers.size() * sizeof(double)));
  std::copy(numbers.begin(), numbers.end(), reinterpret_cast<double*>(buffer->data));
  return leaf(std::move(buffer), DType::float64, c_layout(shape, sizeof(double)));
}

// The elements in C order.
std::vector<double> elements(const Value& x) {
  const Value dense = copy_as(x, c_layout(x.shape(), sizeof(double)), DType::float64);
  evaluate(dense.node());
  const auto* data = reinterpret_cast<const double*>(data_of(dense.node()));
  return {data, data + dense.size()};
}

using Numbers = std::vector<double>;
Value total(const Value& x) { return reduce(op_named("sum"), x, {}, false); }
Value gradient(const Value& y, const Value& x, const Value& gy = {}) {
  return gradients(y, std::span(&x, 1), gy)[0];
}

Value slice(const Value& x, int64_t start, int64_t n, int64_t step = 1) {
  const int64_t shape[] = {n}, strides[] = {step * 8};
  return view(x, make_layout(shape, strides, x.layout().offset + start * 8, 8), x.dtype());
}
LayoutRef region(int64_t start, int64_t n) {
  const int64_t shape[] = {n}, strides[] = {8};
  return make_layout(shape, strides, start * 8, 8);
}

}  // namespace

TEST(gradient_of_a_chain) {
  const Value x = watch(array({1, 2, 3}, {3}));
  const Value y = total(x * x + x);
  CHECK(elements(gradient(y, x)) == Numbers({3, 5, 7}));
}

TEST(gradient_runs_nothing) {
  const Value x = watch(array({1, 2, 3}, {3}));
  const int64_t before = engine_statistics().n_nodes_run;
  const Value g = gradient(total(x * x), x);
  CHECK(!g.node()->is_materialized());
  CHECK_EQUAL(engine_statistics().n_nodes_run, before);
}

TEST(gradient_undoes_broadcasting) {
  const Value a = watch(array({1, 2, 3}, {3})), b = watch(array({10, 20}, {2, 1}));
  const Value xs[] = {a, b};
  const Values found = gradients(total(a * b), xs);
  CHECK(elements(found[0]) == Numbers({30, 30, 30}));
  CHECK(elements(found[1]) == Numbers({6, 6}));
  CHECK_EQUAL(shape_text(found[1].shape()), "(2,1)");
}

TEST(gradient_is_zero_where_unconnected) {
  const Value a = watch(array({1, 2}, {2})), b = watch(array({3, 4}, {2}));
  CHECK(elements(gradient(total(a), b)) == Numbers({0, 0}));
}

TEST(gradient_of_y_itself_is_gy) {
  const Value x = watch(array({1, 2}, {2}));
  CHECK(elements(gradient(x, x)) == Numbers({1, 1}));
  CHECK(elements(gradient(x, x, array({5, 6}, {2}))) == Numbers({5, 6}));
}

TEST(gradient_of_slices_adds_up) {
  const Value x = watch(array({1, 2, 3, 4}, {4}));
  const Value y = total(slice(x, 1, 3) * slice(x, 0, 3));
  CHECK(elements(gradient(y, x)) == Numbers({2, 4, 6, 3}));
}

TEST(gradient_of_reversed_and_stepped_views) {
  const Value x = watch(array({1, 2, 3, 4}, {4}));
  const Value weights = array({1, 10}, {2});
  CHECK(elements(gradient(total(slice(x, 3, 2, -2) * weights), x)) == Numbers({0, 10, 0, 1}));
}

TEST(gradient_of_transposed_and_reshaped) {
  const Value x = watch(array({1, 2, 3, 4, 5, 6}, {2, 3}));
  const int axes[] = {1, 0};
  const Value turned = transpose(x, axes);
  CHECK(elements(gradient(turned, x, array({1, 2, 3, 4, 5, 6}, {3, 2}))) ==
        Numbers({1, 3, 5, 2, 4, 6}));
  const int64_t flat[] = {6};
  CHECK(elements(gradient(reshape(turned, flat), x, array({1, 2, 3, 4, 5, 6}, {6}))) ==
        Numbers({1, 3, 5, 2, 4, 6}));
}

TEST(gradient_of_broadcast_views) {
  const Value x = watch(array({1, 2}, {2, 1}));
  const int64_t shape[] = {3, 2, 4};
  CHECK(elements(gradient(broadcast_to(x, shape), x)) == Numbers({12, 12}));
}

TEST(gradient_of_overlapping_windows) {
  const Value x = watch(array({1, 2, 3, 4}, {4}));
  const int64_t shape[] = {3, 2}, strides[] = {8, 8};
  const Value windows = view(x, make_layout(shape, strides, 0, 8), DType::float64);
  CHECK(elements(gradient(windows, x)) == Numbers({1, 2, 2, 1}));
}

TEST(gradient_of_views_of_a_column_major_array) {
  const int axes[] = {1, 0};
  const Value x = watch(copy(transpose(array({1, 2, 3, 4, 5, 6}, {2, 3}), axes)));
  CHECK(!x.layout().c_contiguous);
  const int64_t shape[] = {2}, strides[] = {x.layout().strides()[0]};
  const Value part =
      view(x, make_layout(shape, strides, x.layout().offset + strides[0], 8), DType::float64);
  CHECK(elements(gradient(part * part, x)) == Numbers({0, 0, 4, 0, 6, 0}));
}

TEST(gradient_through_a_write) {
  const Value x = watch(array({1, 2, 3}, {3})), v = watch(array({5}, {1}));
  const Value written = write_region(x * x, region(1, 1), v * v, DType::float64);
  const Value xs[] = {x, v};
  const Values found = gradients(total(written * array({1, 10, 100}, {3})), xs);
  CHECK(elements(found[0]) == Numbers({2, 0, 600}));
  CHECK(elements(found[1]) == Numbers({100}));
}

TEST(gradient_through_a_recurrence_of_writes) {
  constexpr int64_t n = 5;
  const Value x = watch(array({2}, {1}));
  Value a = full(std::vector<int64_t>{n}, DType::float64, constant(0));
  a = write_region(a, region(0, 1), x, DType::float64);
  for (int64_t i = 1; i < n; ++i)
    a = write_region(a, region(i, 1), slice(a, i - 1, 1) * constant(3), DType::float64);
  CHECK(elements(gradient(total(a), x)) == Numbers({1 + 3 + 9 + 27 + 81}));
}

TEST(gradient_refers_to_the_watched_value_after_writes) {
  const Value x = watch(array({1, 2, 3}, {3}));
  const Value squares = x * x;
  const Value overwritten = write_region(x, region(0, 3), array({7, 7, 7}, {3}), DType::float64);
  CHECK(elements(gradient(total(squares) + total(overwritten), x)) == Numbers({2, 4, 6}));
}

TEST(second_derivatives) {
  const Value x = watch(array({1, 2}, {2}));
  const Value first = gradient(total(x * x * x), x);
  CHECK(elements(gradient(total(first), x)) == Numbers({6, 12}));
}

TEST(gradients_after_the_run_use_kept_history) {
  const Value x = watch(array({1, 2}, {2}));
  const Value y = total(x * x);
  evaluate(y.node());
  CHECK(elements(gradient(y, x)) == Numbers({2, 4}));
}

TEST(gradients_need_a_watched_x) {
  const Value x = array({1, 2}, {2});
  try {
    gradient(total(x * x), x);
    CHECK(false);
  } catch (const Error& error) {
    CHECK(error.error_class == ErrorClass::history_released);
  }
}

TEST(watching_needs_a_floating_dtype) {
  CHECK_THROWS(watch(astype(array({1, 2}, {2}), DType::int64)), Error);
}

TEST(no_gradient_passes_through_integers) {
  const Value x = watch(array({1.5, 2.5}, {2}));
  const Value whole = astype(astype(x, DType::int64), DType::float64);
  CHECK(elements(gradient(total(whole * x), x)) == Numbers({1, 2}));
}

TEST(without_history_cuts) {
  const Value x = watch(array({3}, {1}));
  CHECK(elements(gradient(total(x * without_history(x)), x)) == Numbers({3}));
}

TEST(watching_again_drops_history) {
  const Value x = watch(array({3}, {1}));
  const Value again = watch(x * x);
  CHECK(elements(gradient(total(again * again), again)) == Numbers({18}));
  CHECK(elements(gradient(total(again * again), x)) == Numbers({0}));
}

TEST(watched_arguments_nest) {
  const Value x = watch_argument(array({3}, {1}));
  const Value inner = watch_argument(x * x);
  CHECK(elements(gradient(inner * inner, inner)) == Numbers({18}));
  CHECK(elements(gradient(inner * inner, x)) == Numbers({108}));
}

TEST(end_watch_releases_inputs) {
  const Value x = watch(array({1, 2}, {2}));
  const Value squares = x * x;
  const Value y = total(squares);
  evaluate(y.node());
  CHECK(y.node()->n_inputs == 1);
  const int64_t before = n_live_nodes();
  end_watch(std::span(&x, 1), std::span(&y, 1));
  CHECK(y.node()->n_inputs == 0);
  CHECK(n_live_nodes() <= before);
  CHECK(!(y.node()->flags & NodeFlags::watched));
}

TEST(end_watch_keeps_what_others_need) {
  const Value x = watch(array({1, 2}, {2})), z = watch(array({3, 4}, {2}));
  const Value y = total(x * z);
  end_watch(std::span(&x, 1), std::span(&y, 1));
  CHECK(elements(gradient(y, z)) == Numbers({1, 2}));
}

TEST(gradient_of_a_long_chain_does_not_recurse) {
  constexpr int n = 300000;
  const Value x = watch(array({1}, {1}));
  Value y = x;
  for (int i = 0; i < n; ++i) y = y + x;
  const Value g = gradient(y, x);
  CHECK(g.node()->depth > 0);
}

TEST(gradients_of_complex_numbers_are_conjugate_derivatives) {
  const double numbers[] = {1, 2};
  BufferRef buffer = allocate_buffer(sizeof numbers);
  std::copy(numbers, numbers + 2, reinterpret_cast<double*>(buffer->data));
  const int64_t shape[] = {1};
  const Value z = watch(leaf(std::move(buffer), DType::complex128, c_layout(shape, 16)));
  const Value real = view(z, c_layout(shape, 8), DType::float64);
  const int64_t stride[] = {16};
  const Value imaginary = view(z, make_layout(shape, stride, 8, 8), DType::float64);
  const Value g = gradient(total(real * real + imaginary * imaginary), z);  // |z|^2 -> 2z
  evaluate(g.node());
  const auto* data = reinterpret_cast<const double*>(data_of(g.node()));
  CHECK_EQUAL(data[0], 2.0);
  CHECK_EQUAL(data[1], 4.0);
}
