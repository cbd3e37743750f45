#include "csrc/cpu/factorization_eigen.h"

namespace lazynp {

template std::unique_ptr<Factorization<float>> eigen_factorization();
template std::unique_ptr<Factorization<double>> eigen_factorization();

}  // namespace lazynp
