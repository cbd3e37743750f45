// The engine without Python: every elementwise op and reduction on every dtype, views, writes,
// donation, threads, long chains. The reference is the op's own loop, element by element.
#include <cmath>
#include <cstring>
#include <random>

#include "csrc/engine/evaluate.h"
#include "csrc/engine/plan_cache.h"
#include "csrc/engine/thread_pool.h"
#include "csrc/ops/op_spec.h"
#include "tests/cpp/check.h"

using namespace lazynp;

namespace {

template <class T> Value array_of(Shape shape, auto element) {
  const LayoutRef layout = c_layout(shape, sizeof(T));
  BufferRef buffer = allocate_buffer(layout->size * layout->itemsize);
  for (int64_t i = 0; i < layout->size; ++i) reinterpret_cast<T*>(buffer->data)[i] = element(i);
  return leaf(std::move(buffer), dtype_of<T>, layout);
}

Value numbers(std::initializer_list<int64_t> shape, double step = 1) {
  return array_of<double>(Shape(shape.begin(), shape.size()),
                          [&](int64_t i) { return 0.25 + step * static_cast<double>(i % 97); });
}

// Small positive numbers that every op takes, converted to `dtype`.
Value sample(DType dtype, std::initializer_list<int64_t> shape, double lo, double hi) {
  std::mt19937 generator(7);
  std::uniform_real_distribution<double> uniform(lo, hi);
  Value x = astype(array_of<double>(Shape(shape.begin(), shape.size()),
                                    [&](int64_t) { return uniform(generator); }),
                   dtype);
  evaluate(x.node());
  return x;
}

std::vector<char> bytes_of(const Value& value) {
  const Value dense =
      copy_as(value, c_layout(value.shape(), size_of(value.dtype())), value.dtype());
  evaluate(dense.node());
  const char* data = data_of(dense.node());
  return {data, data + dense.size() * size_of(dense.dtype())};
}

std::vector<double> doubles(const Value& value) {
  const std::vector<char> bytes = bytes_of(astype(value, DType::float64));
  std::vector<double> result(bytes.size() / sizeof(double));
  std::memcpy(result.data(), bytes.data(), bytes.size());
  return result;
}

// The loop called for one element at a time.
std::vector<char> by_element(const Loop& loop, std::span<const Value> inputs) {
  const int64_t n = inputs[0].size();
  const int size = size_of(loop.output);
  std::vector<char> result(static_cast<size_t>(n * size));
  std::vector<std::vector<char>> columns;
  for (const Value& input : inputs) columns.push_back(bytes_of(input));
  for (int64_t i = 0; i < n; ++i) {
    char* arguments[max_loop_inputs + 1];
    intptr_t strides[max_loop_inputs + 1];
    for (size_t k = 0; k < inputs.size(); ++k) {
      strides[k] = size_of(loop.inputs[k]);
      arguments[k] = columns[k].data() + i * strides[k];
    }
    arguments[inputs.size()] = result.data() + i * size;
    strides[inputs.size()] = size;
    const intptr_t one = 1;
    loop.native(arguments, &one, strides, nullptr);
  }
  return result;
}

AttributesRef axes(std::initializer_list<int64_t> list, bool keepdims) {
  AttributeWriter writer;
  return writer.integers({list.begin(), list.size()}).boolean(keepdims).none().finish();
}

}  // namespace

