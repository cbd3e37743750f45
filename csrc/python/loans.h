// What one call lends NumPy in place of our objects, and how its results come back.
#pragma once
#include <unordered_map>
#include <vector>

#include "csrc/python/array_parts.h"

namespace lazynp::python {

// The arrays that one call lends: NumPy's array and ours, both owned.
struct Loan {
  Owned theirs, ours;
  bool is_phantom;
  Loan(PyObject* theirs, PyObject* ours, bool is_phantom = false)
      : theirs(theirs), ours(ours), is_phantom(is_phantom) {}
};
struct Loans : std::vector<Loan> {
  bool only_layouts = false;  // NumPy gets arrays whose memory it must not read: nothing is run
  bool with_scalar_values = false;   // but for LazyScalars, whose values NumPy gets all the same
  bool lent_scalar_layouts = false;  // it got zeros for some
  bool with_array_likes = false;     // objects with __array__ get a stand-in, too
  std::vector<Owned> array_likes;    // the stand-ins
};
extern PyObject* array_like_class;  // makes a stand-in of such an object

// Objects of ours that are not arrays (ufuncs, functions, types) and what NumPy gets for them.
std::unordered_map<PyObject*, PyObject*>& stand_ins();

// What NumPy gets for `x`, containers item by item; new reference. Evaluates the arrays.
PyObject* lend(PyObject* x, Loans& loans);
// Whether there is anything to take in what NumPy returned.
bool holds_array(PyObject* x);
// What the program gets for a result of NumPy's; `is_unshared`: nobody else can reach its memory.
PyObject* take(Owned x, const Loans& loans, bool is_unshared);

// Adopts an ndarray whose memory, gaps between its elements included, nobody else can reach.
PyObject* adopt_unreachable(PyObject* ndarray);

}  // namespace lazynp::python
