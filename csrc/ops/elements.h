// Elements of an array as a loop sees them: how they are stored, and what is computed with.
#pragma once
#include <cstring>

#include "csrc/ops/scalar_functions.h"

namespace lazynp::loops {

// Stored: what lies in memory; Compute: what the expression sees.
template <class T, bool wraps> struct Element {
  using Stored = T;
  using Compute = T;
};
template <class T, bool wraps>
  requires(wraps && Integer<T>)
struct Element<T, wraps> {
  using Stored = std::make_unsigned_t<T>;
  using Compute = std::conditional_t<(sizeof(T) < 8), uint32_t, uint64_t>;
};
template <class R, bool wraps> struct Element<std::complex<R>, wraps> {
  using Stored = Complex<R>;
  using Compute = Complex<R>;
};
// A boolean array that is a view of bytes may hold any byte.
template <bool wraps> struct Element<bool, wraps> {
  using Stored = uint8_t;
  using Compute = bool;
};
// Operands of different signedness, compared as mathematical integers.
__extension__ typedef __int128 WideInteger;
template <class T> struct Widened {};
template <class T, bool wraps> struct Element<Widened<T>, wraps> {
  using Stored = T;
  using Compute = WideInteger;
};

template <class T> struct AsDouble {};
template <class T, bool wraps> struct Element<AsDouble<T>, wraps> {
  using Stored = typename Element<T, false>::Stored;
  using Compute = double;
};

template <class E> LNP_INLINE typename E::Compute to_compute(typename E::Stored stored) {
  if constexpr (std::is_same_v<typename E::Compute, bool>)
    return stored != 0;
  else
    return static_cast<typename E::Compute>(stored);
}
template <class E, class Value> LNP_INLINE typename E::Stored to_stored(Value value) {
  if constexpr (std::is_same_v<typename E::Compute, bool>)
    return static_cast<bool>(value);
  else
    return static_cast<typename E::Stored>(value);
}
template <class E> LNP_INLINE typename E::Compute load(const char* address) {
  typename E::Stored stored;
  std::memcpy(&stored, address, sizeof stored);
  return to_compute<E>(stored);
}
template <class E, class Value> LNP_INLINE void store(char* address, Value value) {
  const typename E::Stored stored = to_stored<E>(value);
  std::memcpy(address, &stored, sizeof stored);
}
template <class E> using StoredOf = typename E::Stored;
template <class E> inline constexpr intptr_t width = sizeof(StoredOf<E>);
template <class E> LNP_INLINE const StoredOf<E>* elements(const char* address) {
  return reinterpret_cast<const StoredOf<E>*>(address);
}
template <class E> LNP_INLINE StoredOf<E>* elements(char* address) {
  return reinterpret_cast<StoredOf<E>*>(address);
}

template <class E> LNP_INLINE bool is_contiguous(const char* address, intptr_t stride) {
  return stride == width<E> && reinterpret_cast<uintptr_t>(address) % alignof(StoredOf<E>) == 0;
}
template <class E> LNP_INLINE bool is_scalar(intptr_t stride) { return stride == 0; }

// True where writing the output changes input elements that are still to be read in a later step;
// the very same elements in the same order are fine.
LNP_INLINE bool interferes(const char* in, intptr_t stride_in, intptr_t width_in, const char* out,
                           intptr_t stride_out, intptr_t width_out, intptr_t n) {
  if (in == out && stride_in == stride_out && width_in == width_out) return false;
  const intptr_t span_in = stride_in * (n - 1), span_out = stride_out * (n - 1);
  const char* in_begin = in + (span_in < 0 ? span_in : 0);
  const char* in_end = in + (span_in > 0 ? span_in : 0) + width_in;
  const char* out_begin = out + (span_out < 0 ? span_out : 0);
  const char* out_end = out + (span_out > 0 ? span_out : 0) + width_out;
  return in_begin < out_end && out_begin < in_end;
}

}  // namespace lazynp::loops
