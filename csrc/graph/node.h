// One value of the dataflow graph. A node never changes, except that it gets its buffer when run.
#pragma once
#include <cstdint>
#include <cstring>
#include <span>

#include "csrc/base/dtype.h"
#include "csrc/base/layout.h"
#include "csrc/base/ref.h"
#include "csrc/graph/buffer.h"

namespace lazynp {

struct OpSpec;      // opaque here: the graph knows no operation
struct Attributes;  // likewise

// Room for one element of any dtype.
union alignas(16) Scalar {
  char bytes[16];
  int64_t integer;
  uint64_t unsigned_integer;
  double real;
  double complex[2];
};

enum NodeFlags : uint8_t {
  watched = 1,            // on the way from a watched leaf: keeps its inputs after it has run
  in_flight = 2,          // a run without the runtime lock is computing it
  orphaned = 4,           // materialized, no handle left, kept alive by pending nodes (accounting)
  watched_leaf = 8,       // a leaf for gradients
  read_by_gradient = 16,  // watched, and a gradient rule reads the value: never donated
  cast_while_reduced = 32,  // reductions: NumPy casts the input in blocks of 8192 elements
  shared_memory = 64,       // a leaf whose memory others may write: its readers run when recorded
  gradient_result = 128,    // what gradients() returned: reading it is meant, though it is watched
};

struct Node {
  uint32_t references;
  DType dtype;
  uint8_t n_inputs;
  uint8_t flags;
  Weak weak;             // constants only: adapts to the other operands
  const OpSpec* op;      // nullptr: a leaf (has a buffer) or a constant (has `value`)
  const Layout* layout;  // of the value; a view's offset and strides refer to inputs[0]'s buffer
  Buffer* buffer;        // the value; nullptr while pending, and for constants and views
  const Attributes* attributes;  // nullptr: the op has none
  const Layout* region;          // write ops: the part of inputs[0] that inputs[1] replaces
  Node** inputs;                 // points at inline_inputs or to the heap
  union {
    Node* inline_inputs[3];
    Scalar value;  // constants
  };
  uint32_t source;             // interned recording position (file and line); 0 unknown
  uint8_t error_state;         // interned errstate at record
  uint8_t loop;                // index of the kernel's loop, chosen from the dtypes at record
  uint16_t n_handles;          // how many array handles show this value (accounting)
  uint32_t depth;              // longest pending chain below
  uint64_t sequence;           // order of recording: a topological order that follows the program
  uint32_t mark, index, uses;  // scratch of one walk, valid under the runtime lock
  uint64_t structure;          // what plans depend on; found when first asked for (pending.cpp)

  bool is_constant() const { return !op && !buffer; }
  bool is_leaf() const { return !op && buffer; }
  bool is_materialized() const { return buffer || !op; }
  std::span<Node* const> operands() const { return {inputs, n_inputs}; }
};

// The depth of placeholders, which have no value: what depends on one is deeper and cannot be run.
inline constexpr uint32_t placeholder_depth = uint32_t{1} << 31;
inline bool has_no_value(const Node* node) {
  return node->depth >= placeholder_depth && !node->is_materialized();
}
// Whether the node keeps its inputs: memory that others may write has to be copied for it.
inline bool keeps_inputs(const Node* node) { return (node->flags & watched) || has_no_value(node); }

// What is stamped on nodes as they are recorded; the Python door sets it before it records.
struct RecordContext {
  uint32_t source = 0;
  uint8_t error_state = 0;
};
extern RecordContext record_context;

// What a host that has warnings does while ops are recorded.
struct RecordHooks {
  void (*warn)(const char* text) = nullptr;   // a RuntimeWarning of the recording line; may throw
  uint8_t (*scalar_error_state)() = nullptr;  // error_state of what NumPy computes with scalars
};
extern RecordHooks record_hooks;

// Free nodes, linked through `op`, and what is counted as nodes come and go.
struct NodePool {
  Node* free_list = nullptr;
  int n_free = 0;
  int64_t n_live = 0;
  uint64_t last_sequence = 0;
};
extern NodePool node_pool;
Node* new_node_memory();        // from the heap; throws std::bad_alloc
inline Node* allocate_node() {  // zeroed but for references = 1
  Node* node = node_pool.free_list;
  if (node) [[likely]] {
    node_pool.free_list = reinterpret_cast<Node*>(const_cast<OpSpec*>(node->op));
    --node_pool.n_free;
  } else {
    node = new_node_memory();
  }
  std::memset(static_cast<void*>(node), 0, sizeof(Node));
  node->references = 1;
  node->sequence = ++node_pool.last_sequence;
  node->inputs = node->inline_inputs;
  node->source = record_context.source;
  node->error_state = record_context.error_state;
  ++node_pool.n_live;
  return node;
}
void release_attributes(const Attributes* attributes);  // defined beside Attributes
void free_nodes(Node* node);  // iterative: a chain of 10^6 nodes does not recurse
inline void add_reference(Node* node) { ++node->references; }
inline void drop_reference(Node* node) {
  if (--node->references == 0) free_nodes(node);
}
inline int64_t n_live_nodes() { return node_pool.n_live; }

uint32_t next_mark();  // a fresh value for `mark`, for one walk

// Memory that only pending nodes keep alive: what work put off costs beyond the work done at once.
extern int64_t orphaned_bytes;
void end_orphanage(Node* node);
void begin_orphanage(Node* node);
inline void handle_attached(Node* node) {     // an array handle shows `node`
  if (node->n_handles == UINT16_MAX) return;  // sticks: such a value counts as shown for ever
  if (node->n_handles++) return;
  if (node->flags & orphaned) end_orphanage(node);
}
inline void handle_detached(Node* node) {
  if (node->n_handles == 0 || node->n_handles == UINT16_MAX) return;
  if (--node->n_handles == 0 && node->buffer && node->references > 1 && !(node->flags & watched))
    begin_orphanage(node);  // (the history of watched values is kept on purpose)
}
void set_buffer(Node* node, Buffer* buffer);  // takes a reference
Buffer* take_buffer(Node* node);  // donation: the node loses its buffer; the caller owns it
void forget_inputs(Node* node);   // after it has run: history is kept for watched nodes only

}  // namespace lazynp
