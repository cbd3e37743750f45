// Versions, views and SHARED memory: what a write replaces, who sees it, and when.
#include "csrc/graph/storage.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <vector>

#include "csrc/base/copy_elements.h"
#include "csrc/base/error.h"

namespace lazynp {

StorageHooks storage_hooks{};

namespace {

// Elements that a write moves at once rather than record, when nobody else holds the version.
constexpr int64_t max_elements_in_place = 64;
constexpr size_t max_free_storages = 1024;

std::vector<Storage*>& free_storages() {
  static auto* list = new std::vector<Storage*>;  // handles may die after static destructors
  return *list;
}

void link(Handle& handle) {
  Storage& storage = *handle.storage;
  handle.previous = nullptr;
  handle.next = storage.handles;
  if (storage.handles) storage.handles->previous = &handle;
  storage.handles = &handle;
}

void unlink(Handle& handle) {
  if (handle.previous)
    handle.previous->next = handle.next;
  else
    handle.storage->handles = handle.next;
  if (handle.next) handle.next->previous = handle.previous;
}

void forget_cached_value(Handle& handle) {
  if (!handle.node) return;
  unlink(handle);
  drop_reference(std::exchange(handle.node, nullptr));
}

// Takes over the reference of `node`.
void show(Node*& place, Node* node) {
  handle_attached(node);
  Node* const old = std::exchange(place, node);
  handle_detached(old);
  drop_reference(old);
}

void set_current(Storage& storage, Value value) {
  forget_cached_values(storage);
  ++storage.generation;
  show(storage.current, value.release());
}

Node*& base_of(Handle& handle) { return handle.storage ? handle.storage->current : handle.node; }

void set_base(Handle& handle, Value value) {
  if (handle.storage)
    set_current(*handle.storage, std::move(value));
  else
    show(handle.node, value.release());
}

// Nobody but `n_holders` (a handle or storage, and the caller) hold this version: its memory may
// change.
bool is_exclusive(const Node* node, uint32_t n_holders = 1) {
  constexpr uint8_t keeps_its_value = watched | watched_leaf | in_flight | shared_memory;
  return node->references == n_holders && node->buffer && node->buffer->references == 1 &&
         node->buffer->writeable && !(node->flags & keeps_its_value);
}

// Whether `value` can take the place of a base with `layout` as it is.
bool fits_as_base(const Node* value, const Layout& layout, DType dtype) {
  return !value->is_constant() && value->dtype == dtype && !(value->flags & shared_memory) &&
         value->layout->dense && value->layout->offset == 0 && same_shape(*value->layout, layout) &&
         same_layout(*value->layout, layout) && !storage_hooks.is_view(value);
}

// A node that holds `value` with the layout of the base it replaces.
Value as_base(const Value& base, const Value& value) {
  const Layout& layout = base.layout();
  if (fits_as_base(value.node(), layout, base.dtype())) return value;
  if (value.node()->is_constant() || same_shape(value.layout(), layout))
    return storage_hooks.copy(value, LayoutRef::share(&layout));
  return storage_hooks.write_region(base, LayoutRef::share(&layout), value, base.dtype());
}

void evaluate_now(const Value& value) {
  if (!value.node()->is_materialized()) storage_hooks.evaluate(value.node());
}

// Strides of `from` seen with the shape of `to`; both have been checked to broadcast.
void broadcast_strides(const Layout& from, const Layout& to, int64_t* strides) {
  const int extra = to.ndim - from.ndim;
  for (int i = 0; i < to.ndim; ++i) {
    const int own = i - extra;
    strides[i] = own < 0 || (from.shape_[own] == 1 && to.shape_[i] != 1) ? 0 : from.strides_[own];
  }
}

void copy_broadcast(char* to, const Layout& to_layout, const char* from,
                    const Layout& from_layout) {
  int64_t strides[max_ndim];
  broadcast_strides(from_layout, to_layout, strides);
  copy_elements(to, to_layout.strides(), from, {strides, to_layout.ndim}, to_layout.shape(),
                to_layout.itemsize);
}

ByteRange addresses(const char* element, const Layout& layout) {
  const ByteRange range = byte_range(layout);
  const auto start = reinterpret_cast<int64_t>(element) - layout.offset;
  return {start + range.begin, start + range.end};
}

bool overlap(ByteRange a, ByteRange b) { return a.begin < b.end && b.begin < a.end; }

// The elements at `to` become `value`, as if it had been copied first.
void write_memory(char* to, const Layout& region, const Value& value) {
  const Layout& layout = value.layout();
  const char* from = storage_hooks.data_of(value.node());
  if (!value.node()->is_constant() && overlap(addresses(to, region), addresses(from, layout))) {
    const LayoutRef dense = c_layout(layout.shape(), layout.itemsize);
    const BufferRef copy = allocate_buffer(dense->size * dense->itemsize);
    copy_broadcast(copy->data, *dense, from, layout);
    copy_broadcast(to, region, copy->data, *dense);
    return;
  }
  copy_broadcast(to, region, from, layout);
}

Value copied_leaf(Node* node) {
  const Layout& layout = *node->layout;
  LNP_ASSERT(layout.dense && layout.offset == 0);
  BufferRef buffer = allocate_buffer(layout.size * layout.itemsize);
  std::memcpy(buffer->data, node->buffer->data, static_cast<size_t>(layout.size * layout.itemsize));
  return leaf(std::move(buffer), node->dtype, LayoutRef::share(&layout));
}

}  // namespace

// ---------------------------------------------------------------- storages and handles

void add_reference(Storage* storage) { ++storage->references; }

void drop_reference(Storage* storage) {
  if (--storage->references) return;
  Node* const current = storage->current;
  if (storage->watched_value) drop_reference(storage->watched_value);
  auto& list = free_storages();
  if (list.size() < max_free_storages)
    list.push_back(storage);
  else
    std::free(storage);
  handle_detached(current);
  drop_reference(current);
}

void init_handle(Handle& handle, Node* node) {
  add_reference(node);
  handle_attached(node);
  handle = {nullptr, nullptr, node, nullptr, nullptr, node->dtype, true, 0};
}

void clear_storage_handle(Handle& handle) {
  Storage* const storage = std::exchange(handle.storage, nullptr);
  const Layout* const view = std::exchange(handle.view, nullptr);
  Node* const node = std::exchange(handle.node, nullptr);
  if (node) {
    handle.storage = storage;
    unlink(handle);
    handle.storage = nullptr;
    drop_reference(node);
  }
  drop_reference(storage);
  if (view) drop_reference(view);
}

Storage& ensure_storage(Handle& handle) {
  if (handle.storage) return *handle.storage;
  auto& list = free_storages();
  Storage* storage;
  if (!list.empty()) {
    storage = list.back();
    list.pop_back();
  } else {
    storage = static_cast<Storage*>(std::malloc(sizeof(Storage)));
    if (!storage) throw std::bad_alloc();
  }
  *storage = {1, 0, std::exchange(handle.node, nullptr), nullptr, 0, false, false, nullptr};
  handle.storage = storage;
  return *storage;
}

void make_view(Handle& handle, LayoutRef layout, DType dtype, Handle& result) {
  Storage& storage = ensure_storage(handle);
  add_reference(&storage);
  result = {nullptr,          nullptr, nullptr,          &storage,
            layout.release(), dtype,   handle.writeable, storage.generation};
}

void set_view(Handle& handle, LayoutRef layout, DType dtype) {
  ensure_storage(handle);
  forget_cached_value(handle);
  const Layout* const old = std::exchange(handle.view, layout.release());
  handle.dtype = dtype;
  if (old) drop_reference(old);
}

// ---------------------------------------------------------------- reading

namespace {

void forget_watched_value(Storage& storage) {
  if (!storage.watched_value) return;
  forget_cached_values(storage);
  drop_reference(std::exchange(storage.watched_value, nullptr));
}

// SHARED memory may have been written by its other users; then gradients no longer know its value.
Node* version_in_memory(Storage& storage) {
  if (!storage.watched_value) return storage.current;
  const Buffer &known = *storage.watched_value->buffer, &memory = *storage.current->buffer;
  const auto n_bytes =
      static_cast<size_t>(storage.current->layout->size * storage.current->layout->itemsize);
  if (std::memcmp(known.data, memory.data, n_bytes) == 0) return storage.watched_value;
  forget_watched_value(storage);
  return storage.current;
}

void set_known_version(Storage& storage, const Value& value) {
  const Value keep = value;
  forget_watched_value(storage);
  forget_cached_values(storage);
  add_reference(keep.node());
  storage.watched_value = keep.node();
}

void set_watched_value(Storage& storage, const Value& value) {
  if (value.node()->flags & (watched | watched_leaf))
    set_known_version(storage, value);
  else
    forget_watched_value(storage);
}

}  // namespace

Node* base_value(Handle& handle) {
  return handle.storage ? version_in_memory(*handle.storage) : handle.node;
}

Node* refreshed_value(Handle& handle) {
  Storage& storage = *handle.storage;
  Node* const base = version_in_memory(storage);
  if (!handle.view) return base;
  if (handle.node) return handle.node;  // writes drop cached values: it is of this generation
  handle.node =
      storage_hooks.view(Value::share(base), LayoutRef::share(handle.view), handle.dtype).release();
  handle.generation = storage.generation;
  link(handle);
  return handle.node;
}

void forget_cached_values(Storage& storage) {
  while (storage.handles) forget_cached_value(*storage.handles);
}

void cache_value(Handle& handle, const Value& value) {
  const Value keep = value;
  forget_cached_value(handle);
  add_reference(keep.node());
  handle.node = keep.node();
  handle.generation = handle.storage->generation;
  link(handle);
}

Node* separate_value(const Handle& handle) {
  const Storage* const storage = handle.storage;
  if (!storage || !handle.view || !handle.node || !(handle.node->flags & (watched | watched_leaf)))
    return nullptr;
  const bool is_of_base =
      handle.node->n_inputs && (handle.node->inputs[0] == storage->current ||
                                handle.node->inputs[0] == storage->watched_value);
  return is_of_base ? nullptr : handle.node;
}

bool elements_share_memory(const Layout& layout) {
  int order[max_ndim], n = 0;
  for (int i = 0; i < layout.ndim; ++i) {
    if (layout.shape_[i] == 0) return false;
    if (layout.shape_[i] > 1) order[n++] = i;
  }
  const auto stride = [&](int axis) { return std::abs(layout.strides_[axis]); };
  std::sort(order, order + n, [&](int a, int b) { return stride(a) < stride(b); });
  int64_t span = layout.itemsize;  // bytes that the inner axes cover
  for (int i = 0; i < n; ++i) {
    if (stride(order[i]) < span) return true;
    span += stride(order[i]) * (layout.shape_[order[i]] - 1);
  }
  return false;
}

bool share_memory(const Handle& a, const Handle& b) {
  if (a.storage && a.storage == b.storage) return may_overlap(layout_of(a), layout_of(b));
  if (!is_shared(a) || !is_shared(b)) return false;
  const auto range = [](const Handle& handle) {
    const Layout& layout = layout_of(handle);
    return addresses(handle.storage->current->buffer->data + layout.offset, layout);
  };
  return layout_of(a).size != 0 && layout_of(b).size != 0 && overlap(range(a), range(b));
}

// ---------------------------------------------------------------- writing

char* writable_in_place(Handle& handle) {
  Storage* const storage = handle.storage;
  if (!storage)
    return is_exclusive(handle.node) ? handle.node->buffer->data + handle.node->layout->offset
                                     : nullptr;
  if (storage->current->references > 1) forget_cached_values(*storage);
  if (!is_exclusive(storage->current)) return nullptr;
  return storage->current->buffer->data + layout_of(handle).offset;
}

void write(Handle& handle, Value value) {
  if (handle.view || is_shared(handle))
    return write_part(handle, LayoutRef::share(&layout_of(handle)), handle.dtype, std::move(value));
  replace_current(handle, std::move(value));
}

void replace_current(Handle& handle, Value new_base) {
  if (is_shared(handle)) {
    const Node* const current = handle.storage->current;
    return write_part(handle, LayoutRef::share(current->layout), current->dtype,
                      std::move(new_base));
  }
  const Value base = Value::share(base_of(handle));
  set_base(handle, as_base(base, new_base));
}

namespace {

// The version with the region replaced, as gradients see it.
Value watched_version(Storage& storage, const LayoutRef& region, DType dtype, const Value& value) {
  Node* const base = version_in_memory(storage);
  const bool involves_watched = (base->flags | value.node()->flags) & (watched | watched_leaf);
  const Layout& layout = *storage.current->layout;
  if (!involves_watched || !layout.dense || layout.offset != 0) return {};
  const Value old = base == storage.current ? copied_leaf(base) : Value::share(base);
  Value changed = storage_hooks.write_region(old, region, value, dtype);
  evaluate_now(changed);
  return changed;
}

void write_shared(Storage& storage, const Layout& region, const Value& value,
                  const Value& version) {
  ++storage.generation;
  write_memory(storage.current->buffer->data + region.offset, region, value);
  if (version)
    set_watched_value(storage, version);
  else
    forget_watched_value(storage);
}

}  // namespace

void write_part(Handle& handle, LayoutRef region, DType dtype, Value value) {
  LNP_ASSERT(value.dtype() == dtype || value.node()->weak != Weak::no);
  if (region->size == 0) return;
  if (is_shared(handle)) {
    evaluate_now(value);
    Storage& storage = *handle.storage;  // others may have run meanwhile: look again
    if (storage.is_shared()) {
      const Value version = watched_version(storage, region, dtype, value);
      if (storage.is_shared()) return write_shared(storage, *region, value, version);
    }
  }
  const bool is_plain =
      value.node()->is_materialized() && !(value.node()->flags & watched);  // no history to record
  if (region->size <= max_elements_in_place && is_plain && value.dtype() == dtype)
    if (writable_in_place(handle)) {
      if (handle.storage) ++handle.storage->generation;
      return write_memory(base_of(handle)->buffer->data + region->offset, *region, value);
    }
  const Value base = Value::share(base_of(handle));
  set_base(handle, storage_hooks.write_region(base, std::move(region), value, dtype));
}

// ---------------------------------------------------------------- SHARED memory

namespace {

// Materializes `current` and makes it a version that nobody else holds.
void isolate(Storage& storage) {
  forget_cached_values(storage);
  // Other code may have run meanwhile: written, or exported, which leaves nothing to do.
  while (!storage.current->is_materialized()) evaluate_now(Value::share(storage.current));
  if (storage.is_shared()) return;
  forget_cached_values(storage);
  const Value version = Value::share(storage.current);
  if (!is_exclusive(storage.current, 2)) set_current(storage, copied_leaf(storage.current));
  storage.current->flags |= shared_memory;
  set_watched_value(storage, version);
}

// The memory belongs to us alone again. What gradients know stays where nobody wrote it.
void become_native(Storage& storage) {
  if (storage.is_shared()) return;
  Node* const base = version_in_memory(storage);
  for (Handle *handle = storage.handles, *next; handle; handle = next) {
    next = handle->next;
    if (!separate_value(*handle)) forget_cached_value(*handle);
  }
  storage.current->flags &= static_cast<uint8_t>(~shared_memory);
  ++storage.generation;
  if (base->flags & (watched | watched_leaf)) show(storage.current, Value::share(base).release());
  if (storage.watched_value) drop_reference(std::exchange(storage.watched_value, nullptr));
}

}  // namespace

Buffer* export_memory(Handle& handle) {
  Storage& storage = ensure_storage(handle);
  add_reference(&storage);
  try {
    if (!storage.is_shared()) isolate(storage);
  } catch (...) {
    drop_reference(&storage);
    throw;
  }
  ++storage.n_exports;
  return storage.current->buffer;
}

void end_export(Storage& storage) {
  --storage.n_exports;
  become_native(storage);
  drop_reference(&storage);
}

void pin_memory(Handle& handle) {
  Storage& storage = ensure_storage(handle);
  if (!storage.is_shared()) isolate(storage);
  storage.pinned = true;
}

void import_memory(Handle& handle, Value leaf) {
  init_handle(handle, leaf.node());
  leaf.node()->flags |= shared_memory;
  handle.writeable = leaf.node()->buffer->writeable;
  ensure_storage(handle).foreign = true;
}

bool watch_shared_memory(Handle& handle, const Value& leaf) {
  Storage& storage = *handle.storage;
  const Layout& layout = *storage.current->layout;
  if (!layout.dense || layout.offset != 0) return false;
  evaluate_now(leaf);
  if (handle.view && elements_share_memory(*handle.view)) {
    if (!storage.watched_value) set_known_version(storage, copied_leaf(storage.current));
    cache_value(handle, leaf);
    return true;
  }
  if (!handle.view) {
    set_watched_value(storage, as_base(Value::share(storage.current), leaf));
    evaluate_now(Value::share(storage.watched_value));
    return true;
  }
  const Value version = watched_version(storage, LayoutRef::share(handle.view), handle.dtype, leaf);
  set_watched_value(storage, version);
  return true;
}

}  // namespace lazynp
