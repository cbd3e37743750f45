// Determinants, inverses, linear systems, Cholesky factors: what numpy.linalg is written over.
#include "csrc/cpu/linear_solvers.h"
#include "csrc/ops/families.h"
#include "csrc/ops/matrix_terms.h"

namespace lazynp {

namespace {

const std::vector<const char*> one_matrix{"f->f", "d->d", "F->F", "D->D"};
const std::vector<const char*> two_matrices{"ff->f", "dd->d", "FF->F", "DD->D"};

// d det(a) = det(a) trace(a⁻¹ da)
Values determinant_gradient(const GradientArguments& d) {
  return {as_matrix(d.gy * conjugate(d.output)) * adjoint(apply("inv", {d.inputs[0]}))};
}

// The logarithm moves with the real part of trace(a⁻¹ da), the sign turns with its imaginary part.
Values sign_and_logarithm_gradient(const GradientArguments& d) {
  const Values gy = gradients_of_results(d);
  Value factor = gy[1];
  if (is_complex(d.inputs[0].dtype())) {
    const Value sign = results_of(d.output)[0];
    factor = factor + imaginary(apply("imag", {gy[0] * conjugate(sign)}));
  }
  return {as_matrix(factor) * adjoint(apply("inv", {d.inputs[0]}))};
}

Values inverse_gradient(const GradientArguments& d) {
  const Value inverse = adjoint(d.output);
  return {-product(product(inverse, d.gy), inverse)};
}

Values solve_gradient(const GradientArguments& d) {
  const Value gb = apply("solve", {adjoint(d.inputs[0]), d.gy});
  return {-product(gb, adjoint(d.output)), gb};
}

Values solve_vector_gradient(const GradientArguments& d) {
  const Value gb = apply("solve", {adjoint(d.inputs[0]), as_column(d.gy)});
  return {-product(gb, conjugate(as_row(d.output))), without_last_axis(gb)};
}

// The matrix counts as Hermitian, of which one triangle is read: so do its changes.
Values cholesky_gradient(const Value& lower, const Value& gy) {
  const int64_t n = lower.shape().back();
  const Value middle = product(adjoint(lower), gy) * triangles(n, n, lower.dtype(), 1, 0.5, 0);
  const Value inverse = apply("inv", {lower});
  return {hermitian_part(product(product(adjoint(inverse), middle), inverse))};
}

}  // namespace

std::vector<OpSpec> matrix_equations_ops() {
  return {
      OpSpec{
          .name = "det",
          .doc = "Determinants of matrices.",
          .kind = OpKind::structured,
          .run = determinant_kernel,
          .gufunc = {"(m,m)->()", one_matrix, "numpy.linalg._umath_linalg.det"},
          .gradient = determinant_gradient,
          .may_warn = true,
          .cost = 1000,
      },

      OpSpec{
          .name = "slogdet",
          .doc = "Signs of the determinants of matrices, and logarithms of their absolute values.",
          .kind = OpKind::structured,
          .run = sign_and_logarithm_kernel,
          .gufunc = {"(m,m)->(),()",
                     {"f->ff", "d->dd", "F->Ff", "D->Dd"},
                     "numpy.linalg._umath_linalg.slogdet"},
          .gradient = sign_and_logarithm_gradient,
          .may_warn = true,
          .cost = 1000,
      },

      factorization({
          .name = "inv",
          .doc = "Inverses of matrices.",
          .run = inverse_kernel,
          .gufunc = {"(m,m)->(m,m)", one_matrix, "numpy.linalg._umath_linalg.inv"},
          .gradient = inverse_gradient,
          .gradient_reads_inputs = 0,
      }),

      factorization({
          .name = "solve",
          .doc = "Solutions of linear systems whose right-hand sides are the columns of matrices.",
          .n_inputs = 2,
          .run = solve_kernel,
          .gufunc = {"(m,m),(m,n)->(m,n)", two_matrices, "numpy.linalg._umath_linalg.solve"},
          .gradient = solve_gradient,
          .gradient_reads_inputs = 1,
      }),

      factorization({
          .name = "solve1",
          .doc = "Solutions of linear systems with one right-hand side each.",
          .n_inputs = 2,
          .run = solve_vector_kernel,
          .gufunc = {"(m,m),(m)->(m)", two_matrices, "numpy.linalg._umath_linalg.solve1"},
          .gradient = solve_vector_gradient,
          .gradient_reads_inputs = 1,
      }),

      factorization({
          .name = "cholesky_lo",
          .doc =
              "Lower Cholesky factors of Hermitian matrices, of which the lower triangle is read.",
          .run = cholesky_lower_kernel,
          .gufunc = {"(m,m)->(m,m)", one_matrix, "numpy.linalg._umath_linalg.cholesky_lo"},
          .gradient = [](const GradientArguments& d) { return cholesky_gradient(d.output, d.gy); },
          .gradient_reads_inputs = 0,
      }),

      factorization({
          .name = "cholesky_up",
          .doc =
              "Upper Cholesky factors of Hermitian matrices, of which the upper triangle is read.",
          .run = cholesky_upper_kernel,
          .gufunc = {"(m,m)->(m,m)", one_matrix, "numpy.linalg._umath_linalg.cholesky_up"},
          .gradient =
              [](const GradientArguments& d) {
                return cholesky_gradient(adjoint(d.output), adjoint(d.gy));
              },
          .gradient_reads_inputs = 0,
      }),
  };
}

}  // namespace lazynp
