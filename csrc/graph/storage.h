// NumPy's aliasing on top of immutable nodes: a storage has versions, handles are views of it.
#pragma once
#include "csrc/graph/value.h"

namespace lazynp {

struct Handle;

// Memory that several handles alias. Made at the first view; until then a handle is just a node.
struct Storage {
  uint32_t references;
  uint32_t generation;      // counts the writes
  Node* current;            // the newest version of the whole base
  Handle* handles;          // every handle on this storage (intrusive list)
  uint32_t n_exports;       // live foreign aliases (tokens) of our memory
  bool foreign;             // the memory was imported: its owner may write it at any time
  bool pinned;              // its address was read: shared for life
  // SHARED: somebody else may read or write the memory at any moment. `current` is then a leaf,
  // reads run when recorded and writes go straight to memory.
  bool is_shared() const { return foreign || pinned || n_exports > 0; }
};

// What an array object holds. `storage == nullptr`: the value is `node` and nothing aliases it.
struct Handle {
  Handle* previous;
  Handle* next;
  Node* node;               // cached value; nullptr or stale when generation differs
  Storage* storage;
  const Layout* view;       // of storage->current's buffer; nullptr: the handle is the whole base
  DType dtype;
  bool writeable;
  uint32_t generation;
};

void init_handle(Handle& handle, Node* node);        // takes a reference to node
void clear_handle(Handle& handle);
Node* current_value(Handle& handle);                 // borrowed; re-reads after writes
const Layout& layout_of(const Handle& handle);       // O(1), never evaluates
bool is_shared(const Handle& handle);
Storage& ensure_storage(Handle& handle);
// `result` becomes the view `layout` (offset and strides in the base's buffer) of handle's memory.
void make_view(Handle& handle, LayoutRef layout, DType dtype, Handle& result);
// The view's elements become `value` (same shape and dtype as the view). SHARED memory is written
// at once, other memory gets a new version.
void write(Handle& handle, Value value);
// Same for ops that compute a new version of the handle's whole base.
void replace_current(Handle& handle, Value new_base);
// Materializes, splits the version when pending readers need the old one, and counts an export.
Buffer* export_memory(Handle& handle);               // borrowed
void end_export(Storage& storage);
// Drops every cached value, so that only pending readers keep an old version alive.
void forget_cached_values(Storage& storage);
bool share_memory(const Handle& a, const Handle& b); // may overlap, by address range

void add_reference(Storage* storage);
void drop_reference(Storage* storage);

}  // namespace lazynp
