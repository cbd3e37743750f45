// Order.
#include <algorithm>
#include <optional>

#include "csrc/cpu/partition.h"
#include "csrc/cpu/sort.h"
#include "csrc/ops/batch_rules.h"
#include "csrc/ops/families.h"
#include "csrc/ops/positions.h"
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

// ---- descending: the same from the end, where an ascending sort sees the last of equal elements
// first ----
constexpr int kind_at = 1, stable_at = 2, descending_at = 3;

// The standard's sorts are stable where nothing else is asked for.
Value ascending_from_end(const OpSpec& op, const Value& x, int axis, const Attributes& given) {
  AttributeWriter writer;
  writer.integer(axis);
  writer.copy_of(given, kind_at);
  if (given.has(kind_at) || given.has(stable_at))
    writer.copy_of(given, stable_at);
  else
    writer.boolean(true);
  const Value from_end = flip_axis(x, axis);
  return flip_axis(apply(op, std::span(&from_end, 1), writer.boolean(false).finish()), axis);
}

struct Descent {
  Value x;
  int axis;
};
std::optional<Descent> descent(std::span<const Value> inputs, const Attributes* attributes) {
  if (!boolean_or(attributes, descending_at, false)) return std::nullopt;
  if (!is_given(attributes, 0)) return Descent{flatten(inputs[0]), 0};
  return Descent{inputs[0], normalized_axis(attributes->integer(0), inputs[0].ndim())};
}

Value sorted_backwards(std::span<const Value> inputs, const Attributes* attributes) {
  const auto d = descent(inputs, attributes);
  return d ? ascending_from_end(op_named("sort"), d->x, d->axis, *attributes) : Value();
}

Value order_backwards(std::span<const Value> inputs, const Attributes* attributes) {
  const auto d = descent(inputs, attributes);
  if (!d) return {};
  const int64_t last = d->x.shape()[static_cast<size_t>(d->axis)] - 1;
  return constant(last) - ascending_from_end(op_named("argsort"), d->x, d->axis, *attributes);
}

// The gradient travels back through the inverse of the permutation.
Values sort_gradient(const GradientArguments& d) {
  const int64_t axis = integer_or(d.attributes, 0, 0);
  const Value order = apply("argsort", {d.inputs[0]}, stable_order_along(axis));
  const Value inverse = apply("argsort", {order}, stable_order_along(axis));
  return {apply("take_along_axis", {d.gy, inverse}, axis_attribute(axis))};
}

// ---------------------------------------------------------------- partitions
void check_partition(Values& inputs, const Attributes* attributes) {
  const Value& x = inputs[0];
  const std::string_view kind = string_or(attributes, 1, "");
  if (kind != "" && kind != "introselect")
    fail(ErrorClass::value, "select kind must be 'introselect'");
  if (!is_integer(inputs[1].dtype())) fail(ErrorClass::type, "Partition index must be integer");
  if (inputs[1].ndim() > 1) fail(ErrorClass::value, "kth array must have dimension <= 1");
  inputs[1] = as_position(inputs[1]);
  if (x.ndim() == 0 || !is_given(attributes, 0))
    fail(ErrorClass::not_implemented, "lazynp: partition: of an array without axes");
  normalized_axis(attributes->integer(0), x.ndim());
}

Inference infer_partition(Values& inputs, const Attributes* attributes) {
  check_partition(inputs, attributes);
  return {inputs[0].dtype(), dense_like(inputs[0].layout(), size_of(inputs[0].dtype()))};
}

Inference infer_argpartition(Values& inputs, const Attributes* attributes) {
  if (!is_given(attributes, 0)) {
    const std::string_view kind = string_or(attributes, 1, "");
    inputs[0] = flatten(inputs[0]);
    check_partition(inputs, AttributeWriter().integer(0).string(kind).finish().get());
  } else {
    check_partition(inputs, attributes);
  }
  return {DType::int64, c_layout(inputs[0].shape(), size_of(DType::int64))};
}

void check_kth(const Checked& checked, std::span<const Value> inputs,
               const Attributes* attributes) {
  const Value& x = inputs[0];
  const bool is_flat = !is_given(attributes, 0);
  const int64_t extent =
      is_flat ? x.size()
              : x.shape()[static_cast<size_t>(normalized_axis(attributes->integer(0), x.ndim()))];
  check_positions(checked, extent, [&](int64_t kth) {
    fail(ErrorClass::value, "kth(=" + std::to_string(kth < 0 ? kth + extent : kth) +
                                ") out of bounds (" + std::to_string(extent) + ")");
  });
}

