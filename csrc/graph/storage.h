// NumPy's aliasing on top of immutable nodes: a storage has versions, handles are views of it.
#pragma once
#include "csrc/graph/value.h"

namespace lazynp {

struct Handle;

// Memory that several handles alias. Made at the first view; until then a handle is just a node.
struct Storage {
  uint32_t references;
  uint32_t generation;  // counts the writes
  Node* current;        // the newest version of the whole base: never a view or a constant
  Handle* handles;      // the handles that cache a value (intrusive list)
  uint32_t n_exports;   // live foreign aliases (tokens) of our memory
  bool foreign;         // the memory was imported: its owner may write it at any time
  bool pinned;          // its address was read: shared for life
  Node* watched_value;  // SHARED: the version that gradients know, as long as the memory holds it
  // SHARED: somebody else may read or write the memory at any moment. `current` is then a leaf,
  // reads run when recorded and writes go straight to memory.
  bool is_shared() const { return foreign || pinned || n_exports > 0; }
};

// What an array object holds. `storage == nullptr`: the value is `node` and nothing aliases it.
struct Handle {
  Handle* previous;
  Handle* next;
  Node* node;  // the value; with a storage: a view's cached value, or nullptr
  Storage* storage;
  const Layout* view;  // of storage->current's buffer; nullptr: the handle is the whole base
  DType dtype;
  bool writeable;
  uint32_t generation;
};

void init_handle(Handle& handle, Node* node);  // takes a reference to node
void clear_storage_handle(Handle& handle);
inline void clear_handle(Handle& handle) {
  if (handle.storage) return clear_storage_handle(handle);
  Node* const node = std::exchange(handle.node, nullptr);
  if (!node) return;
  handle_detached(node);
  drop_reference(node);
}
Node* refreshed_value(Handle& handle);
// The value now (borrowed); evaluates nothing.
inline Node* current_value(Handle& handle) {
  return handle.storage ? refreshed_value(handle) : handle.node;
}
inline const Layout& layout_of(const Handle& handle) {  // offset and strides in the base's buffer
  return *(handle.view      ? handle.view
           : handle.storage ? handle.storage->current->layout
                            : handle.node->layout);
}
inline bool is_shared(const Handle& handle) {
  return handle.storage && handle.storage->is_shared();
}
Node* base_value(Handle& handle);  // of the whole base; borrowed
Storage& ensure_storage(Handle& handle);
// `result` (uninitialized) becomes the view `layout` (offset and strides in the base's buffer) of
// handle's memory.
void make_view(Handle& handle, LayoutRef layout, DType dtype, Handle& result);
// The handle sees its memory through another layout from now on (`a.shape = ...`).
void set_view(Handle& handle, LayoutRef layout, DType dtype);
// The handle's elements become `value`, which has the handle's dtype and broadcasts to its shape.
// SHARED memory is written at once, other memory gets a new version.
void write(Handle& handle, Value value);
// Same for a part of the handle's memory.
void write_part(Handle& handle, LayoutRef region, DType dtype, Value value);
// The whole base becomes `new_base`: same shape and dtype.
void replace_current(Handle& handle, Value new_base);
// Materializes, splits the version when pending readers need the old one, and counts an export:
// the caller owns a reference to handle.storage until it calls end_export.
Buffer* export_memory(Handle& handle);  // borrowed
void end_export(Storage& storage);      // drops that reference
void pin_memory(Handle& handle);        // SHARED for life
// The handle becomes a view of memory that was imported: `leaf` describes it.
void import_memory(Handle& handle, Value leaf);
bool elements_share_memory(const Layout& layout);  // broadcast, or windows that overlap
// A view shows `value`, which has its elements, until somebody writes the memory: watching a view
// whose elements share memory, each of which has a gradient of its own.
void cache_value(Handle& handle, const Value& value);
Node* separate_value(const Handle& handle);  // what cache_value set, or nullptr
// The elements of SHARED memory are those of `leaf` from now on, for gradients. False: not
// possible.
bool watch_shared_memory(Handle& handle, const Value& leaf);
// The address of element [0, 0, ...] when it may be written in place: materialized, native, and
// nobody else holds this version. Otherwise nullptr.
char* writable_in_place(Handle& handle);
// Drops every cached value, so that only pending readers keep an old version alive.
void forget_cached_values(Storage& storage);
bool share_memory(const Handle& a, const Handle& b);  // may overlap, by address range

void add_reference(Storage* storage);
void drop_reference(Storage* storage);

// What storages need from the layers above the graph; engine/storage_hooks.cpp fills it in.
struct StorageHooks {
  Value (*view)(const Value& base, LayoutRef layout, DType dtype);
  Value (*write_region)(const Value& base, LayoutRef region, const Value& value,
                        DType region_dtype);
  Value (*copy)(const Value& value, LayoutRef layout);
  bool (*is_view)(const Node* node);
  void (*evaluate)(Node* node);
  char* (*data_of)(Node* node);
};
extern StorageHooks storage_hooks;

}  // namespace lazynp
