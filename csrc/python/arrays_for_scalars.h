// Results without dimensions are NumPy's scalars, or arrays as the array API standard asks.
#pragma once

namespace lazynp::python {

// While one lives, what this thread records without dimensions is an array, and stays lazy.
class ArraysForScalars {
 public:
  ArraysForScalars();
  ~ArraysForScalars();
  ArraysForScalars(const ArraysForScalars&) = delete;
  ArraysForScalars& operator=(const ArraysForScalars&) = delete;

 private:
  bool before_;
};

}  // namespace lazynp::python
