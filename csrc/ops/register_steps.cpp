#include "csrc/ops/register_steps.h"

namespace lazynp {

namespace {

template <class T> RegisterChains chains_of() {
  return loops::with_steps_of_this_cpu([]<class Isa>(Isa) {
    return RegisterChains{.block = Isa::template block<T>,
                          .load = reinterpret_cast<RegisterSteps::Step>(&Isa::template load<T>),
                          .store = reinterpret_cast<RegisterSteps::Step>(&Isa::template store<T>),
                          .run = &Isa::template run<T>};
  });
}

}  // namespace

const RegisterChains* register_chains(DType dtype) {
  static const RegisterChains of_float = chains_of<float>(), of_double = chains_of<double>();
  if (dtype == DType::float32) return &of_float;
  return dtype == DType::float64 ? &of_double : nullptr;
}

}  // namespace lazynp
