// Vectors that hold their first elements themselves.
#include "csrc/base/small_vector.h"

#include "tests/cpp/check.h"

namespace {
using lazynp::SmallVector;
}

TEST(small_vectors_keep_their_elements_when_they_grow) {
  SmallVector<int, 3> x;
  for (int i = 0; i < 100; ++i) {
    x.push_back(i);
    CHECK(x.size() == static_cast<size_t>(i) + 1);
    CHECK(x[0] == 0 && x.back() == i);
  }
  int expected = 0;
  for (int value : x) CHECK(value == expected++);
  x.resize(2);
  x.push_back(x[1]);
  CHECK(x.size() == 3 && x[2] == 1);
}

TEST(small_vectors_take_an_element_of_their_own) {
  SmallVector<int, 2> x(2, 7);
  x.push_back(x[0]);
  CHECK(x.size() == 3 && x[2] == 7);
}

TEST(small_vectors_begin_with_a_value) {
  const SmallVector<char, 4> few(3, 'a'), many(50, 'b');
  CHECK(few.size() == 3 && few[2] == 'a');
  CHECK(many.size() == 50 && many[49] == 'b');
}