TEST(every_elementwise_op_on_every_dtype) {
  int n_loops = 0, n_refused = 0;  // NumPy lists a few loops that only raise: -True, True - True
  for (const OpSpec& op : registry()) {
    if (op.kind != OpKind::elementwise) continue;
    CHECK(!op.kernel.loops.empty());
    for (size_t l = 0; l < op.kernel.loops.size(); ++l) {
      const Loop& loop = op.kernel.loops[l];
      std::vector<Value> inputs;
      for (int k = 0; k < loop.n_inputs; ++k) {
        const double lo = std::max(op.samples.lo, is_integer(loop.inputs[k]) ? 1.0 : op.samples.lo);
        inputs.push_back(sample(loop.inputs[k], {3, 5}, lo, std::max(op.samples.hi, lo + 1)));
      }
      const Value result = apply_loop(op, static_cast<int>(l), inputs);
      CHECK(result.dtype() == loop.output);
      bool is_equal = false;
      try {
        is_equal = bytes_of(result) == by_element(loop, inputs);
      } catch (const Error& error) {
        CHECK(error.error_class == ErrorClass::type);
        ++n_refused;
        continue;
      }
      // Vectorized and scalar code of one expression give the same bits; casts out of range are
      // free.
      if (!is_equal) std::fprintf(stderr, "op %s, loop %zu\n", op.name, l);
      CHECK(is_equal);
      ++n_loops;
    }
  }
  std::printf("%d loops, %d refuse\n", n_loops, n_refused);
  CHECK(n_refused < 20);
  CHECK(n_loops > 500);
}

TEST(every_reduction_on_every_dtype) {
  int n = 0;
  for (const OpSpec& op : registry()) {
    if (op.kind != OpKind::reduction) continue;
    for (int d = 0; d < n_dtypes; ++d) {
      const Value x = sample(static_cast<DType>(d), {4, 3}, 0, 3);
      if (op.combine->loop_of_dtype[d] == 255) continue;
      for (int64_t axis : {0, 1}) {
        const Value whole = apply(op, {x}, axes({axis}, false));
        // The same by combining slices.
        const std::vector<double> got = doubles(whole);
        CHECK(static_cast<int64_t>(got.size()) == x.shape()[1 - axis]);
        const Value all = apply(op, {apply(op, {x}, axes({axis}, true))}, axes({0, 1}, false));
        CHECK(doubles(all).size() == 1);
        ++n;
      }
    }
  }
  CHECK(n > 100);
}

TEST(fused_and_unfused_give_the_same_bits) {
  const Value x = numbers({300, 700}, 0.5), y = numbers({700}, 0.25), c = numbers({300, 1});
  const auto build = [&] {
    const Value e = apply("exp", {(x - c) / constant(100.0)});
    const Value s = apply("sum", {e}, axes({1}, true));
    return e / s + y * constant(2.0);
  };
  const std::vector<char> fused = bytes_of(build());
  engine_config.fuse = false;
  const std::vector<char> plain = bytes_of(build());
  engine_config.fuse = true;
  CHECK(fused == plain);
  set_num_threads(1);
  CHECK(fused == bytes_of(build()));
  set_num_threads(4);
  CHECK(fused == bytes_of(build()));
}

TEST(row_blocks_give_the_same_bits) {
  const Value x = numbers({4000, 300}, 0.01);
  const auto softmax = [&] {
    const Value e = apply("exp", {x - apply("max", {x}, axes({1}, true))});
    return e / apply("sum", {e}, axes({1}, true));
  };
  const std::vector<char> fused = bytes_of(softmax());
  engine_config.fuse = false;
  CHECK(fused == bytes_of(softmax()));
  engine_config.fuse = true;
}

TEST(views_are_read_in_place) {
  const Value x = numbers({4, 6});
  const int swapped[] = {1, 0};
  const std::vector<double> got = doubles(transpose(x, swapped) * constant(2.0)), base = doubles(x);
  for (int i = 0; i < 6; ++i)
    for (int j = 0; j < 4; ++j)
      CHECK(got[static_cast<size_t>(i * 4 + j)] == 2 * base[static_cast<size_t>(j * 6 + i)]);
}

TEST(a_write_leaves_the_old_version_alone) {
  const Value x = numbers({8});
  const std::vector<double> before = doubles(x);
  const int64_t shape[] = {7}, strides[] = {8};
  const Value shifted = view(x, make_layout(shape, strides, 0, 8), DType::float64);
  const Value y = write_region(x, make_layout(shape, strides, 8, 8), shifted, DType::float64);
  const std::vector<double> after = doubles(y);
  CHECK(after[0] == before[0]);
  for (size_t i = 1; i < 8; ++i) CHECK(after[i] == before[i - 1]);
  CHECK(doubles(x) == before);
}