// The same elements are at other places: the gradient travels back by their positions.
Values partition_gradient(const GradientArguments& d) {
  const Value order =
      apply("argpartition", {d.inputs[0], d.inputs[1]}, AttributesRef::share(d.attributes));
  const int64_t axis = normalized_axis(d.attributes->integer(0), d.inputs[0].ndim());
  const Value inverse = apply("argsort", {order}, stable_order_along(axis));
  return {apply("take_along_axis", {d.gy, inverse}, axis_attribute(axis)), Value()};
}

std::vector<Attribute> partition_attributes() {
  return {{"axis", AttributeType::integer, true, -1, 0, false}, {"kind", AttributeType::string}};
}

// ---------------------------------------------------------------- several keys
// The last key decides first; keys before it, where those after are equal.
Value order_by_keys(std::span<const Value> keys, const Attributes* attributes) {
  if (keys.empty()) fail(ErrorClass::type, "need sequence of keys with len > 0 in lexsort");
  const Shape shape = keys[0].shape();
  for (const Value& key : keys)
    if (!std::ranges::equal(key.shape(), shape))
      fail(ErrorClass::value, "all keys need to be the same shape");
  if (shape.empty()) fail(ErrorClass::not_implemented, "lazynp: lexsort: of keys without axes");
  const int axis = normalized_axis(integer_or(attributes, 0, -1), keys[0].ndim());
  const auto along = axis_attribute(axis), order_along = stable_order_along(axis);
  Value order;
  for (const Value& key : keys) {
    if (!order) {
      order = apply("argsort", {key}, order_along);
      continue;
    }
    const Value ordered_key = apply("take_along_axis", {key, order}, along);
    const Value next = apply("argsort", {ordered_key}, order_along);
    order = apply("take_along_axis", {order, next}, along);
  }
  return order;
}

// ---------------------------------------------------------------- distinct elements
constexpr int equal_nan_at = 0, sorted_at = 1, length_at = 2;  // attributes of unique

AttributesRef first_axis_raising() { return AttributeWriter().integer(0).string("raise").finish(); }

// Of equal complex numbers the first one is kept, and of all that have a NaN.
Value sorted_complex(const Value& x) {
  const Value has_nan = apply("isnan", {x});
  const Value first_nan = apply("take", {x, apply("argmax", {has_nan})}, first_axis_raising());
  const Value merged = apply("where", {has_nan, first_nan, x});
  return apply("take", {merged, apply("argsort", {merged}, stable_order_along(0))},
               first_axis_raising());
}

Value sorted_flat(const Value& x) {
  const Value flat = flatten(x);
  if (is_complex(x.dtype()) && x.size() > 0) return sorted_complex(flat);
  return apply("sort", {flat}, AttributeWriter().integer(0).none().none().finish());
}

// Where an element differs from the one before it.
Value starts_of_runs(const Value& sorted, bool equal_nan) {
  const bool is_first = true;
  const int64_t one[] = {1};
  const Value first = full(one, DType::boolean, constant(DType::boolean, &is_first));
  const int64_t n = sorted.size();
  const Value after = slice_axis(sorted, 0, 1, n), before = slice_axis(sorted, 0, 0, n - 1);
  Value differs = apply("not_equal", {after, before});
  if (equal_nan && is_inexact(sorted.dtype())) {  // NaN is last
    const Value is_number = apply("logical_not", {apply("isnan", {before})});
    differs = apply("logical_and", {differs, is_number});
  }
  return apply("concatenate", {first, differs}, AttributeWriter().integer(0).none().finish());
}

// NumPy's order without sorting is that of its hash.
void require_sorted(const Value& x, const Attributes* attributes) {
  const bool keeps_nan = !boolean_or(attributes, equal_nan_at, true);
  if (!boolean_or(attributes, sorted_at, true) || (keeps_nan && is_complex(x.dtype())))
    fail(ErrorClass::not_implemented, "lazynp: unique: sorted, with equal NaN in complex numbers");
}

Value n_distinct(Values& inputs, const Attributes* attributes) {
  require_sorted(inputs[0], attributes);
  if (inputs[0].size() == 0) return constant(0);
  const Value sorted = sorted_flat(inputs[0]);
  const Value starts = starts_of_runs(sorted, boolean_or(attributes, equal_nan_at, true));
  inputs = {sorted, starts};
  return apply("count_nonzero", {starts});
}

Value distinct(std::span<const Value> inputs, const Attributes* attributes) {
  require_sorted(inputs[0], attributes);
  if (!is_given(attributes, length_at))
    fail(ErrorClass::value, "lazynp: unique: how many elements differ has to be given");
  const bool is_prepared = inputs.size() == 2;
  const Value sorted = is_prepared ? inputs[0] : sorted_flat(inputs[0]);
  if (sorted.size() == 0) return copy(sorted);
  const bool equal_nan = boolean_or(attributes, equal_nan_at, true);
  return apply("compress_mask",
               {sorted, is_prepared ? inputs[1] : starts_of_runs(sorted, equal_nan)},
               AttributeWriter().integer(attributes->integer(length_at)).finish());
}

