// Arrays that are computed from a few numbers.
#pragma once
#include "csrc/ops/kernel.h"

namespace lazynp {

void arange_kernel(const KernelCall& call);    // start, stop, step, ...
void linspace_kernel(const KernelCall& call);  // start, stop, num, endpoint, ...
void eye_kernel(const KernelCall& call);       // N, M, k, ...
void triangle_kernel(const KernelCall& call);  // N, M, k, ...

// A number that was written as an integer or as a real.
struct Number {
  bool is_integer;
  int64_t integer;
  double real;
};
Number number_attribute(const Attributes& attributes, int i, double otherwise);
Number operator+(const Number& a, const Number& b);

// Attributes (start or stop, stop or None, step): with one number, the range starts at 0.
struct NumberRange {
  Number start, stop, step;
};
NumberRange range_attributes(const Attributes& attributes);

}  // namespace lazynp
