// Chains in vector registers: they do run, with the bits of the loops that they stand for.
#include <cmath>
#include <cstring>
#include <vector>

#include "csrc/engine/register_chain.h"
#include "csrc/engine/run_plan.h"
#include "csrc/ops/op_spec.h"
#include "tests/cpp/check.h"

namespace {

using namespace lazynp;

template <class T> using Numbers = std::vector<T>;

template <class T> const Loop& loop_of(const char* op) {
  const OpSpec& spec = op_named(op);
  return spec.kernel.loops[spec.loop_of_dtype[static_cast<int>(dtype_of<T>)]];
}

template <class T> Row array(Numbers<T>& x) {
  return {reinterpret_cast<char*>(x.data()), sizeof(T)};
}
template <class T> Row number(T& x) { return {reinterpret_cast<char*>(&x), 0}; }

template <class T> Numbers<T> numbers(int64_t n, T from) {
  Numbers<T> x(static_cast<size_t>(n));
  for (size_t i = 0; i < x.size(); ++i) x[i] = from + static_cast<T>(i % 89) / 64;
  return x;
}

// x = a / b, then x = -(b - (1.5 - x a) / 1.5) again and again: operands in every place.
template <class T> void has_the_bits_of_its_loops(int64_t n) {
  Numbers<T> a = numbers<T>(n, 1), b = numbers<T>(n, 2), result(a.size()), expected(a.size());
  T half = static_cast<T>(1.5);
  RegisterChain chain(dtype_of<T>);
  const Row head[] = {array(a), array(b)};
  CHECK(chain.add(*loop_of<T>("divide").steps, head, -1));
  constexpr int n_rounds = 6;
  const Row value{};  // is in registers
  for (int round = 0; round < n_rounds; ++round) {
    const Row with_array[] = {value, array(a)}, number_with[] = {number(half), value},
              with_number[] = {value, number(half)}, array_with[] = {array(b), value};
    CHECK(chain.add(*loop_of<T>("multiply").steps, with_array, 0));
    CHECK(chain.add(*loop_of<T>("subtract").steps, number_with, 1));
    CHECK(chain.add(*loop_of<T>("divide").steps, with_number, 0));
    CHECK(chain.add(*loop_of<T>("subtract").steps, array_with, 1));
    CHECK(chain.add(*loop_of<T>("negative").steps, {&value, 1}, 0));
  }
  CHECK(chain.run(array(result), n, nullptr, false));
  for (size_t i = 0; i < a.size(); ++i) {
    T x = a[i] / b[i];
    for (int round = 0; round < n_rounds; ++round) x = -(b[i] - (half - x * a[i]) / half);
    expected[i] = x;
  }
  CHECK(std::memcmp(result.data(), expected.data(), a.size() * sizeof(T)) == 0);
}

}  // namespace

TEST(register_chains_have_the_bits_of_their_loops) {
  for (const int64_t n : {64, 65, 127, 128, 1000, 1024}) {
    has_the_bits_of_its_loops<float>(n);
    has_the_bits_of_its_loops<double>(n);
  }
}

TEST(register_chains_keep_operands_until_events_are_known) {
  constexpr int64_t n = 100;
  for (const double largest : {2.0, 1e300}) {
    Numbers<double> x = numbers<double>(n, 1), spare(x.size());
    x[70] = largest;
    const Numbers<double> before = x;
    const Row inputs[] = {array(x), array(x)}, squared[] = {Row{}};
    RegisterChain chain(DType::float64);
    CHECK(chain.add(*loop_of<double>("add").steps, inputs, -1));
    CHECK(chain.add(*loop_of<double>("square").steps, squared, 0));
    clear_float_flags();
    const bool is_computed = chain.run(array(x), n, reinterpret_cast<char*>(spare.data()), true);
    CHECK_EQUAL(is_computed, largest == 2.0);
    for (size_t i = 0; i < x.size(); ++i)
      CHECK_EQUAL(x[i],
                  is_computed ? (before[i] + before[i]) * (before[i] + before[i]) : before[i]);
  }
}

TEST(register_chains_refuse_operands_that_are_no_rows) {
  Numbers<double> x = numbers<double>(200, 1);
  const Row every_second{array(x).data, 16}, unaligned{array(x).data + 1, 8};
  for (const Row& row : {every_second, unaligned}) {
    const Row first[] = {row, row}, second[] = {array(x), row};
    CHECK(!RegisterChain(DType::float64).add(*loop_of<double>("add").steps, first, -1));
    CHECK(!RegisterChain(DType::float64).add(*loop_of<double>("add").steps, second, -1));
  }
}
