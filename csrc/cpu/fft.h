// Discrete Fourier transforms along the last axis, multiplied by a factor.
#pragma once
#include "csrc/ops/kernel.h"

namespace lazynp {

// Inputs: the lines (cropped or filled with zeros), a factor for each. The output's last extent is
// that of the transform; of rfft it is that of the half that is kept.
void fft_kernel(const KernelCall& call);        // exp(-2πi jk/n)
void ifft_kernel(const KernelCall& call);       // exp(+2πi jk/n), not divided by n
void rfft_even_kernel(const KernelCall& call);  // of real lines of even length
void rfft_odd_kernel(const KernelCall& call);
void irfft_kernel(const KernelCall& call);  // to real lines

}  // namespace lazynp
