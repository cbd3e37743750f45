// Loops of float16: float loops on converted chunks.
#pragma once
#include "csrc/ops/loop_bodies.h"

namespace lazynp::loops {

inline constexpr intptr_t half_width = 2;

// The size of what a loop stores, or of an input, that is no float16 and stays as it is.
template <class T>
inline constexpr intptr_t width_beside_halves = std::is_same_v<T, Half> ? 0 : sizeof(T);

template <int n_inputs, intptr_t last_width, intptr_t out_width>
LNP_INLINE bool halves_interfere(char** arguments, const intptr_t* strides, intptr_t n) {
  for (int i = 0; i < n_inputs; ++i) {
    const bool stays = last_width && i == n_inputs - 1;
    if (interferes(arguments[i], strides[i], stays ? last_width : half_width, arguments[n_inputs],
                   strides[n_inputs], out_width ? out_width : half_width, n))
      return true;
  }
  return false;
}

template <LoopFunction float_loop, int n_inputs, intptr_t out_width = 0, intptr_t last_width = 0>
void half_loop(char** arguments, const intptr_t* n_elements, const intptr_t* strides, void*) {
  const intptr_t n = *n_elements, step_out = strides[n_inputs];
  const intptr_t step =
      halves_interfere<n_inputs, last_width, out_width>(arguments, strides, n) ? 1 : chunk;
  alignas(64) float buffers[n_inputs + 1][chunk];
  char* float_arguments[n_inputs + 1];
  intptr_t float_strides[n_inputs + 1];
  for (intptr_t begin = 0; begin < n; begin += step) {
    const intptr_t m = n - begin < step ? n - begin : step;
    for (int i = 0; i < n_inputs; ++i) {
      if (last_width && i == n_inputs - 1) {
        float_arguments[i] = arguments[i] + begin * strides[i];
        float_strides[i] = strides[i];
        continue;
      }
      const bool is_scalar = strides[i] == 0;
      if (!is_scalar || begin == 0)
        halves_to_floats(arguments[i] + begin * strides[i], strides[i], buffers[i],
                         is_scalar ? 1 : m);
      float_arguments[i] = reinterpret_cast<char*>(buffers[i]);
      float_strides[i] = is_scalar ? 0 : sizeof(float);
    }
    char* out = arguments[n_inputs] + begin * step_out;
    float_arguments[n_inputs] = out_width ? out : reinterpret_cast<char*>(buffers[n_inputs]);
    float_strides[n_inputs] = out_width ? step_out : static_cast<intptr_t>(sizeof(float));
    float_loop(float_arguments, &m, float_strides, nullptr);
    if (!out_width) floats_to_halves(buffers[n_inputs], out, step_out, m);
  }
}

inline float half_pairwise_sum(const char* in, intptr_t n, intptr_t stride) {
  if (n <= pairwise_block) {
    float buffer[pairwise_block];
    halves_to_floats(in, stride, buffer, n);
    return pairwise_leaf<Element<float, false>, true>(reinterpret_cast<const char*>(buffer), n,
                                                      sizeof(float));
  }
  const intptr_t first = pairwise_split<float>(n);
  return half_pairwise_sum(in, first, stride) +
         half_pairwise_sum(in + first * stride, n - first, stride);
}

// The most elements of a float16 reduction that are folded before the result is rounded: all, or
// one.
template <LoopFunction float_loop, Fold fold, bool in_float>
void fold_halves(char* accumulator, const char* in, intptr_t stride, intptr_t n) {
  float sum, buffer[chunk];
  halves_to_floats(accumulator, 0, &sum, 1);
  if constexpr (fold == Fold::pairwise) {
    sum = sum + half_pairwise_sum(in, n, stride);
  } else {
    char* sum_address = reinterpret_cast<char*>(&sum);
    char* float_arguments[3] = {sum_address, reinterpret_cast<char*>(buffer), sum_address};
    const intptr_t float_strides[3] = {0, sizeof(float), 0},
                   step = in_float || fold == Fold::associative ? chunk : 1;
    for (intptr_t begin = 0; begin < n; begin += step) {
      const intptr_t m = n - begin < step ? n - begin : step;
      halves_to_floats(in + begin * stride, stride, buffer, m);
      float_loop(float_arguments, &m, float_strides, nullptr);
      if (step == 1) {
        Half rounded;
        floats_to_halves(&sum, reinterpret_cast<char*>(&rounded), 0, 1);
        halves_to_floats(reinterpret_cast<const char*>(&rounded), 0, &sum, 1);
      }
    }
  }
  floats_to_halves(&sum, accumulator, 0, 1);
}

template <LoopFunction float_loop, Fold fold, bool in_float>
void half_binary_loop(char** arguments, const intptr_t* n_elements, const intptr_t* strides,
                      void* data) {
  if (arguments[0] == arguments[2] && strides[0] == 0 && strides[2] == 0)
    return fold_halves<float_loop, fold, in_float>(arguments[0], arguments[1], strides[1],
                                                   *n_elements);
  half_loop<float_loop, 2>(arguments, n_elements, strides, data);
}

}  // namespace lazynp::loops
