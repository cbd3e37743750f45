// Running a plan: what its parts share. A run decides nothing but where memory lies.
#pragma once
#include <vector>

#include "csrc/base/copy_elements.h"
#include "csrc/base/small_vector.h"
#include "csrc/engine/evaluate.h"
#include "csrc/engine/plan.h"
#include "csrc/engine/register_chain.h"

namespace lazynp {

// Where a node's elements lie during one run.
struct Slot {
  char* start;  // of the buffer
  char* data;   // of element [0, 0, ...]
  const Layout* layout;
  Buffer* buffer;  // a reference that the run holds: outputs and temporaries
};

struct Run {
  const Plan* plan;
  Node* const* nodes;
  std::vector<Slot> slots;
  int* float_flags =
      nullptr;  // per node: FE_* bits seen (updated atomically); nullptr: nobody asks
  bool may_leave_lock = false;

  Slot& slot(int i) { return slots[static_cast<size_t>(i)]; }
  const PlanNode& plan_node(int i) const { return plan->graph.nodes[static_cast<size_t>(i)]; }
  // What was raised since the last call is the node's; -1: nobody's, the op does not warn.
  void note_float_flags(int node) {
    if (float_flags) take_float_flags(node);
  }
  void take_float_flags(int node);
};
void clear_float_flags();
int raised_float_flags();  // FE_* bits since the last call; clears them
// A single elementwise op on short rows of values at hand needs no plan. False: not such a case.
bool run_single_op(Node* node, int64_t& n_bytes_read);

// Bytes of the arrays that an operation reads; the array that a write changes is not read.
inline int64_t bytes_of_inputs(const Node* node) {
  int64_t n_bytes = 0;
  for (int k = node->op->kind == OpKind::write; k < node->n_inputs; ++k) {
    const Node* const input = node->inputs[k];
    if (!input->is_constant()) n_bytes += input->layout->size * input->layout->itemsize;
  }
  return n_bytes;
}

// One memory operand in the loop nest of a group: base address and bytes per step of each axis.
struct NestOperand {
  char* data;
  int64_t strides[max_ndim];
  bool aligned;
  bool buffered;  // NumPy's iterator copies it before the loop sees it
  uint8_t itemsize;
};

// How NumPy's buffered iterator divides a nest among calls of an inner loop.
struct Calls {
  int first_axis = 0;      // a call walks along axes [first_axis, ndim)
  int64_t n_walked = 1;    // elements of those axes
  int64_t n_per_call = 1;  // the last call has the rest
};

// The axes of a group after those have been joined that all operands walk through alike. Outermost
// first. Tiles run along the last one, or, where that is short, along one before it: they hold all
// of the axes behind theirs.
struct Nest {
  int ndim = 0;
  int64_t extents[max_ndim];
  SmallVector<NestOperand, 6> operands;
  SmallVector<uint8_t, 8> is_reduced;  // reductions: per axis
  Calls calls;
  int tile_axis = 0;
  int64_t per_index = 1;  // elements of a tile for each of its indices of that axis
  int64_t n_outer() const {
    int64_t n = 1;
    for (int i = 0; i < tile_axis; ++i) n *= extents[i];
    return n;
  }
  int64_t inner() const { return ndim ? extents[ndim - 1] : 1; }
  // Whether an operand advances by its innermost stride all through a tile.
  bool is_even(const NestOperand& operand) const {
    for (int i = tile_axis; i + 1 < ndim; ++i)
      if (operand.strides[i] != operand.strides[i + 1] * extents[i + 1]) return false;
    return true;
  }
};

// `order_by`: the layout whose strides say which axis is innermost.
void make_nest(Nest& nest, const Layout& space, const Layout& order_by,
               std::span<const Slot* const> operands, uint64_t reduced_axes);
// Lets tiles of a map hold several short rows where gathering them costs less than calls for each.
void widen_tiles(Nest& nest, const Group& group);

struct BoundLoop {
  LoopFunction function;
  void* data;
};
BoundLoop bind_loop(const OpSpec& op, int loop);
bool uses_host_loops(const Group& group);

// The instructions of a group on one tile. Instances belong to one thread.
class TileRunner {
 public:
  TileRunner(Run& run, const Group& group, const Nest& nest);
  // n elements from `addresses` on, along the nest's tile axis.
  void run(char* const* addresses, int64_t n);
  char* register_data(int i) const;
  int64_t tile_size() const { return tile_size_; }

 private:
  struct Step {
    BoundLoop loop;
    int node;
    int n_arguments;
    int operands[max_loop_inputs + 1];  // >= 0: nest operand; < 0: register -1 - i
    intptr_t strides[max_loop_inputs + 1];
  };
  Run& run_;
  const Group& group_;
  const Nest& nest_;
  // An operand that loops cannot take as it lies, and the register that stands for it.
  struct Gathered {
    int operand, index;
    bool is_written;
  };
  int find_gathered();
  void bind_steps();
  void put_chains_together();
  void move(const Gathered& gathered, char* memory, int64_t n) const;
  // Instructions [first, end): a chain, or one that is called.
  struct Part {
    size_t first, end;
    int chain;  // its number, or -1
  };
  Row row(char* const* addresses, size_t instruction, int argument) const {
    const Step& step = steps_[instruction];
    const int operand = step.operands[argument];
    return {operand >= 0 ? addresses[operand] : register_data(-1 - operand),
            step.strides[argument]};
  }
  bool run_chain(const Part& part, char* const* addresses, int64_t n);

  SmallVector<Step, 8> steps_;  // one per instruction
  SmallVector<Part, 8> parts_;
  std::vector<RegisterChain> chains_;
  SmallVector<Gathered, 8> gathered_;
  char *registers_, *spare_;
  int64_t tile_size_, register_bytes_;
};

int64_t tile_elements();  // of eight bytes
int64_t tile_elements(const Group& group);
// How many of n elements of a group another thread is worth its while for: some 15 us of work, and
// no more chunks than are needed to keep all threads at work to the end.
int64_t elements_per_chunk(const Group& group, int64_t n);
void run_map(Run& run, const Group& group, const Layout& space);
// Says which operands NumPy would buffer, and what one call of its loop would compute.
Calls divide_into_calls(Nest& nest);
bool depends_on_calls(const Group& group);
void run_calls(Run& run, const Group& group, const Layout& space);
void run_reduce(Run& run, const Group& group);
// Groups [first, end) of the plan that can run together, one block of rows after the other, so that
// what they hand over stays in the cache. end == first + 1: just the one group.
size_t row_block_end(const Run& run, size_t first);
void run_row_blocks(Run& run, size_t first, size_t end);
// The same where they read each other's results a few rows off. Of these only the last group's get
// memory of the run; the others' are never there as a whole.
size_t row_band_end(const Run& run, size_t first);
void run_row_bands(Run& run, size_t first);
void run_structured(Run& run, const Group& group);

}  // namespace lazynp
