// Truth values packed into the bits of bytes.
#include "csrc/cpu/packed_bits.h"

#include "csrc/ops/families.h"
#include "csrc/ops/rules.h"

namespace lazynp {

namespace {

void check_bit_order(const Attributes* attributes, int i) {
  const std::string_view order = string_or(attributes, i, "big");
  if (order != "big" && order != "little")
    fail(ErrorClass::value, "'order' must be either 'little' or 'big'");
}

// The axis, after None and arrays without axes made a flat one of x.
size_t axis_of(Value& x, const Attributes* attributes) {
  if (!is_given(attributes, 0) || x.ndim() == 0) x = flatten(x);
  const int64_t axis[] = {integer_or(attributes, 0, 0)};
  return static_cast<size_t>(normalized_axes(axis, x.ndim())[0]);
}

Inference bytes_like(const Value& x, Shape shape) {
  const bool is_f = x.layout().f_contiguous() && !x.layout().c_contiguous;
  return {DType::uint8, is_f ? f_layout(shape, 1) : c_layout(shape, 1)};
}

Inference infer_pack(Values& inputs, const Attributes* attributes) {
  Value& x = inputs[0];
  if (x.dtype() != DType::boolean && !is_integer(x.dtype()))
    fail(ErrorClass::type, "Expected an input array of integer or boolean data type");
  check_bit_order(attributes, 1);
  if (x.dtype() != DType::boolean) x = apply("not_equal", {x, constant(0)});
  const size_t axis = axis_of(x, attributes);
  Extents shape = extents(x.shape());
  shape[axis] = (shape[axis] + 7) / 8;
  return bytes_like(x, shape);
}

Inference infer_unpack(Values& inputs, const Attributes* attributes) {
  Value& x = inputs[0];
  if (x.dtype() != DType::uint8)
    fail(ErrorClass::type, "Expected an input array of unsigned byte data type");
  check_bit_order(attributes, 2);
  const size_t axis = axis_of(x, attributes);
  Extents shape = extents(x.shape());
  const int64_t n_bits = 8 * shape[axis], count = integer_or(attributes, 1, n_bits);
  shape[axis] = count < 0 ? n_bits + count : count;
  if (shape[axis] < 0) fail(ErrorClass::value, "-count larger than number of elements");
  return bytes_like(x, shape);
}

}  // namespace

std::vector<OpSpec> packed_bits_ops() {
  using enum AttributeType;
  return {
      OpSpec{
          .name = "packbits",
          .doc = "Truth values along an axis (None: of the flattened array), eight in a byte.",
          .kind = OpKind::structured,
          .attributes = {{"axis", integer, true}, {"bitorder", string, true}},
          .run = pack_bits_kernel,
          .infer = infer_pack,
          .no_gradient = "the result is bytes",
          .numpy = {"packbits"},
      },
      OpSpec{
          .name = "unpackbits",
          .doc = "The bits of bytes along an axis (None: of the flattened array), one in a byte.",
          .kind = OpKind::structured,
          .attributes = {{"axis", integer, true},
                         {"count", integer, true},
                         {"bitorder", string, true}},
          .run = unpack_bits_kernel,
          .infer = infer_unpack,
          .no_gradient = "the result is bits",
          .numpy = {"unpackbits"},
      },
  };
}

}  // namespace lazynp
