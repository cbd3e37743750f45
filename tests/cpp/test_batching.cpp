// Batches without Python: what one element recorded, for all of them.
#include <vector>

#include "csrc/autodiff/batching.h"
#include "csrc/autodiff/gradient.h"
#include "csrc/engine/evaluate.h"
#include "csrc/ops/op_spec.h"
#include "csrc/ops/placeholder.h"
#include "tests/cpp/check.h"
#include "tests/cpp/error_of.h"

namespace {

using namespace lazynp;

using Numbers = std::vector<double>;

Value array(const Numbers& numbers, const std::vector<int64_t>& shape) {
  BufferRef buffer = allocate_buffer(static_cast<int64_t>(numbers.size() * sizeof(double)));
  std::copy(numbers.begin(), numbers.end(), reinterpret_cast<double*>(buffer->data));
  return leaf(std::move(buffer), DType::float64, c_layout(shape, sizeof(double)));
}

Numbers elements(const Value& x) {
  const Value dense = copy_as(x, c_layout(x.shape(), sizeof(double)), DType::float64);
  evaluate(dense.node());
  const auto* data = reinterpret_cast<const double*>(data_of(dense.node()));
  return {data, data + dense.size()};
}

const std::vector<int64_t> pair{2};

// Three elements of two numbers.
Batch three_pairs() {
  return {{placeholder(pair, DType::float64)}, {array({1, 2, 3, 4, 5, 6}, {3, 2})}, 3};
}

Value folded(const char* op, const Value& x) {
  const int axes[] = {0};
  return reduce(op_named(op), x, axes, false);
}

Value all_of(const Value& one, const Batch& batch) {
  return batched(std::span(&one, 1), batch).values[0];
}

}  // namespace

TEST(batch_of_elementwise_ops_and_reductions) {
  const Batch batch = three_pairs();
  const Value& x = batch.placeholders[0];
  const Value total = folded("sum", x * x);
  const Value all = all_of(x / total, batch);
  CHECK_EQUAL(shape_text(all.shape()), "(3,2)");
  CHECK(elements(all * array({5, 25, 61}, {3, 1})) == Numbers({1, 2, 3, 4, 5, 6}));
}

TEST(batch_of_views_and_writes) {
  const Batch batch = three_pairs();
  const Value& x = batch.placeholders[0];
  const int64_t one[] = {1}, stride[] = {8};
  const Value second = view(x, make_layout(one, stride, 8, 8), DType::float64);
  const Value base = full(pair, DType::float64, constant(7));
  const Value changed = write_region(base, make_layout(one, stride, 0, 8), second, DType::float64);
  CHECK(elements(all_of(changed, batch)) == Numbers({2, 7, 4, 7, 6, 7}));
}

TEST(batch_runs_nothing_and_leaves_out_what_does_not_depend) {
  const Batch batch = three_pairs();
  const int64_t before = engine_statistics().n_nodes_run;
  const Value shared = array({1, 2}, {2});
  const Value results[] = {shared + shared, batch.placeholders[0] + shared};
  const BatchedValues all = batched(results, batch);
  CHECK(!all.values[0]);
  CHECK(all.values[1] && !has_no_value(all.values[1].node()));
  CHECK_EQUAL(engine_statistics().n_nodes_run, before);
}

TEST(placeholders_have_no_value) {
  const Value x = placeholder(pair, DType::float64);
  const Value y = x + x;
  CHECK(has_no_value(y.node()));
  CHECK(error_of([&] { evaluate(y.node()); }).find("vmap") != std::string::npos);
  CHECK(!y.node()->is_materialized());
}

TEST(batch_of_gradients) {
  const Batch batch = three_pairs();
  const Value x = watch(batch.placeholders[0]);
  const Value y = folded("prod", x);
  const Value gradient = gradients(y, std::span(&x, 1))[0];
  CHECK(elements(all_of(gradient, batch)) == Numbers({2, 1, 4, 3, 6, 5}));
}
