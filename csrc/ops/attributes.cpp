// Attribute blocks: one header word per attribute, then the payload of lists and strings.
#include "csrc/ops/attributes.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "csrc/base/error.h"
#include "csrc/graph/node.h"

namespace lazynp {

namespace {
// Header word: type (8 bits), length in bytes (24), first payload word (32).
int64_t header(AttributeType type, int64_t n_bytes, int64_t first) {
  return static_cast<int64_t>(type) | n_bytes << 8 | first << 32;
}
int64_t length_of(int64_t word) { return (word >> 8) & 0xffffff; }
int64_t first_of(int64_t word) { return word >> 32; }
}  // namespace

AttributeType Attributes::type(int i) const { return static_cast<AttributeType>(words[i] & 0xff); }
bool Attributes::has(int i) const { return i < n_attributes && type(i) != AttributeType::none; }
int64_t Attributes::integer(int i) const { return words[first_of(words[i])]; }
double Attributes::real(int i) const {
  if (type(i) == AttributeType::integer) return static_cast<double>(integer(i));
  double value;
  std::memcpy(&value, &words[first_of(words[i])], sizeof value);
  return value;
}
bool Attributes::boolean(int i) const { return integer(i) != 0; }
DType Attributes::dtype(int i) const { return static_cast<DType>(integer(i)); }
std::span<const int64_t> Attributes::integers(int i) const {
  return {words + first_of(words[i]), static_cast<size_t>(length_of(words[i]) / 8)};
}
uint64_t axes_mask(const Attributes& attributes, int i, int ndim) {
  if (!attributes.has(i)) return ndim == 64 ? ~uint64_t{0} : (uint64_t{1} << ndim) - 1;
  uint64_t axes = 0;
  for (int64_t axis : attributes.integers(i)) {
    const uint64_t bit = uint64_t{1} << normalized_axis(axis, ndim);
    if (axes & bit) fail(ErrorClass::value, "duplicate value in 'axis'");
    axes |= bit;
  }
  return axes;
}

std::string_view Attributes::string(int i) const {
  return {reinterpret_cast<const char*>(words + first_of(words[i])),
          static_cast<size_t>(length_of(words[i]))};
}

void free_attributes(Attributes* attributes) { std::free(attributes); }
void release_attributes(const Attributes* attributes) { drop_reference(attributes); }

void AttributeWriter::put(AttributeType type, const void* data, int64_t n_bytes) {
  LNP_ASSERT(n_attributes_ < 16);
  const int64_t n_words = (n_bytes + 7) / 8;
  if (n_payload_ + n_words > 512)
    fail(ErrorClass::value, "lazynp: an attribute of an operation is too long");
  header_[n_attributes_++] = header(type, n_bytes, n_payload_);
  if (n_words) payload_[n_payload_ + n_words - 1] = 0;
  if (n_bytes) std::memcpy(payload_ + n_payload_, data, static_cast<size_t>(n_bytes));
  n_payload_ += static_cast<int>(n_words);
}

AttributeWriter& AttributeWriter::none() { return put(AttributeType::none, nullptr, 0), *this; }
AttributeWriter& AttributeWriter::integer(int64_t value) {
  return put(AttributeType::integer, &value, 8), *this;
}
AttributeWriter& AttributeWriter::real(double value) {
  return put(AttributeType::real, &value, 8), *this;
}
AttributeWriter& AttributeWriter::boolean(bool value) {
  const int64_t word = value;
  return put(AttributeType::boolean, &word, 8), *this;
}
AttributeWriter& AttributeWriter::dtype(DType value) {
  const int64_t word = static_cast<int64_t>(value);
  return put(AttributeType::dtype, &word, 8), *this;
}
AttributeWriter& AttributeWriter::integers(std::span<const int64_t> values) {
  return put(AttributeType::integers, values.data(), static_cast<int64_t>(values.size_bytes())),
         *this;
}
AttributeWriter& AttributeWriter::string(std::string_view value) {
  return put(AttributeType::string, value.data(), static_cast<int64_t>(value.size())), *this;
}

AttributeWriter& AttributeWriter::copy_of(const Attributes* attributes, int i) {
  const int64_t word = attributes->words[i];
  return put(attributes->type(i), attributes->words + first_of(word), length_of(word)), *this;
}

AttributeWriter& AttributeWriter::default_of(const Attribute& attribute) {
  if (attribute.optional && attribute.none_by_default) return none();
  switch (attribute.type) {
    case AttributeType::integer: return integer(attribute.default_integer);
    case AttributeType::real: return real(attribute.default_real);
    case AttributeType::boolean: return boolean(attribute.default_integer != 0);
    case AttributeType::dtype: return dtype(static_cast<DType>(attribute.default_integer));
    case AttributeType::integers: return integers({});
    case AttributeType::string: return string({});
    case AttributeType::none: break;
  }
  return none();
}

AttributeWriter& AttributeWriter::copy_of(const Attributes& attributes, int i) {
  const int64_t word = attributes.words[i];
  return put(attributes.type(i), attributes.words + first_of(word), length_of(word)), *this;
}

AttributesRef AttributeWriter::finish() {
  const int n_words = n_attributes_ + n_payload_;
  auto* block = static_cast<Attributes*>(
      std::malloc(sizeof(Attributes) + sizeof(int64_t) * static_cast<size_t>(n_words)));
  if (!block) throw std::bad_alloc();
  block->references = 1;
  block->n_attributes = static_cast<uint16_t>(n_attributes_);
  block->n_words = static_cast<uint16_t>(n_words);
  for (int i = 0; i < n_attributes_; ++i)
    block->words[i] = header_[i] + (static_cast<int64_t>(n_attributes_) << 32);
  std::memcpy(block->words + n_attributes_, payload_,
              sizeof(int64_t) * static_cast<size_t>(n_payload_));
  return AttributesRef::adopt(block);
}

}  // namespace lazynp
