// The attributes of one recorded op: an immutable, comparable block of words.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "csrc/base/dtype.h"
#include "csrc/base/layout.h"
#include "csrc/base/ref.h"

namespace lazynp {

enum class AttributeType : uint8_t { none, integer, real, boolean, string, dtype, integers };

// What an op declares: name, type and default, in NumPy's parameter order.
struct Attribute {
  const char* name;
  AttributeType type;
  bool optional = false;        // None allowed (and the default, unless none_by_default is false)
  int64_t default_integer = 0;  // also boolean and dtype
  double default_real = 0;
  bool none_by_default = true;
};

struct Attributes {
  uint32_t references;
  uint16_t n_attributes;
  uint16_t n_words;  // header words (one per attribute) and payload
  int64_t words[1];

  bool has(int i) const;  // false: None
  int64_t integer(int i) const;
  double real(int i) const;  // also of an attribute written as an integer
  bool boolean(int i) const;
  DType dtype(int i) const;
  std::span<const int64_t> integers(int i) const;
  std::string_view string(int i) const;
  AttributeType type(int i) const;
  std::span<const int64_t> all_words() const { return {words, n_words}; }
};
inline void add_reference(const Attributes* a) { ++const_cast<Attributes*>(a)->references; }
void free_attributes(Attributes* attributes);
inline void drop_reference(const Attributes* a) {
  if (--const_cast<Attributes*>(a)->references == 0) free_attributes(const_cast<Attributes*>(a));
}
using AttributesRef = Ref<const Attributes>;

// The axes that attribute i of an op on `ndim` axes names, one bit each; None: all. Throws NumPy's
// errors.
uint64_t axes_mask(const Attributes& attributes, int i, int ndim);

// Writes attributes in declaration order, without allocating before finish().
class AttributeWriter {
 public:
  AttributeWriter& none();
  AttributeWriter& integer(int64_t value);
  AttributeWriter& real(double value);
  AttributeWriter& boolean(bool value);
  AttributeWriter& dtype(DType value);
  AttributeWriter& integers(std::span<const int64_t> values);
  AttributeWriter& string(std::string_view value);
  AttributeWriter& copy_of(const Attributes* attributes, int i);
  AttributeWriter& default_of(const Attribute& attribute);
  AttributeWriter& copy_of(const Attributes& attributes, int i);
  AttributesRef finish();

 private:
  int n_attributes_ = 0, n_payload_ = 0;
  int64_t header_[16];
  int64_t payload_[512];
  void put(AttributeType type, const void* data, int64_t n_bytes);
};

}  // namespace lazynp
