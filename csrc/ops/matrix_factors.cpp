// Eigenvalues, singular values, orthogonal factors, least squares.
#include <limits>

#include "csrc/cpu/linear_solvers.h"
#include "csrc/ops/families.h"
#include "csrc/ops/matrix_terms.h"

namespace lazynp {

namespace {

constexpr const char* vectors_of_general_matrix =
    "eigenvectors of a matrix that is not Hermitian need not move smoothly";

const std::vector<const char*> real_values{"f->f", "d->d", "F->f", "D->d"};
const std::vector<const char*> values_and_vectors{"f->ff", "d->dd", "F->fF", "D->dD"};
const std::vector<const char*> both_vectors{"f->fff", "d->ddd", "F->FfF", "D->DdD"};

// The matrix counts as Hermitian, of which one triangle is read: so do its changes.
Values eigh_gradient(const GradientArguments& d) {
  const Values results = results_of(d.output), gy = gradients_of_results(d);
  const Value &w = results[0], &v = results[1];
  const Value turn = product(adjoint(v), gy[1]) * reciprocal_gaps(w);
  return {hermitian_part(product(product(v, diagonal_matrix(gy[0]) + turn), adjoint(v)))};
}

template <bool is_lower> Values eigvalsh_gradient(const GradientArguments& d) {
  const OpSpec& eigh = op_named(is_lower ? "eigh_lo" : "eigh_up");
  const Value v = apply_results(eigh, d.inputs)[1];
  return {product(v * as_row(d.gy), adjoint(v))};
}

Value skew_part(const Value& x) { return x - adjoint(x); }  // twice it

// What lies outside of the columns of `vectors`.
Value outside(const Value& x, const Value& vectors) {
  return x - product(vectors, product(adjoint(vectors), x));
}

Values svd_gradient(const GradientArguments& d) {
  const Values results = results_of(d.output), gy = gradients_of_results(d);
  const Value &u = results[0], &s = results[1], &vh = results[2];
  const int64_t m = u.shape()[static_cast<size_t>(u.ndim() - 2)], n = vh.shape().back(),
                k = s.shape().back();
  if (u.shape().back() != k || vh.shape()[static_cast<size_t>(vh.ndim() - 2)] != k)
    fail(
        ErrorClass::no_gradient,
        "lazynp: svd_f: has no gradient: the vectors beyond the singular values are arbitrary; use "
        "full_matrices=False");
  const Value left = skew_part(product(adjoint(u), gy[0]));
  const Value right = skew_part(product(vh, adjoint(gy[2])));
  const Value gaps = reciprocal_gaps(s * s);
  Value middle = (left * as_row(s) + as_column(s) * right) * gaps + diagonal_matrix(gy[1]);
  if (is_complex(u.dtype()))
    middle = middle + left * triangles(k, k, s.dtype(), 0, 0.5, 0) / as_column(s);
  Value inner = product(u, middle);
  if (m > k) inner = inner + outside(gy[0] / as_row(s), u);
  Value ga = product(inner, vh);
  if (n > k) {
    const Value rest = adjoint(outside(adjoint(gy[2] / as_column(s)), adjoint(vh)));
    ga = ga + product(u, rest);
  }
  return {ga};
}

Values singular_values_gradient(const GradientArguments& d) {
  const Values factors = apply_results(op_named("svd_s"), d.inputs);
  return {product(factors[0] * as_row(d.gy), factors[2])};
}

// ---- QR ----

Value columns(const Value& x, int64_t begin, int64_t end) {
  return slice_axis(x, x.ndim() - 1, begin, end);
}

// The gradient of a = q r; an empty value is zero.
Value qr_gradient(const Value& q, const Value& r, const Value& gq, const Value& gr) {
  const int64_t k = q.shape().back(), n = r.shape().back();
  if (n > k) {  // the columns beyond the square ones are q times those of r
    const Value rest = columns(r, k, n);
    const Value grest = gr ? columns(gr, k, n) : rest * constant(0);
    const Value turned = product(q, product(rest, adjoint(grest)));
    const Value first = qr_gradient(q, columns(r, 0, k), gq ? gq + turned : turned,
                                    gr ? columns(gr, 0, k) : Value());
    return apply("concatenate", {first, product(q, grest)}, axis_attribute(-1));
  }
  Value middle = gr ? product(gr, adjoint(r)) : Value();
  if (gq) {
    const Value turn = product(adjoint(q), gq);
    middle = middle ? middle - turn : -turn;
  }
  middle = middle * triangles(k, k, middle.dtype(), 0, 0.5, 1);
  Value ga = product(q, middle + adjoint(middle));
  if (gq) ga = ga + gq;
  return adjoint(apply("solve", {r, adjoint(ga)}));
}

// R, which lies on and above the diagonal of what qr_r_raw gives.
Value upper_part(const Value& raw) {
  const int64_t m = raw.shape()[static_cast<size_t>(raw.ndim() - 2)], n = raw.shape().back(),
                k = std::min(m, n);
  return slice_axis(raw, raw.ndim() - 2, 0, k) * triangles(k, n, raw.dtype(), 0, 1, 1);
}

// NaN where `x`, stacks of vectors or matrices, is not zero, as stacks of one element.
Value nan_unless_zero(const Value& x, int n_core) {
  Axes axes;
  for (int i = 0; i < n_core; ++i) axes.push_back(x.ndim() - n_core + i);
  const Value found = reduce(op_named("any"), apply("not_equal", {x, constant(0)}), axes, false);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  return as_matrix(apply("where", {found, constant(nan), constant(0.0)}));
}

// What flows back to the vectors themselves, which only `mode="raw"` shows, is not followed: NaN.
Values qr_factor_gradient(const GradientArguments& d) {
  const Values gy = gradients_of_results(d);
  const int64_t m = gy[0].shape()[static_cast<size_t>(gy[0].ndim() - 2)], n = gy[0].shape().back();
  const Value below = gy[0] * triangles(m, n, gy[0].dtype(), 1, 0, 0);
  const Value q = apply("qr_orthogonal", {d.inputs[0]});
  const Value r = upper_part(results_of(d.output)[0]);
  return {qr_gradient(q, r, {}, upper_part(gy[0])) + nan_unless_zero(below, 2) +
          nan_unless_zero(gy[1], 1)};
}

Values orthogonal_gradient(const GradientArguments& d) {
  const Value r = product(adjoint(d.output), d.inputs[0]);
  return {qr_gradient(d.output, r, d.gy, {})};
}

// Where gradients are wanted, Q is a function of the matrix, not of its Householder vectors.
Value orthogonal_of_matrix(std::span<const Value> inputs, const Attributes*) {
  const Node* node = inputs[1].node();
  if (!(node->flags & watched)) return {};
  while (node->op && node->n_inputs == 1 && (node->op == &cast_op() || node->op == &view_op()))
    node = node->inputs[0];
  if (node->op != &op_named("qr_r_raw") || node->n_inputs == 0) return {};
  return apply("qr_orthogonal", {Value::share(node->inputs[0])});
}

}  // namespace

std::vector<OpSpec> matrix_factors_ops() {
  return {
      factorization({
          .name = "eigh_lo",
          .doc = "Eigenvalues and eigenvectors of Hermitian matrices, from the lower triangle.",
          .run = eigh_lower_kernel,
          .gufunc = {"(m,m)->(m),(m,m)", values_and_vectors, "numpy.linalg._umath_linalg.eigh_lo"},
          .gradient = eigh_gradient,
          .gradient_reads_inputs = 0,
      }),

      factorization({
          .name = "eigh_up",
          .doc = "Eigenvalues and eigenvectors of Hermitian matrices, from the upper triangle.",
          .run = eigh_upper_kernel,
          .gufunc = {"(m,m)->(m),(m,m)", values_and_vectors, "numpy.linalg._umath_linalg.eigh_up"},
          .gradient = eigh_gradient,
          .gradient_reads_inputs = 0,
      }),

      factorization({
          .name = "eigvalsh_lo",
          .doc = "Eigenvalues of Hermitian matrices, from the lower triangle.",
          .run = eigvalsh_lower_kernel,
          .gufunc = {"(m,m)->(m)", real_values, "numpy.linalg._umath_linalg.eigvalsh_lo"},
          .gradient = eigvalsh_gradient<true>,
          .gradient_reads_output = false,
      }),

      factorization({
          .name = "eigvalsh_up",
          .doc = "Eigenvalues of Hermitian matrices, from the upper triangle.",
          .run = eigvalsh_upper_kernel,
          .gufunc = {"(m,m)->(m)", real_values, "numpy.linalg._umath_linalg.eigvalsh_up"},
          .gradient = eigvalsh_gradient<false>,
          .gradient_reads_output = false,
      }),

      factorization({
          .name = "eig",
          .doc = "Eigenvalues and eigenvectors of matrices, as complex numbers.",
          .run = eig_kernel,
          .gufunc = {"(m,m)->(m),(m,m)",
                     {"f->FF", "d->DD", "D->DD"},
                     "numpy.linalg._umath_linalg.eig"},
          .no_gradient = vectors_of_general_matrix,
      }),

      factorization({
          .name = "eigvals",
          .doc = "Eigenvalues of matrices, as complex numbers.",
          .run = eigvals_kernel,
          .gufunc = {"(m,m)->(m)", {"f->F", "d->D", "D->D"}, "numpy.linalg._umath_linalg.eigvals"},
          .no_gradient = vectors_of_general_matrix,
      }),

      factorization({
          .name = "svd",
          .doc = "Singular values of matrices, in descending order.",
          .run = singular_values_kernel,
          .gufunc = {"(m,n)->(p)", real_values, "numpy.linalg._umath_linalg.svd"},
          .gradient = singular_values_gradient,
          .gradient_reads_output = false,
      }),

      factorization({
          .name = "svd_s",
          .doc = "Singular value decompositions of matrices, with as many vectors as values.",
          .run = svd_reduced_kernel,
          .gufunc = {"(m,n)->(m,p),(p),(p,n)", both_vectors, "numpy.linalg._umath_linalg.svd_s"},
          .gradient = svd_gradient,
          .gradient_reads_inputs = 0,
      }),

      factorization({
          .name = "svd_f",
          .doc = "Singular value decompositions of matrices, with square matrices of vectors.",
          .run = svd_full_kernel,
          .gufunc = {"(m,n)->(m,m),(p),(n,n)", both_vectors, "numpy.linalg._umath_linalg.svd_f"},
          .gradient = svd_gradient,
          .gradient_reads_inputs = 0,
      }),

      factorization({
          .name = "qr_r_raw",
          .doc = "QR factors of matrices: R with Householder vectors below it, and their factors.",
          .run = qr_factor_kernel,
          .gufunc = {.signature = "(m,n)->(m,n),(p)",
                     .loops = {"d->dd", "D->DD"},
                     .numpy = "numpy.linalg._umath_linalg.qr_r_raw",
                     .changes_input = true},
          .gradient = qr_factor_gradient,
      }),

      factorization({
          .name = "qr_orthogonal",
          .doc = "The orthogonal factors of matrices, with as many columns as R has rows.",
          .run = orthogonal_factor_kernel,
          .gufunc = {"(m,n)->(m,p)", {"d->d", "D->D"}},
          .gradient = orthogonal_gradient,
      }),

      factorization({
          .name = "qr_reduced",
          .doc = "The orthogonal factors of what qr_r_raw gives, with as many columns as factors.",
          .n_inputs = 2,
          .run = qr_reduced_kernel,
          .gufunc = {"(m,n),(k)->(m,k)",
                     {"dd->d", "DD->D"},
                     "numpy.linalg._umath_linalg.qr_reduced"},
          .rewrite = orthogonal_of_matrix,
          .no_gradient = "its input, the Householder vectors of qr_r_raw, has none",
      }),

      factorization({
          .name = "qr_complete",
          .doc = "The square orthogonal factors of what qr_r_raw gives.",
          .n_inputs = 2,
          .run = qr_complete_kernel,
          .gufunc = {"(m,n),(n)->(m,m)",
                     {"dd->d", "DD->D"},
                     "numpy.linalg._umath_linalg.qr_complete"},
          .no_gradient = "its input, the Householder vectors of qr_r_raw, has none",
      }),

      factorization({
          .name = "lstsq",
          .doc = "Least-squares solutions, sums of squared residuals, ranks and singular values.",
          .n_inputs = 3,
          .run = least_squares_kernel,
          .gufunc = {"(m,n),(m,nrhs),()->(n,nrhs),(nrhs),(),(p)",
                     {"fff->ffif", "ddd->ddid", "FFf->Ffif", "DDd->Ddid"},
                     "numpy.linalg._umath_linalg.lstsq"},
          .no_gradient = "the rank decides the solution; use solve on the normal equations",
      }),
  };
}

}  // namespace lazynp