// ---------------------------------------------------------------- searches
void check_sorter(const Checked& checked, std::span<const Value> inputs, const Attributes*) {
  check_positions(
      checked, inputs[0].size(),
      [](int64_t) { fail(ErrorClass::value, "Sorter index out of range."); }, false);
}

// The array in the order that the sorter gives it.
void apply_sorter(Values& inputs) {
  const Value sorter = inputs[2];
  inputs.pop_back();
  if (!is_integer(sorter.dtype())) fail(ErrorClass::type, "sorter must only contain integers");
  if (sorter.ndim() != 1 || inputs[0].ndim() != 1 || sorter.size() != inputs[0].size())
    fail(ErrorClass::value, "sorter.size must equal a.size");
  inputs[0] = apply("take", {inputs[0], as_position(sorter)},
                    AttributeWriter().integer(0).string("raise").finish());
}

Inference infer_searchsorted(Values& inputs, const Attributes* attributes) {
  if (inputs.size() > 2) apply_sorter(inputs);
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
          {"stable", AttributeType::boolean, true},
          {"descending", AttributeType::boolean}};
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
          .rewrite = sorted_backwards,
          .gradient = sort_gradient,
          .batch = batch_along_axis,
          .numpy = {"sort"},
          .method_changes_array = true,
          .array_api = {"sort"},
          .array_api_keywords = {"descending"},
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
          .rewrite = order_backwards,
          .batch = batch_along_axis,
          .no_gradient = "the result is an index",
          .numpy = {"argsort"},
          .array_api = {"argsort"},
          .array_api_keywords = {"descending"},
          .cost = 60,
      },

      OpSpec{
          .name = "searchsorted",
          .doc = "Where values have to be inserted into a sorted 1-d array to keep it sorted.",
          .kind = OpKind::structured,
          .n_inputs = 3,
          .optional_inputs = {"sorter"},
          .attributes = {{"side", AttributeType::string, true}},
          .run = searchsorted_kernel,
          .infer = infer_searchsorted,
          .check = check_sorter,
          .checked_inputs = 0b100,
          .batch = batch_second_alone,
          .no_gradient = "the result is an index",
          .numpy = {"searchsorted"},
          .array_api = {"searchsorted"},
          .cost = 40,
      },

      OpSpec{
          .name = "unique",
          .doc = "The distinct elements, in ascending order.",
          .kind = OpKind::composite,
          .n_inputs = 2,
          .optional_inputs = {"starts_of_runs"},  // of the elements, which are sorted then
          .attributes = {{"equal_nan", AttributeType::boolean, false, 1},
                         {"sorted", AttributeType::boolean, false, 1},
                         {"length", AttributeType::integer, true}},
          .length = n_distinct,
          .lower = distinct,
          .numpy = {"unique"},
      },

      // Without NumPy elements on either side of the kth may come in another order than NumPy's.
      OpSpec{
          .name = "partition",
          .doc =
              "The elements along an axis with the kth where sorting puts it, smaller ones before.",
          .kind = OpKind::structured,
          .n_inputs = 2,
          .attributes = partition_attributes(),
          .run = partition_kernel,
          .infer = infer_partition,
          .check = check_kth,
          .checked_inputs = 0b10,
          .gradient = partition_gradient,
          .batch = batch_along_axis_of_first,
          .numpy = {"partition"},
          .method_changes_array = true,
          .gradient_reads_output = false,
          .cost = 20,
      },

      OpSpec{
          .name = "argpartition",
          .doc = "The indices that partition an axis (None: of the flattened array).",
          .kind = OpKind::structured,
          .n_inputs = 2,
          .attributes = partition_attributes(),
          .run = argpartition_kernel,
          .infer = infer_argpartition,
          .check = check_kth,
          .checked_inputs = 0b10,
          .batch = batch_along_axis_of_first,
          .no_gradient = "the result is an index",
          .numpy = {"argpartition"},
          .cost = 30,
      },

      OpSpec{
          .name = "lexsort",
          .doc = "The indices that sort by several keys, of which the last decides first.",
          .kind = OpKind::composite,
          .n_inputs = -1,
          .attributes = {{"axis", AttributeType::integer, false, -1}},
          .lower = order_by_keys,
          .no_gradient = "the result is an index",
          .numpy = {"lexsort"},
      },
  };
}

}  // namespace lazynp
