// The ops that move elements as they are: astype (also copies and fills), view, write.
#include <cmath>
#include <type_traits>

#include "csrc/ops/families.h"
#include "csrc/ops/op_spec.h"

namespace lazynp {

namespace {

template <class T> struct is_complex_type : std::false_type {};
template <class T> struct is_complex_type<std::complex<T>> : std::true_type {};

// C's conversions, as NumPy does them; the imaginary part of a complex number is dropped.
template <class To, class From> To convert(From x) {
  if constexpr (is_complex_type<From>::value) {
    if constexpr (is_complex_type<To>::value)
      return {static_cast<typename To::value_type>(x.real()),
              static_cast<typename To::value_type>(x.imag())};
    else if constexpr (std::is_same_v<To, bool>)
      return x.real() != 0 || x.imag() != 0;
    else
      return convert<To>(x.real());
  } else if constexpr (std::is_same_v<From, Half>) {
    if constexpr (std::is_same_v<To, Half>)
      return x;
    else
      return convert<To>(static_cast<float>(x));
  } else if constexpr (is_complex_type<To>::value) {
    return {static_cast<typename To::value_type>(x), 0};
  } else if constexpr (std::is_same_v<To, Half>) {
    if constexpr (std::is_same_v<From, double>)
      return half_from_double(x);
    else
      return Half(static_cast<float>(x));
  } else if constexpr (std::is_same_v<To, bool>) {
    return x != 0;
  } else {
    return static_cast<To>(x);
  }
}

// A boolean array that is a view of bytes may hold any byte.
template <class T> using InMemory = std::conditional_t<std::is_same_v<T, bool>, uint8_t, T>;
template <class From, class To> InMemory<To> convert_stored(InMemory<From> x) {
  if constexpr (std::is_same_v<From, To>)
    return x;
  else if constexpr (std::is_same_v<From, bool>)
    return convert<To>(x != 0);
  else
    return convert<To>(x);
}

template <class From, class To>
void cast_loop(char** arguments, const intptr_t* n, const intptr_t* strides, void*) {
  const char* in = arguments[0];
  char* out = arguments[1];
  const intptr_t count = *n, step_in = strides[0], step_out = strides[1];
  if (step_in == sizeof(From) && step_out == sizeof(To)) {
    const auto* x = reinterpret_cast<const InMemory<From>*>(in);
    auto* y = reinterpret_cast<InMemory<To>*>(out);
    for (intptr_t i = 0; i < count; ++i) y[i] = convert_stored<From, To>(x[i]);
  } else if (step_in == 0 && step_out == sizeof(To)) {
    const InMemory<To> value =
        convert_stored<From, To>(*reinterpret_cast<const InMemory<From>*>(in));
    auto* y = reinterpret_cast<InMemory<To>*>(out);
    for (intptr_t i = 0; i < count; ++i) y[i] = value;
  } else {
    for (intptr_t i = 0; i < count; ++i, in += step_in, out += step_out)
      *reinterpret_cast<InMemory<To>*>(out) =
          convert_stored<From, To>(*reinterpret_cast<const InMemory<From>*>(in));
  }
}

template <class From, class... To> void add_loops_from(std::vector<Loop>& loops) {
  (loops.push_back({.n_inputs = 1,
                    .inputs = {dtype_of<From>},
                    .output = dtype_of<To>,
                    .native = cast_loop<From, To>}),
   ...);
}
template <class... T> std::vector<Loop> all_casts() {
  std::vector<Loop> loops;
  (add_loops_from<T, T...>(loops), ...);
  return loops;
}

}  // namespace

const OpSpec& cast_op() {
  static const OpSpec& op = op_named("astype");
  return op;
}
const OpSpec& view_op() {
  static const OpSpec& op = op_named("view");
  return op;
}
const OpSpec& write_op() {
  static const OpSpec& op = op_named("write");
  return op;
}
uint8_t cast_loop(DType from, DType to) {
  return static_cast<uint8_t>(static_cast<int>(from) * n_dtypes + static_cast<int>(to));
}

std::vector<OpSpec> casting_ops() {
  return {
      OpSpec{
          .name = "astype",
          .doc = "The elements converted to another dtype (or copied), as C converts them.",
          .kernel = {all_casts<bool, int8_t, uint8_t, int16_t, uint16_t, int32_t, uint32_t, int64_t,
                               uint64_t, Half, float, double, std::complex<float>,
                               std::complex<double>>(),
                     "x"},
          .gradient = [](const GradientArguments& d) -> Values {
            return {astype(d.gy, d.inputs[0].dtype())};
          },
          .array_api = {"astype"},
          .may_warn = true,
          .warning_name = "cast",
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
          .cost = 0.5,
      },

      OpSpec{
          .name = "view",
          .doc = "Another layout of the same memory.",
          .kind = OpKind::view,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
          .cost = 0,
      },

      OpSpec{
          .name = "write",
          .doc = "The first input with one region replaced by the second.",
          .kind = OpKind::write,
          .n_inputs = 2,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
          .cost = 0.5,
      },
  };
}

}  // namespace lazynp
