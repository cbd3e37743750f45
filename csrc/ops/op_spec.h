// What one operation is. Everything lazynp knows about an op is a field of its block.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "csrc/base/error.h"
#include "csrc/graph/value.h"
#include "csrc/ops/attributes.h"
#include "csrc/ops/kernel.h"

namespace lazynp {

enum class OpKind : uint8_t {
  elementwise,  // one scalar expression over broadcast inputs
  reduction,    // an elementwise binary op folded over axes
  view,         // another layout of inputs[0]'s memory
  write,        // inputs[0] with `region` replaced by inputs[1] (broadcast to it)
  structured,   // a kernel of its own
  composite,    // `lower` writes it with other ops; never becomes a node
};

// Points at which the tests evaluate the op; lo < x < hi is inside its domain.
struct Samples {
  double lo = -2, hi = 2;
};

struct GradientArguments {
  std::span<const Value> inputs;
  const Value& output;
  const Value& gy;  // gradient with respect to the output
  const Attributes* attributes;
  const Node& node;
};
// One gradient per input; an empty Value means zero. Broadcasting is undone by the caller.
using GradientRule = Values (*)(const GradientArguments&);
// Another op that NumPy's operator, though not its ufunc, takes for a number as second operand; or
// nullptr.
using OperatorRule = const OpSpec* (*)(DType dtype, double number, bool is_integer);
using LowerRule = Value (*)(std::span<const Value> inputs, const Attributes* attributes);
using LowerResultsRule = Values (*)(std::span<const Value> inputs);
// Another op that gives the same values, or an empty Value (may look at constants).
using RewriteRule = Value (*)(std::span<const Value> inputs, const Attributes* attributes);
// The value as NumPy computes it into memory of layout `out`, or an empty Value: as anywhere.
using OutputRule = Value (*)(std::span<const Value> inputs, const Layout& out);
// An integer that the inputs' values decide, which becomes the op's last attribute: how long the
// result is. It is computed when the op is recorded.
// May replace inputs by what it computed of them, so that nothing is computed twice.
using LengthRule = Value (*)(Values& inputs, const Attributes* attributes);
// A node that was recorded for one element of a batch, and its inputs for the whole batch: those
// that are batched have one more axis, of extent `size`, in front.
struct BatchArguments {
  const Node& node;
  std::span<const Value> inputs;
  std::span<const uint8_t> is_batched;
  int64_t size;
};
// The node for the whole batch, or an empty Value: the op is to be applied to each element.
using BatchRule = Value (*)(const BatchArguments&);
// What has to hold for the values of an input, given as int64; throws where NumPy raises.
struct Checked {
  size_t input;
  const char* data;
  const Layout& layout;
};
using CheckRule = void (*)(const Checked& checked, std::span<const Value> inputs,
                           const Attributes* attributes);
// Result dtype and shape of ops that are not elementwise. May replace inputs (casts).
struct Inference {
  DType dtype;
  LayoutRef layout;
};
using InferRule = Inference (*)(Values& inputs, const Attributes* attributes);

// The layout in which an op of kind view shows its input's memory (offset and strides in the same
// buffer), and its dtype; an empty layout means that NumPy would copy here.
struct ViewResult {
  LayoutRef layout;
  DType dtype;
};
using LayoutRule = ViewResult (*)(const Layout& input, DType dtype, const Attributes* attributes);

// Also of structured ops: scans say whose running totals they are, scatters (`updates_input`) what
// they do to the elements that they reach.
struct ReductionSpec {
  const char* combine = nullptr;  // the elementwise op that is folded: "add", "maximum", ...
  bool has_identity = false;      // an empty axis gives `identity`; otherwise ValueError
  double identity = 0;
  bool promote_small_integers = false;  // sum, prod: at least int64/uint64
  bool to_bool = false;                 // any, all: inputs are tested for truth first
};

// Ops on parts of arrays, as NumPy's generalized ufuncs, and ops of several results. Where the
// block has no `infer` that follows from it: the inputs are cast to the first loop that takes them,
// their outer axes broadcast, and the results lie as NumPy's do.
struct GufuncSpec {
  const char* signature = nullptr;   // "(m,m),(m,n)->(m,n)"; the axes of a number: "()". An extent
                                     // that only results have is the lesser one of the first input
  std::vector<const char*> loops{};  // "dd->d", as in NumPy's `types`
  const char* numpy = nullptr;       // "numpy.linalg._umath_linalg.inv": without a public name
  bool changes_input = false;        // NumPy's stores the first result in its input
  int n_results = 1;                 // filled by the registry
};

struct OpSpec {
  const char* name;
  const char* doc;  // one line, ends with a full stop
  OpKind kind = OpKind::elementwise;
  int n_inputs = 1;                            // -1: any number
  std::vector<const char*> optional_inputs{};  // NumPy's names of the last ones, where it has them
  std::vector<Attribute> attributes{};
  Kernel kernel{};                   // elementwise; structured: the dtypes and NumPy's loops
  ReductionSpec reduction{};         // reduction; attributes are axes, keepdims
  StructuredFunction run = nullptr;  // structured
  InferRule infer = nullptr;         // structured, creation
  GufuncSpec gufunc{};               // structured
  LengthRule length = nullptr;       // of the last attribute, where it is not given
  CheckRule check = nullptr;         // when the op is recorded
  uint8_t checked_inputs = 0xff;     // bit i: input i (7: and those after it)
  LowerRule lower = nullptr;         // composite
  LowerResultsRule lower_results =
      nullptr;                       // composite of several results: each is an op that fuses
  bool is_part = false;              // of another op, which records it: no name in Python
  LayoutRule layout_rule = nullptr;  // view: reshape, transpose, ...; apply() records a view node
  bool may_copy = false;             // view: NumPy copies where no layout shows the result
  bool read_only_view = false;       // view: NumPy hands it out read-only
  bool indexes = false;              // view: NumPy's is an index, which makes scalars of 0-d arrays
  RewriteRule rewrite = nullptr;
  OutputRule rewrite_for_output = nullptr;
  GradientRule gradient = nullptr;
  BatchRule batch = nullptr;          // structured ops without a signature (batch_rules.h)
  const char* no_gradient = nullptr;  // why a float op has none
  std::vector<const char*>
      numpy{};  // NumPy names it serves; the first is the ufunc's or function's
  const char* python_operator = nullptr;  // as Python's module `operator` names it
  OperatorRule op_of_operator = nullptr;  // where NumPy's operator takes another op at times
  // The name in NumPy of what its function is when it is given its first argument alone.
  const char* with_first_argument = nullptr;
  bool creates = false;               // makes an array whatever its operands are
  bool method_changes_array = false;  // NumPy's method of that name stores the result in its array
  int method_input = 0;               // the input that is the array of that method
  bool function_changes_array = false;  // so does its function, in its first argument
  bool gives_scalars = false;           // 0-d results are scalars, of 0-d operands, too
  // Whether NumPy's result is the view of an array that nobody else has.
  bool (*gives_view)(const Attributes*) = nullptr;
  bool gives_parts = false;  // NumPy gives a tuple of what lies along the result's last axis
  // Of a function of NumPy's that shows none: "(x, xp, fp, left=None, right=None)".
  const char* signature = nullptr;
  bool takes_sequences = true;  // false: NumPy asks the inputs for attributes that only arrays have
  std::vector<const char*> array_api{};
  // Attributes that the standard's function has as keywords, but NumPy's does not.
  std::vector<const char*> array_api_keywords{};
  std::vector<const char*> scipy_special{};
  Samples samples{};
  double max_ulp = 0;  // of the native kernel; 0: same bits as NumPy
  bool commutative = false;
  bool tells_inputs_apart = false;  // has other bits where two inputs are one array
  bool may_warn = false;            // floating-point warnings
  bool may_raise = false;           // depends on values: runs at record
  const char* warning_name =
      nullptr;             // in floating-point warnings, where not numpy[0]: "cast", "accumulate"
  int updates_input = -1;  // structured: changes a copy of this input in place
  uint8_t gradient_reads_inputs = 0xff;  // bit i: the gradient rule reads input i
  bool gradient_reads_output = true;
  double cost = 1;  // rough cycles per element
  // filled by the registry
  int index = -1;
  uint8_t loop_of_dtype[n_dtypes] = {};  // common input dtype -> loop (255: none)
  // The loop for inputs that all have this dtype, where it takes them as they are (255: none).
  uint8_t direct_loop[n_dtypes] = {};
  bool has_raising_loops = false;  // loops of some dtypes may refuse values
  uint8_t fixed_inputs = 0;        // bit i: input i has the same dtype in every loop
  const OpSpec* combine = nullptr;
};

// One list per family; registry.cpp joins them.
using Family = std::vector<OpSpec> (*)();
std::span<const OpSpec> registry();
const OpSpec* find_op(std::string_view name);  // nullptr when unknown
const OpSpec& op_named(std::string_view name);
OpSpec& mutable_op(int index);  // host loops are added at import

// Records `op`. Infers dtype, shape and memory order; throws NumPy's errors; computes nothing.
Value apply(const OpSpec& op, std::span<const Value> inputs, AttributesRef attributes = {});
inline Value apply(const OpSpec& op, std::initializer_list<Value> inputs,
                   AttributesRef attributes = {}) {
  return apply(op, std::span<const Value>(inputs.begin(), inputs.size()), std::move(attributes));
}
Value apply(std::string_view op, std::initializer_list<Value> inputs,
            AttributesRef attributes = {});
// The same for ops of several results. They are views of one node, whose memory holds one after the
// other, or what `lower_results` makes. `loop` is one of op.gufunc.loops to which the inputs cast;
// -1: the first one.
Values apply_results(const OpSpec& op, std::span<const Value> inputs, int loop = -1);
// `value`, which is `op` of `inputs`, as NumPy computes it into `out`.
Value for_output(const OpSpec& op, Value value, std::span<const Value> inputs, const Layout& out,
                 DType out_dtype);
// Fast paths of the same for one or two inputs (borrowed nodes).
Node* apply_unary(const OpSpec& op, Node* x);
Node* apply_binary(const OpSpec& op, Node* x1, Node* x2);
// The same for ops of kind reduction without a rewrite rule; all attributes are given.
Node* apply_reduction(const OpSpec& op, Node* x, AttributesRef attributes);
// An array with a Python number, which becomes a constant of the array's dtype; only where
// takes_number() says so.
Node* apply_with_number(const OpSpec& op, Node* array, double number, bool number_first);
inline bool takes_number(const OpSpec& op, const Node* array) {
  return op.direct_loop[static_cast<int>(array->dtype)] != 255 && array->weak == Weak::no &&
         array->layout->fresh && is_inexact(array->dtype);
}
// Elementwise with chosen computation dtype and casting already checked by the caller.
Value apply_loop(const OpSpec& op, int loop, std::span<const Value> inputs);

// The ops that move elements: converting (also copies), other layouts, replacing a region.
const OpSpec& cast_op();
const OpSpec& view_op();
const OpSpec& write_op();
uint8_t cast_loop(DType from, DType to);  // of cast_op()
AttributesRef default_attributes(const OpSpec& op);

// Layout ops all record view_op(); `layout` refers to the base's buffer.
Value view(const Value& base, LayoutRef layout, DType dtype);
Value write_region(const Value& base, LayoutRef region, const Value& value, DType region_dtype);
Value astype(const Value& x, DType dtype);
Value broadcast_to(const Value& x, Shape shape);
Value reshape(const Value& x, Shape shape);  // a view where NumPy gives one, else a copy
Value transpose(const Value& x, std::span<const int> axes);
Value copy(const Value& x);  // dense, own memory, NumPy's order='K'
Value copy_as(const Value& x, LayoutRef layout, DType dtype);  // dense `layout` of x's shape
Value full(Shape shape, DType dtype, const Value& fill);
Value sum_to_shape(const Value& x, Shape shape);  // undoes broadcasting
Value reduce(const OpSpec& op, const Value& x, std::span<const int> axes, bool keepdims,
             DType dtype = DType::none);

Value operator+(const Value& a, const Value& b);
Value operator-(const Value& a, const Value& b);
Value operator*(const Value& a, const Value& b);
Value operator/(const Value& a, const Value& b);
Value operator-(const Value& a);

}  // namespace lazynp
