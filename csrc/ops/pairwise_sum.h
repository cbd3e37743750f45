// Sums in NumPy's pairwise order: halves of halves, down to leaves of eight running sums.
#pragma once
#include "csrc/ops/elements.h"

namespace lazynp::loops {

inline constexpr intptr_t pairwise_block = 128;

template <class E, bool contiguous>
LNP_INLINE typename E::Compute element_at(const char* in, intptr_t stride, intptr_t i) {
  if constexpr (contiguous)
    return to_compute<E>(elements<E>(in)[i]);
  else
    return load<E>(in + i * stride);
}

template <class E, bool contiguous>
LNP_INLINE typename E::Compute pairwise_leaf(const char* in, intptr_t n, intptr_t stride) {
  using T = typename E::Compute;
  constexpr int lanes = is_complex_number<T>::value ? 4 : 8;
  if (n < lanes) {
    T sum;
    if constexpr (is_complex_number<T>::value)
      sum = T(-0.0, -0.0);
    else
      sum = T(-0.0);
    for (intptr_t i = 0; i < n; ++i) sum = sum + element_at<E, contiguous>(in, stride, i);
    return sum;
  }
  T r[lanes];
  for (int j = 0; j < lanes; ++j) r[j] = element_at<E, contiguous>(in, stride, j);
  intptr_t i = lanes;
  for (; i < n - n % lanes; i += lanes)
    for (int j = 0; j < lanes; ++j) r[j] = r[j] + element_at<E, contiguous>(in, stride, i + j);
  T sum;
  if constexpr (lanes == 8)
    sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
  else
    sum = (r[0] + r[1]) + (r[2] + r[3]);
  for (; i < n; ++i) sum = sum + element_at<E, contiguous>(in, stride, i);
  return sum;
}

// Of n elements, how many the first half gets. NumPy counts the parts of complex numbers.
template <class T> LNP_INLINE intptr_t pairwise_split(intptr_t n) {
  if constexpr (is_complex_number<T>::value)
    return (n - n % 8) / 2;
  else
    return n / 2 - (n / 2) % 8;
}
template <class T>
inline constexpr intptr_t pairwise_leaf_size =
    is_complex_number<T>::value ? pairwise_block / 2 : pairwise_block;

// Two leaves side by side: each running sum waits for its last addition, and the other leaf's fill
// the time. `left` is a multiple of eight, `right` at most fifteen more.
template <class E>
LNP_INLINE typename E::Compute pairwise_leaves(const char* in, intptr_t left, intptr_t right) {
  using T = typename E::Compute;
  constexpr int lanes = 8;
  const StoredOf<E>*x = elements<E>(in), *y = x + left;
  T r[lanes], s[lanes];
  for (int j = 0; j < lanes; ++j) {
    r[j] = to_compute<E>(x[j]);
    s[j] = to_compute<E>(y[j]);
  }
  intptr_t i = lanes;
  for (; i < left; i += lanes)
    for (int j = 0; j < lanes; ++j) {
      r[j] = r[j] + to_compute<E>(x[i + j]);
      s[j] = s[j] + to_compute<E>(y[i + j]);
    }
  for (; i < right - right % lanes; i += lanes)
    for (int j = 0; j < lanes; ++j) s[j] = s[j] + to_compute<E>(y[i + j]);
  const auto total = [](const T* t) {
    return ((t[0] + t[1]) + (t[2] + t[3])) + ((t[4] + t[5]) + (t[6] + t[7]));
  };
  const T left_sum = total(r);
  T right_sum = total(s);
  for (; i < right; ++i) right_sum = right_sum + to_compute<E>(y[i]);
  return left_sum + right_sum;
}

}  // namespace lazynp::loops
