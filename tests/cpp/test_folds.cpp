// Folds of elementwise ops without Python: masks, values to begin with, running folds, segments.
#include <cmath>
#include <vector>

#include "csrc/autodiff/gradient.h"
#include "csrc/engine/evaluate.h"
#include "csrc/ops/folds.h"
#include "tests/cpp/check.h"

namespace {

using namespace lazynp;
using Numbers = std::vector<double>;

Value array(const Numbers& numbers, const std::vector<int64_t>& shape,
            DType dtype = DType::float64) {
  BufferRef buffer = allocate_buffer(static_cast<int64_t>(numbers.size() * sizeof(double)));
  std::copy(numbers.begin(), numbers.end(), reinterpret_cast<double*>(buffer->data));
  return astype(leaf(std::move(buffer), DType::float64, c_layout(shape, sizeof(double))), dtype);
}

Numbers elements(const Value& x) {
  const Value wide = astype(x, DType::float64);
  const Value dense = copy_as(wide, c_layout(wide.shape(), sizeof(double)), DType::float64);
  evaluate(dense.node());
  const auto* data = reinterpret_cast<const double*>(data_of(dense.node()));
  return {data, data + dense.size()};
}

}  // namespace

TEST(every_op_with_loops_of_one_dtype_folds) {
  int n_folds = 0;
  for (const OpSpec& op : registry()) {
    const bool is_block = op.kind == OpKind::elementwise && op.n_inputs == 2;
    if (!is_block || !fold_of(op, FoldKind::reduce)) continue;
    for (const DType given : {DType::boolean, DType::int64, DType::float32, DType::complex128}) {
      const DType dtype = fold_dtype(op, given, false);
      if (dtype == DType::none) continue;
      const Value x = array({1, 1, 0, 1, 1, 1}, {2, 3}, dtype);
      const int axes[] = {1};
      const Value whole = fold(op, {x, {}, {}, axes}, dtype);
      const Value running = accumulate(op, x, 1, dtype);
      const Value starts = array({0}, {1}, DType::int64);
      const Numbers by_hand =
          elements(apply(op, {apply(op, {array({1, 1}, {2}, dtype), array({1, 1}, {2}, dtype)}),
                              array({0, 1}, {2}, dtype)}));
      if (!std::isnan(by_hand[0])) {
        CHECK(elements(whole) == by_hand);
        CHECK(elements(reduceat(op, x, starts, 1, dtype)) == by_hand);
        CHECK(elements(running)[2] == by_hand[0] && elements(running)[5] == by_hand[1]);
      }
      ++n_folds;
    }
  }
  CHECK(n_folds > 60);
}

TEST(a_fold_with_a_mask_and_a_value_to_begin_with) {
  const Value x = watch(array({1, 2, 3, 4, 5, 6}, {2, 3}));
  const Value mask = array({1, 0, 1}, {3}, DType::boolean), start = array({10}, {});
  const int axes[] = {1};
  const OpSpec& add = op_named("add");
  const Value y = fold(add, {x, start, mask, axes, true}, DType::float64);
  CHECK_EQUAL(shape_text(y.shape()), "(2,1)");
  CHECK(elements(y) == Numbers({14, 20}));
  const Value gx = gradients(y, std::span(&x, 1), array({1, 2}, {2, 1}))[0];
  CHECK(elements(gx) == Numbers({1, 0, 1, 2, 0, 2}));
}

TEST(segments_and_odd_memory) {
  const Value x = transpose(array({0, 1, 2, 3, 4, 5, 6, 7}, {4, 2}), {});
  const Value starts = array({0, 2, 1}, {3}, DType::int64);
  const OpSpec& add = op_named("add");
  CHECK(elements(reduceat(add, x, starts, 1, DType::float64)) == Numbers({2, 4, 12, 4, 5, 15}));
  CHECK(elements(accumulate(op_named("maximum"), x, 1, DType::float64)) ==
        Numbers({0, 2, 4, 6, 1, 3, 5, 7}));
}
