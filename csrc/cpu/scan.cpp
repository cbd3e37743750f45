// Running folds along an axis, element after element, as NumPy's accumulate.
#include "csrc/cpu/scan.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "csrc/base/cpu_level.h"
#include "csrc/cpu/strided.h"

namespace lazynp {

namespace {

struct Add {
  template <class T> static T combine(T a, T b) {
    if constexpr (std::is_same_v<T, bool>)
      return a || b;
    else if constexpr (std::is_same_v<T, Half>)
      return Half(static_cast<float>(a) + static_cast<float>(b));
    else if constexpr (std::is_integral_v<T>)
      return static_cast<T>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
    else
      return a + b;
  }
};
struct Multiply {
  template <class T> static T combine(T a, T b) {
    if constexpr (std::is_same_v<T, bool>)
      return a && b;
    else if constexpr (std::is_same_v<T, Half>)
      return Half(static_cast<float>(a) * static_cast<float>(b));
    else if constexpr (std::is_integral_v<T>)
      return static_cast<T>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
    else if constexpr (is_complex_type<T>)  // without C's treatment of infinities
      return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
    else
      return a * b;
  }
};

// NumPy's vector loop for complex products runs where a scan takes a single step (it cannot where
// results feed on each other), and fuses one product with the sum on CPUs that can.
struct FusedMultiply {
  template <class T> static T combine(T a, T b) {
    if constexpr (is_complex_type<T>)
      return {std::fma(a.real(), b.real(), -(a.imag() * b.imag())),
              std::fma(a.real(), b.imag(), a.imag() * b.real())};
    else
      return Multiply::combine(a, b);
  }
};
bool vector_products_are_fused() {
#if defined(__x86_64__)
  return cpu_level() >= CpuLevel::v3;
#else
  return true;
#endif
}

template <class T, class Op>
void scan_line(const char* x, int64_t x_stride, char* y, int64_t y_stride, int64_t n) {
  T running = load<T>(x);
  store(y, running);
  for (int64_t i = 1; i < n; ++i) {
    running = Op::combine(running, load<T>(x + i * x_stride));
    store(y + i * y_stride, running);
  }
}

// Many neighbouring lines at once: each row is the row before it combined with a row of x.
template <class T, class Op>
void combine_row(const char* before, const char* x, int64_t x_step, char* y, int64_t y_step,
                 int64_t width) {
  constexpr int64_t size = sizeof(T);
  if (x_step == size && y_step == size) {
    for (int64_t j = 0; j < width; ++j)
      store(y + j * size, Op::combine(load<T>(before + j * size), load<T>(x + j * size)));
  } else {
    for (int64_t j = 0; j < width; ++j)
      store(y + j * y_step, Op::combine(load<T>(before + j * y_step), load<T>(x + j * x_step)));
  }
}

struct Axis {
  int64_t extent, x_stride, y_stride;
};

template <class T, class Op>
void scan_rows(const char* x, char* y, const Axis& along, const Axis& across) {
  constexpr int64_t block = 2048;
  for (int64_t begin = 0; begin < across.extent; begin += block) {
    const int64_t width = std::min(block, across.extent - begin);
    const char* x_row = x + begin * across.x_stride;
    char* y_row = y + begin * across.y_stride;
    for (int64_t j = 0; j < width; ++j)
      store(y_row + j * across.y_stride, load<T>(x_row + j * across.x_stride));
    for (int64_t i = 1; i < along.extent; ++i) {
      x_row += along.x_stride;
      combine_row<T, Op>(y_row, x_row, across.x_stride, y_row + along.y_stride, across.y_stride,
                         width);
      y_row += along.y_stride;
    }
  }
}

// The axis other than `axis` whose elements lie closest in the output, if closer than those of
// `axis`.
int closer_axis(const Layout& y, int axis) {
  int found = -1;
  int64_t stride = std::abs(y.strides_[axis]);
  for (int i = 0; i < y.ndim; ++i)
    if (i != axis && y.shape_[i] > 1 && std::abs(y.strides_[i]) < stride) {
      found = i;
      stride = std::abs(y.strides_[i]);
    }
  return found;
}

int scan_axis(const KernelCall& call) {
  const int64_t axis = call.attributes->has(0) ? call.attributes->integer(0) : 0;
  return static_cast<int>(axis < 0 ? axis + call.output.layout->ndim : axis);
}

template <class T, class Op> void scan(const KernelCall& call) {
  const Operand& x = call.inputs[0];
  const Layout& in = *x.layout;
  const Layout& out = *call.output.layout;
  if (out.size == 0) return;
  const int axis = scan_axis(call);
  const Axis along{in.shape_[axis], in.strides_[axis], out.strides_[axis]};
  const int across_axis = closer_axis(out, axis);
  const Axis across = across_axis < 0 ? Axis{1, 0, 0}
                                      : Axis{in.shape_[across_axis], in.strides_[across_axis],
                                             out.strides_[across_axis]};
  Walk<2> walk;
  for (int i = 0; i < in.ndim; ++i)
    if (i != axis && i != across_axis)
      walk.add_axis(in.shape_[i], {in.strides_[i], out.strides_[i]});
  // With few outer positions the neighbouring lines are shared out as well.
  const int64_t part = across_axis < 0 ? 1 : std::clamp<int64_t>(across.extent / 8, 64, 4096);
  const int64_t n_parts = (across.extent + part - 1) / part;
  parallel_for(call, walk.size() * n_parts, grain_for(along.extent * std::min(part, across.extent)),
               [&](int64_t begin, int64_t end) {
                 Walk<2> here = walk;
                 for (int64_t item = begin; item < end; ++item) {
                   here.seek(item / n_parts);
                   const int64_t first = item % n_parts * part;
                   const char* from = x.data + here.offset(0) + first * across.x_stride;
                   char* to = call.output.data + here.offset(1) + first * across.y_stride;
                   if (across_axis < 0)
                     scan_line<T, Op>(from, along.x_stride, to, along.y_stride, along.extent);
                   else
                     scan_rows<T, Op>(
                         from, to, along,
                         {std::min(part, across.extent - first), across.x_stride, across.y_stride});
                 }
               });
}

}  // namespace

void cumsum_kernel(const KernelCall& call) {
  with_type_of(call.output.dtype, [&]<class T>() { scan<T, Add>(call); });
}
void cumprod_kernel(const KernelCall& call) {
  const int axis = scan_axis(call);
  const bool takes_one_step = call.output.layout->shape_[axis] == 2;
  const bool goes_forward =
      call.inputs[0].layout->strides_[axis] >= 0;  // NumPy's loop for complex64 asks for it
  with_type_of(call.output.dtype, [&]<class T>() {
    constexpr bool has_vector_loop = is_complex_type<T>;
    const bool uses_it =
        takes_one_step && (goes_forward || sizeof(T) == 16) && vector_products_are_fused();
    if (has_vector_loop && uses_it)
      scan<T, FusedMultiply>(call);
    else
      scan<T, Multiply>(call);
  });
}

}  // namespace lazynp