TEST(overlapping_write_into_donated_memory) {
  Value x = numbers({1000}) + constant(0.0);
  evaluate(x.node());
  const std::vector<double> before = doubles(x);
  const int64_t shape[] = {999}, strides[] = {8};
  const Value shifted = view(x, make_layout(shape, strides, 0, 8), DType::float64) * constant(1.0);
  const int64_t n_donated = engine_statistics().n_donated;
  Value y = write_region(x, make_layout(shape, strides, 8, 8), shifted, DType::float64);
  x = Value();
  Value dropped = std::move(const_cast<Value&>(shifted));
  dropped = Value();
  evaluate(y.node());
  CHECK(engine_statistics().n_donated == n_donated + 1);
  const std::vector<double> after = doubles(y);
  for (size_t i = 1; i < 1000; ++i) CHECK(after[i] == before[i - 1]);
}

TEST(sum_is_pairwise_as_numpy_does_it) {
  // NumPy: halves rounded down to a multiple of 8 until 128 elements, eight accumulators there.
  const Value x = array_of<double>(std::initializer_list<int64_t>{100000}, [](int64_t i) {
    return std::sin(static_cast<double>(i)) * 1e3;
  });
  const auto* data = reinterpret_cast<const double*>(data_of(x.node()));
  const auto pairwise = [](auto self, const double* a, int64_t n) -> double {
    if (n < 8) {
      double sum = -0.0;
      for (int64_t i = 0; i < n; ++i) sum += a[i];
      return sum;
    }
    if (n <= 128) {
      double r[8];
      for (int k = 0; k < 8; ++k) r[k] = a[k];
      int64_t i = 8;
      for (; i < n - n % 8; i += 8)
        for (int k = 0; k < 8; ++k) r[k] += a[i + k];
      double sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
      for (; i < n; ++i) sum += a[i];
      return sum;
    }
    const int64_t half = n / 2 - n / 2 % 8;
    return self(self, a, half) + self(self, a + half, n - half);
  };
  const Value sum = apply("sum", {x * constant(1.0)});
  CHECK(doubles(sum)[0] == pairwise(pairwise, data, 100000));
}

TEST(chain_of_a_million_ops) {
  Value x = numbers({10});
  const int64_t before = n_live_nodes();
  for (int i = 0; i < 1000000; ++i) {
    x = x + constant(1.0);
    if (x.node()->depth > 50000) evaluate(x.node());  // callers bound what is pending
  }
  evaluate(x.node());
  CHECK(doubles(x)[0] == 0.25 + 1e6);
  CHECK(n_live_nodes() <= before + 8);
  Value never_run = numbers({10});
  for (int i = 0; i < 1000000; ++i) never_run = never_run + constant(1.0);
}

TEST(a_failed_run_can_be_repeated) {
  const Value x = numbers({1000});
  const Value y = apply("exp", {x}) * constant(2.0);
  engine_config.memory_limit_bytes = 1;
  bool failed = false;
  try {
    evaluate(y.node());
  } catch (const Error& error) {
    failed = error.error_class == ErrorClass::memory;
  }
  engine_config.memory_limit_bytes = 0;
  CHECK(failed);
  CHECK(doubles(y).size() == 1000);
}

TEST(plans_with_one_hash_live_side_by_side) {
  PlanCache cache;
  const auto add = [&cache](uint64_t word) {
    auto plan = std::make_unique<Plan>();
    plan->key = {word};
    return cache.insert(7, std::move(plan));
  };
  Plan* const first = add(1);
  Plan* const second = add(2);
  const uint64_t words[] = {1, 2, 3};
  CHECK(cache.find(7, {words, 1}) == first);
  CHECK(cache.find(7, {words + 1, 1}) == second);
  CHECK(cache.find(7, {words + 2, 1}) == nullptr);
}

TEST(equal_structures_share_a_plan) {
  const Value x = numbers({50});
  evaluate((x * constant(3.0) + x).node());
  const int64_t misses = engine_statistics().n_plan_misses;
  for (int n = 10; n < 20; ++n) {
    const Value z = numbers({n});
    evaluate((z * constant(static_cast<double>(n)) + z).node());
  }
  CHECK(engine_statistics().n_plan_misses == misses);
}
