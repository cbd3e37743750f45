// Discrete Fourier transforms: NumPy's loops where they are there, else Eigen's.
#include "csrc/cpu/fft.h"

#include <algorithm>
#include <complex>
#include <unsupported/Eigen/FFT>
#include <vector>

#include "csrc/base/copy_elements.h"
#include "csrc/cpu/strided.h"

namespace lazynp {

namespace {

// Operands of one call: lines, factors, results; `core` is the step along a line.
struct Lines {
  char* data[3];
  intptr_t strides[3];
  intptr_t core[2];  // of lines and results
  intptr_t extents[2];
};

// The step of an operand along axis `axis` of a stack of n_stack axes, to which it broadcasts.
int64_t stack_stride(const Layout& layout, int n_own, int n_stack, int axis) {
  const int own = axis - (n_stack - n_own);
  return own < 0 || layout.shape_[own] == 1 ? 0 : layout.strides_[own];
}

bool is_aligned(const Operand& operand) {
  const auto alignment = static_cast<uintptr_t>(info(operand.dtype).alignment);
  uintptr_t bits = reinterpret_cast<uintptr_t>(operand.data);
  for (const int64_t stride : operand.layout->strides()) bits |= static_cast<uintptr_t>(stride);
  return bits % alignment == 0;
}

// Calls body(lines, n) for n neighbouring lines along the longest axis of the stack.
template <class Body> void for_lines(const KernelCall& call, Body body) {
  const Operand* const operands[3] = {&call.inputs[0], &call.inputs[1], &call.output};
  const Layout& out = *call.output.layout;
  const int n_stack = out.ndim - 1;
  const auto stride = [&](int i, int axis) {
    const Layout& layout = *operands[i]->layout;
    return stack_stride(layout, i == 1 ? layout.ndim : layout.ndim - 1, n_stack, axis);
  };
  const auto* const longest = std::max_element(out.shape_, out.shape_ + n_stack);
  const int along = static_cast<int>(longest - out.shape_);
  const int64_t n_along = n_stack ? *longest : 1;
  Walk<3> walk;
  for (int i = 0; i < n_stack; ++i)
    if (i != along) walk.add_axis(out.shape_[i], {stride(0, i), stride(1, i), stride(2, i)});
  Lines whole{};
  const Layout& in = *call.inputs[0].layout;
  for (int i = 0; i < 3; ++i) whole.strides[i] = n_stack ? stride(i, along) : 0;
  whole.core[0] = in.strides_[in.ndim - 1];
  whole.core[1] = out.strides_[n_stack];
  whole.extents[0] = in.shape_[in.ndim - 1];
  whole.extents[1] = out.shape_[n_stack];
  // A transform is worth some ten operations for each element; what prepares it is shared.
  const int64_t grain = std::max<int64_t>(grain_for(8 * whole.extents[1]), 4);
  parallel_for(call, walk.size() * n_along, grain, [&](int64_t begin, int64_t end) {
    Walk<3> here = walk;
    while (begin < end) {
      here.seek(begin / n_along);
      const int64_t first = begin % n_along, n = std::min(n_along - first, end - begin);
      Lines lines = whole;
      for (int i = 0; i < 3; ++i)
        lines.data[i] = operands[i]->data + here.offset(i) + first * lines.strides[i];
      body(lines, n);
      begin += n;
    }
  });
}

// Copies an operand of the lines to `memory`, where its words are whole ones.
void align(Lines& lines, int operand, int64_t n, const Operand& given, std::vector<char>& memory) {
  const int64_t size = info(given.dtype).size, extent = operand ? 1 : lines.extents[0];
  const int64_t from[2] = {lines.strides[operand], operand ? 0 : lines.core[0]},
                to[2] = {extent * size, size}, shape[2] = {n, extent};
  memory.resize(static_cast<size_t>(n * extent * size));
  copy_elements(memory.data(), to, lines.data[operand], from, shape, static_cast<int>(size));
  lines.data[operand] = memory.data();
  lines.strides[operand] = to[0];
  if (operand == 0) lines.core[0] = to[1];
}

void run_host(const KernelCall& call) {
  const bool are_aligned[2] = {is_aligned(call.inputs[0]), is_aligned(call.inputs[1])};
  for_lines(call, [&](Lines& lines, int64_t n) {
    std::vector<char> memory[2];
    for (int i = 0; i < 2; ++i)
      if (!are_aligned[i]) align(lines, i, n, call.inputs[static_cast<size_t>(i)], memory[i]);
    const intptr_t extents[3] = {n, lines.extents[0], lines.extents[1]};
    const intptr_t strides[5] = {lines.strides[0], lines.strides[1], lines.strides[2],
                                 lines.core[0], lines.core[1]};
    call.host(lines.data, extents, strides, call.host_data);
  });
}

// ---- without NumPy ----

// The complex line of n elements of which a transform is taken; T real or complex.
template <class T, class C> void gather(const Lines& lines, int64_t line, std::vector<C>& to) {
  const char* from = lines.data[0] + line * lines.strides[0];
  const auto n_given = std::min(lines.extents[0], static_cast<intptr_t>(to.size()));
  for (intptr_t i = 0; i < n_given; ++i)
    to[static_cast<size_t>(i)] = load<T>(from + i * lines.core[0]);
  std::fill(to.begin() + n_given, to.end(), C());
}

// The other half of the line whose transform is real.
template <class C> void complete_half(std::vector<C>& line) {
  const size_t n = line.size();
  line[0] = line[0].real();
  if (n % 2 == 0) line[n / 2] = line[n / 2].real();
  for (size_t i = n / 2 + 1; i < n; ++i) line[i] = std::conj(line[n - i]);
}

enum class From : uint8_t { complex_line, real_line, half };

template <class Real, From from, bool forward>
void run_native(const KernelCall& call, int64_t n_points) {
  using Complex = std::complex<Real>;
  using Element = std::conditional_t<from == From::real_line, Real, Complex>;
  for_lines(call, [&](Lines& lines, int64_t n_lines) {
    Eigen::FFT<Real> transform;
    transform.SetFlag(Eigen::FFT<Real>::Unscaled);
    std::vector<Complex> line(static_cast<size_t>(n_points)), result = line;
    for (int64_t k = 0; k < n_lines; ++k) {
      gather<Element>(lines, k, line);
      if constexpr (from == From::half) complete_half(line);
      if (n_points == 1)
        result = line;
      else if constexpr (forward)
        transform.fwd(result.data(), line.data(), n_points);
      else
        transform.inv(result.data(), line.data(), n_points);
      const auto factor = load<Real>(lines.data[1] + k * lines.strides[1]);
      char* const to = lines.data[2] + k * lines.strides[2];
      for (intptr_t i = 0; i < lines.extents[1]; ++i) {
        const Complex value = result[static_cast<size_t>(i)] * factor;
        if constexpr (from == From::half)
          store(to + i * lines.core[1], value.real());
        else
          store(to + i * lines.core[1], value);
      }
    }
  });
}

template <From from, bool forward> void run(const KernelCall& call, int64_t n_points) {
  if (call.output.layout->size == 0) return;
  const Layout& in = *call.inputs[0].layout;
  const bool has_elements = in.shape_[in.ndim - 1] > 0;  // NumPy's irfft reads the first always
  if (call.host && has_elements)
    run_host(call);
  else if (call.inputs[1].dtype == DType::float32)
    run_native<float, from, forward>(call, n_points);
  else
    run_native<double, from, forward>(call, n_points);
}

int64_t last_extent(const KernelCall& call) {
  const Layout& out = *call.output.layout;
  return out.shape_[out.ndim - 1];
}

}  // namespace

void fft_kernel(const KernelCall& call) { run<From::complex_line, true>(call, last_extent(call)); }
void ifft_kernel(const KernelCall& call) {
  run<From::complex_line, false>(call, last_extent(call));
}
void rfft_even_kernel(const KernelCall& call) {
  run<From::real_line, true>(call, 2 * last_extent(call) - 2);
}
void rfft_odd_kernel(const KernelCall& call) {
  run<From::real_line, true>(call, 2 * last_extent(call) - 1);
}
void irfft_kernel(const KernelCall& call) { run<From::half, false>(call, last_extent(call)); }

}  // namespace lazynp
