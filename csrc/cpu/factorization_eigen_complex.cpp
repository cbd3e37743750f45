#include "csrc/cpu/factorization_eigen.h"

namespace lazynp {

template std::unique_ptr<Factorization<std::complex<float>>> eigen_factorization();
template std::unique_ptr<Factorization<std::complex<double>>> eigen_factorization();

}  // namespace lazynp
