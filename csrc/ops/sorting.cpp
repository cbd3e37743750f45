// Order.
#include "csrc/cpu/sort.h"
#include "csrc/ops/families.h"
#include "csrc/ops/rules.h"

namespace lazynp {

namespace {

bool is_stable_kind(std::string_view kind) { return kind == "stable" || kind == "mergesort"; }

// Names that NumPy accepts; it raises the error for the others itself.
void check_kind(const Attributes* attributes) {
  const std::string_view kind = string_or(attributes, 1, "quicksort");
  if (!is_stable_kind(kind) && kind != "quicksort" && kind != "heapsort")
    fail(ErrorClass::not_implemented, "lazynp: sort: unknown kind '" + std::string(kind) + "'");
  if (is_given(attributes, 1) && is_given(attributes, 2))
    fail(ErrorClass::value,
         "`kind` and keyword parameters can't be provided at the same time. Use only one of them.");
}

Inference infer_sort(Values& inputs, const Attributes* attributes) {
  check_kind(attributes);
  Value& x = inputs[0];
  if (is_given(attributes, 0))
    normalized_axis(attributes->integer(0), x.ndim());
  else
    x = flatten(x);
  return {x.dtype(), dense_like(x.layout(), size_of(x.dtype()))};
}

// NumPy's default argsort leaves the order of equal elements to its algorithm: without NumPy only
// the stable kinds have one right answer.
Inference infer_argsort(Values& inputs, const Attributes* attributes) {
  check_kind(attributes);
  Value& x = inputs[0];
  const SortKind kind = sort_kind(*attributes);
  if (kind != SortKind::stable && !host_sort(x.dtype(), kind).argsort)
    fail(ErrorClass::not_implemented, "lazynp: argsort: only kind='stable' is native");
  if (is_given(attributes, 0))  // NumPy gives a 0-d array one axis here, though not in sort
    normalized_axis(attributes->integer(0), x.ndim() == 0 ? 1 : x.ndim());
  if (!is_given(attributes, 0) || x.ndim() == 0) x = flatten(x);
  return {DType::int64, c_layout(x.shape(), size_of(DType::int64))};
}

AttributesRef stable_order_along(int64_t axis) {
  return AttributeWriter().integer(axis).string("stable").none().finish();
}

// The gradient travels back through the inverse of the permutation.
Values sort_gradient(const GradientArguments& d) {
  const int64_t axis = integer_or(d.attributes, 0, 0);
  const Value order = apply("argsort", {d.inputs[0]}, stable_order_along(axis));
  const Value inverse = apply("argsort", {order}, stable_order_along(axis));
  return {apply("take_along_axis", {d.gy, inverse}, axis_attribute(axis))};
}

Inference infer_searchsorted(Values& inputs, const Attributes* attributes) {
  if (inputs[0].ndim() != 1)
    fail(ErrorClass::value, inputs[0].ndim() > 1 ? "object too deep for desired array"
                                                 : "object of too small depth for desired array");
  const std::string_view side = string_or(attributes, 0, "left");
  if (side != "left" && side != "right")
    fail(ErrorClass::value,
         "search side must be one of 'left' or 'right' (got '" + std::string(side) + "')");
  const DType dtype = promote(inputs[0].dtype(), inputs[1].dtype());
  for (Value& x : inputs) x = astype(x, dtype);
  return {DType::int64, c_layout(inputs[1].shape(), size_of(DType::int64))};
}

std::vector<Attribute> sort_attributes() {
  return {{"axis", AttributeType::integer, true, -1, 0, false},
          {"kind", AttributeType::string, true},
          {"stable", AttributeType::boolean, true}};
}

}  // namespace

std::vector<OpSpec> sorting_ops() {
  return {
      OpSpec{
          .name = "sort",
          .doc = "The elements in ascending order along an axis (None: flattened); NaN comes last.",
          .kind = OpKind::structured,
          .attributes = sort_attributes(),
          .run = sort_kernel,
          .infer = infer_sort,
          .gradient = sort_gradient,
          .numpy = {"sort"},
          .method_changes_array = true,
          .array_api = {"sort"},
          .gradient_reads_output = false,
          .cost = 40,
      },

      OpSpec{
          .name = "argsort",
          .doc = "The indices that sort an axis (None: flattened).",
          .kind = OpKind::structured,
          .attributes = sort_attributes(),
          .run = argsort_kernel,
          .infer = infer_argsort,
          .no_gradient = "the result is an index",
          .numpy = {"argsort"},
          .array_api = {"argsort"},
          .cost = 60,
      },

      OpSpec{
          .name = "searchsorted",
          .doc = "Where values have to be inserted into a sorted 1-d array to keep it sorted.",
          .kind = OpKind::structured,
          .n_inputs = 2,
          .attributes = {{"side", AttributeType::string, true}},
          .run = searchsorted_kernel,
          .infer = infer_searchsorted,
          .no_gradient = "the result is an index",
          .numpy = {"searchsorted"},
          .array_api = {"searchsorted"},
          .cost = 40,
      },
  };
}

}  // namespace lazynp
