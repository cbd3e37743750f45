// Products of vectors and matrices.
#include <algorithm>
#include <cstdlib>

#include "csrc/cpu/matmul.h"
#include "csrc/ops/batch_rules.h"
#include "csrc/ops/families.h"
#include "csrc/ops/gufunc.h"
#include "csrc/ops/rules.h"

namespace lazynp {

namespace {

constexpr const char* matmul_signature = "(n?,k),(k,m?)->(n?,m?)";

[[noreturn]] void fail_matmul(int operand, const std::string& what, const std::string& numbers) {
  fail(ErrorClass::value, "matmul: Input operand " + std::to_string(operand) + " " + what +
                              matmul_signature + " " + numbers + ")");
}

// The axes before the two that are multiplied.
Shape stack_shape(const Value& x) {
  return x.shape().subspan(0, static_cast<size_t>(std::max(x.ndim() - 2, 0)));
}

[[noreturn]] void cannot_broadcast_stacks(const Value& a, const Value& b) {
  std::string text =
      "operands could not be broadcast together with remapped shapes [original->remapped]: ";
  for (const Value* x : {&a, &b}) {
    text += shape_text(x->shape()) + "->(";
    for (int64_t extent : stack_shape(*x)) text += std::to_string(extent) + ",";
    text += x->ndim() > 1 ? "newaxis,newaxis) " : "newaxis) ";
  }
  text += " and requested shape (";
  if (a.ndim() > 1)
    text +=
        std::to_string(a.shape()[static_cast<size_t>(a.ndim() - 2)]) + (b.ndim() > 1 ? "," : ",)");
  if (b.ndim() > 1) text += std::to_string(b.shape().back()) + (a.ndim() > 1 ? ")" : ",)");
  fail(ErrorClass::value, text);
}

void promote_inputs(Values& inputs) {
  const DType dtype = promote(inputs[0].dtype(), inputs[1].dtype());
  for (Value& x : inputs) x = astype(x, dtype);
}

void promote_matrices(Values& inputs) {
  const DType dtype = promote(inputs[0].dtype(), inputs[1].dtype());
  for (Value& x : inputs) x = cast_parts(x, dtype, 2);
}

Inference infer_matmul(Values& inputs, const Attributes*) {
  for (int i = 0; i < 2; ++i)
    if (inputs[static_cast<size_t>(i)].ndim() == 0)
      fail_matmul(i, "does not have enough dimensions (has 0, gufunc core with signature ",
                  "requires 1");
  promote_matrices(inputs);
  const Value &a = inputs[0], &b = inputs[1];
  const int64_t depth = a.shape().back(),
                other = b.shape()[static_cast<size_t>(std::max(b.ndim() - 2, 0))];
  if (depth != other)
    fail_matmul(1, "has a mismatch in its core dimension 0, with gufunc signature ",
                "(size " + std::to_string(other) + " is different from " + std::to_string(depth));
  int64_t stack[max_ndim];
  int n_stack = 0;
  if (!broadcast_shapes(stack_shape(a), stack_shape(b), stack, n_stack))
    cannot_broadcast_stacks(a, b);
  Extents core;
  if (a.ndim() > 1) core.push_back(a.shape()[static_cast<size_t>(a.ndim() - 2)]);
  if (b.ndim() > 1) core.push_back(b.shape().back());
  const int n_core[] = {std::min(a.ndim(), 2), std::min(b.ndim(), 2)};
  return {a.dtype(), stacked_layout(inputs, n_core, {stack, static_cast<size_t>(n_stack)}, core,
                                    size_of(a.dtype()))};
}

Value matrix_transposed(const Value& x) {
  Axes axes(static_cast<size_t>(x.ndim()));
  for (int i = 0; i < x.ndim(); ++i) axes[static_cast<size_t>(i)] = i;
  std::swap(axes[axes.size() - 1], axes[axes.size() - 2]);
  return transpose(x, axes);
}

bool uses_blas(DType dtype) { return is_inexact(dtype) && dtype != DType::float16; }

// Into columns NumPy lets BLAS compute bᵀ @ aᵀ, which adds in another order.
Value matmul_into_columns(std::span<const Value> inputs, const Layout& out) {
  const Value &a = inputs[0], &b = inputs[1];
  if (a.ndim() < 2 || b.ndim() < 2 || !uses_blas(promote(a.dtype(), b.dtype()))) return {};
  const int row = out.ndim - 2, column = out.ndim - 1;
  const bool is_matrix = out.shape_[row] > 1 && out.shape_[column] > 1 && a.shape().back() > 1;
  if (!is_matrix || std::abs(out.strides_[row]) >= std::abs(out.strides_[column])) return {};
  Values promoted{a, b};
  promote_matrices(promoted);
  return matrix_transposed(
      apply("matmul", {matrix_transposed(promoted[1]), matrix_transposed(promoted[0])}));
}

Value without_axis(const Value& x, int axis) {
  Extents shape = extents(x.shape());
  shape.erase(shape.begin() + axis);
  return reshape(x, shape);
}

// gy @ bᴴ and aᴴ @ gy; vectors take part as matrices of one row or column.
Values matmul_gradient(const GradientArguments& d) {
  const Value a = conjugate(d.inputs[0]), b = conjugate(d.inputs[1]);
  if (a.ndim() == 1 && b.ndim() == 1) return {d.gy * b, a * d.gy};
  if (a.ndim() == 1) {
    const Value gy = insert_axis(d.gy, d.gy.ndim() - 1);
    const Value ga = apply("matmul", {gy, matrix_transposed(b)});
    return {without_axis(ga, ga.ndim() - 2), apply("matmul", {insert_axis(a, 1), gy})};
  }
  if (b.ndim() == 1) {
    const Value gy = insert_axis(d.gy, d.gy.ndim());
    const Value gb = apply("matmul", {matrix_transposed(a), gy});
    return {apply("matmul", {gy, insert_axis(b, 0)}), without_axis(gb, gb.ndim() - 1)};
  }
  return {apply("matmul", {d.gy, matrix_transposed(b)}),
          apply("matmul", {matrix_transposed(a), d.gy})};
}

// NumPy multiplies by 0-d arrays element by element, except where it hands them to BLAS.
Value dot_with_number(std::span<const Value> x, const Attributes*) {
  if (x[0].ndim() > 0 && x[1].ndim() > 0) return {};
  const bool is_strong = x[0].node()->weak == Weak::no && x[1].node()->weak == Weak::no;
  Value strong[2];
  for (int i = 0; i < 2; ++i)
    strong[i] =
        x[i].node()->weak == Weak::no ? x[i] : astype(x[i], default_dtype(x[i].node()->weak));
  const bool by_blas = uses_blas(promote(strong[0].dtype(), strong[1].dtype())) &&
                       x[0].ndim() <= 2 && x[1].ndim() <= 2;
  if (by_blas && is_strong) return {};
  return apply(by_blas ? "dot" : "multiply", {strong[0], strong[1]});
}

Inference infer_dot(Values& inputs, const Attributes*) {
  promote_inputs(inputs);
  const Value &a = inputs[0], &b = inputs[1];
  if (a.ndim() == 0 || b.ndim() == 0)
    return {a.dtype(), c_layout(a.ndim() == 0 ? b.shape() : a.shape(), size_of(a.dtype()))};
  const auto sum_a = static_cast<size_t>(a.ndim() - 1),
             sum_b = static_cast<size_t>(std::max(b.ndim() - 2, 0));
  if (a.shape()[sum_a] != b.shape()[sum_b])
    fail(ErrorClass::value, "shapes " + shape_text(a.shape()) + " and " + shape_text(b.shape()) +
                                " not aligned: " + std::to_string(a.shape()[sum_a]) + " (dim " +
                                std::to_string(sum_a) + ") != " + std::to_string(b.shape()[sum_b]) +
                                " (dim " + std::to_string(sum_b) + ")");
  Extents shape = extents(a.shape());
  shape.pop_back();
  for (size_t i = 0; i < b.shape().size(); ++i)
    if (i != sum_b) shape.push_back(b.shape()[i]);
  if (shape.size() > max_ndim) fail(ErrorClass::value, "dot: too many dimensions in result");
  return {a.dtype(), c_layout(shape, size_of(a.dtype()))};
}

// dot of more than two axes pairs every row of a with every column of b: a matrix product of
// a as (rows, k) and b as (k, columns).
Values dot_gradient(const GradientArguments& d) {
  const Value a = conjugate(d.inputs[0]), b = conjugate(d.inputs[1]);
  if (a.ndim() == 0 || b.ndim() == 0) return {d.gy * b, d.gy * a};
  const int sum_b = std::max(b.ndim() - 2, 0);
  const int64_t depth = a.shape().back();
  const int64_t rows = depth ? a.size() / depth : 0, columns = depth ? b.size() / depth : 0;
  const Value b_columns = move_axis(b, sum_b, 0);
  const int64_t shape_a[] = {rows, depth}, shape_b[] = {depth, columns},
                shape_y[] = {rows, columns};
  const Value gy = reshape(d.gy, shape_y);
  const Value ga = apply("matmul", {gy, matrix_transposed(reshape(b_columns, shape_b))});
  const Value gb = apply("matmul", {matrix_transposed(reshape(a, shape_a)), gy});
  return {reshape(ga, a.shape()), move_axis(reshape(gb, b_columns.shape()), 0, sum_b)};
}

Value inner(std::span<const Value> x, const Attributes*) {
  const bool transposes = x[0].ndim() >= 1 && x[1].ndim() >= 2;
  return apply("dot", {x[0], transposes ? matrix_transposed(x[1]) : x[1]});
}

Value outer(std::span<const Value> x, const Attributes*) {
  return apply("multiply", {insert_axis(flatten(x[0]), 1), insert_axis(flatten(x[1]), 0)});
}

Inference infer_vdot(Values& inputs, const Attributes*) {
  promote_inputs(inputs);
  for (Value& x : inputs) x = flatten(x);
  if (inputs[0].size() != inputs[1].size())
    fail(ErrorClass::value, "vectors have different lengths");
  return {inputs[0].dtype(), c_layout({}, size_of(inputs[0].dtype()))};
}

Values vdot_gradient(const GradientArguments& d) {
  return {conjugate(d.gy) * d.inputs[1], d.gy * d.inputs[0]};
}

Value as_column(const Value& x) { return insert_axis(x, x.ndim()); }
Value as_row(const Value& x) { return insert_axis(x, x.ndim() - 1); }

Values vecdot_gradient(const GradientArguments& d) {
  const Value gy = as_column(d.gy);
  return {conjugate(gy) * d.inputs[1], gy * d.inputs[0]};
}
Values matvec_gradient(const GradientArguments& d) {
  const Value a = conjugate(d.inputs[0]);
  return {as_column(d.gy) * as_row(conjugate(d.inputs[1])),
          apply("matvec", {matrix_transposed(a), d.gy})};
}
Values vecmat_gradient(const GradientArguments& d) {
  return {apply("matvec", {d.inputs[1], conjugate(d.gy)}), as_column(d.inputs[0]) * as_row(d.gy)};
}

const std::vector<const char*> product_loops = {"?\?->?", "bb->b", "BB->B", "hh->h", "HH->H",
                                                "ii->i",  "II->I", "ll->l", "LL->L", "ee->e",
                                                "ff->f",  "dd->d", "FF->F", "DD->D"};

Value trace(std::span<const Value> x, const Attributes* a) {
  const auto diagonal = AttributeWriter()
                            .integer(integer_or(a, 0, 0))
                            .integer(integer_or(a, 1, 0))
                            .integer(integer_or(a, 2, 1))
                            .finish();
  const Value values = apply("diagonal", {x[0]}, diagonal);
  const int last[] = {values.ndim() - 1};
  return reduce(op_named("sum"), values, last, false, dtype_or(a, 3, DType::none));
}

}  // namespace

std::vector<OpSpec> linear_algebra_ops() {
  return {
      OpSpec{
          .name = "matmul",
          .doc =
              "Matrix product; stacks of matrices broadcast, vectors count as one row or column.",
          .kind = OpKind::structured,
          .n_inputs = 2,
          .run = matmul_kernel,
          .infer = infer_matmul,
          .rewrite_for_output = matmul_into_columns,
          .gradient = matmul_gradient,
          .batch = batch_matmul,
          .numpy = {"matmul"},
          .python_operator = "matmul",
          .array_api = {"matmul"},
          .tells_inputs_apart = true,
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 64,
      },

      OpSpec{
          .name = "dot",
          .doc = "Sum product over the last axis of a and the second-to-last of b.",
          .kind = OpKind::structured,
          .n_inputs = 2,
          .run = dot_kernel,
          .infer = infer_dot,
          .rewrite = dot_with_number,
          .gradient = dot_gradient,
          .batch = batch_dot,
          .numpy = {"dot"},
          .tells_inputs_apart = true,
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 64,
      },

      OpSpec{
          .name = "inner",
          .doc = "Sum product over the last axes of both arrays.",
          .kind = OpKind::composite,
          .n_inputs = 2,
          .lower = inner,
          .numpy = {"inner"},
          .gives_scalars = true,
          .may_warn = true,
      },

      OpSpec{
          .name = "outer",
          .doc = "Products of every element of a with every element of b.",
          .kind = OpKind::composite,
          .n_inputs = 2,
          .lower = outer,
          .numpy = {"outer"},
          .array_api = {"outer"},
          .may_warn = true,
      },

      OpSpec{
          .name = "vdot",
          .doc = "Dot product of two arrays taken as vectors, the first conjugated.",
          .kind = OpKind::structured,
          .n_inputs = 2,
          .run = vdot_kernel,
          .infer = infer_vdot,
          .gradient = vdot_gradient,
          .batch = batch_vdot,
          .numpy = {"vdot"},
          .gives_scalars = true,
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 4,
      },

      OpSpec{
          .name = "vecdot",
          .doc = "Dot products along the last axis, the first operand conjugated.",
          .kind = OpKind::structured,
          .n_inputs = 2,
          .run = vecdot_kernel,
          .gufunc = {.signature = "(n),(n)->()", .loops = product_loops},
          .gradient = vecdot_gradient,
          .numpy = {"vecdot"},
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 4,
      },

      OpSpec{
          .name = "matvec",
          .doc = "Products of matrices with vectors; stacks broadcast.",
          .kind = OpKind::structured,
          .n_inputs = 2,
          .run = matvec_kernel,
          .gufunc = {.signature = "(m,n),(n)->(m)", .loops = product_loops},
          .gradient = matvec_gradient,
          .numpy = {"matvec"},
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 4,
      },

      OpSpec{
          .name = "vecmat",
          .doc = "Products of conjugated vectors with matrices; stacks broadcast.",
          .kind = OpKind::structured,
          .n_inputs = 2,
          .run = vecmat_kernel,
          .gufunc = {.signature = "(n),(n,m)->(m)", .loops = product_loops},
          .gradient = vecmat_gradient,
          .numpy = {"vecmat"},
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 4,
      },

      OpSpec{
          .name = "trace",
          .doc = "Sums along the diagonals of the planes of two axes.",
          .kind = OpKind::composite,
          .attributes = {{"offset", AttributeType::integer},
                         {"axis1", AttributeType::integer},
                         {"axis2", AttributeType::integer, false, 1},
                         {"dtype", AttributeType::dtype, true}},
          .lower = trace,
          .numpy = {"trace"},
          .may_warn = true,
      },
  };
}

}  // namespace lazynp
