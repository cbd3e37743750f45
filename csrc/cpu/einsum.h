// Sums of products over labelled axes.
#pragma once
#include <string>
#include <string_view>

#include "csrc/ops/kernel.h"

namespace lazynp {

// "ij,jk->ik": the labels of each operand's axes, and of the result's.
struct EinsumTerms {
  std::vector<std::string> operands;
  std::string result;
};
// Without "->" the labels that occur once, in alphabetical order. Throws where NumPy raises, and
// for "...".
EinsumTerms parse_einsum(std::string_view subscripts);

// NumPy's own, set once at start where Python is there: how it adds up depends on its loops, and on
// the dtypes that it is given. False: it failed.
using HostEinsum = bool (*)(std::string_view subscripts, std::span<const Operand> inputs,
                            const Operand& output);
void set_host_einsum(HostEinsum function);
bool has_host_einsum();

void einsum_kernel(const KernelCall& call);  // attributes: subscripts

}  // namespace lazynp
