#include "csrc/ops/placeholder.h"

#include "csrc/ops/families.h"
#include "csrc/ops/rules.h"

namespace lazynp {

namespace {

[[noreturn]] void refuse_to_run(const KernelCall&) {
  fail(ErrorClass::lazy,
       "lazynp: vmap: this line needs a value, but what depends on a mapped argument has one for "
       "every element of the batch, and none here (nor later, in an array outside that it was "
       "written to); use lazynp.where in place of `if` and of masks, return what is to be printed "
       "or converted, or take the line out of the mapped function");
}

Inference infer_placeholder(Values&, const Attributes* attributes) {
  const DType dtype = attributes->dtype(1);
  return {dtype, c_layout(attributes->integers(0), size_of(dtype))};
}

}  // namespace

Value placeholder(Shape shape, DType dtype) {
  static const OpSpec& op = op_named("placeholder");
  Value value = apply(op, {}, AttributeWriter().integers(shape).dtype(dtype).finish());
  value.node()->depth = placeholder_depth;
  return value;
}

std::vector<OpSpec> placeholder_ops() {
  return {
      OpSpec{
          .name = "placeholder",
          .doc = "What stands for each element of a batch while vmap records a function.",
          .kind = OpKind::structured,
          .n_inputs = 0,
          .attributes = {{"shape", AttributeType::integers}, {"dtype", AttributeType::dtype}},
          .run = refuse_to_run,
          .infer = infer_placeholder,
          .is_part = true,
          .no_gradient = "it has no array input",
      },
  };
}

}  // namespace lazynp
