// Arrays that broadcast_arrays returned: they can be written, but NumPy warns at the first write.
#pragma once
#include "csrc/python/array.h"

namespace lazynp::python {

constexpr int numpys_warning_flag = 1 << 31;  // NPY_ARRAY_WARN_ON_WRITE, which NumPy keeps private

// Their handle is not writeable, so that writes of the usual arrays pay nothing.
bool warns_on_write(ArrayObject* array);
void set_warns_on_write(ArrayObject* array, bool warns);
// What is written is written to an array without the warning from then on. False: exception set.
bool warn_of_write(ArrayObject* array);

}  // namespace lazynp::python
