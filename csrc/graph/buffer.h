// A block of memory that holds array elements, with its owner.
#pragma once
#include <cstdint>

#include "csrc/base/ref.h"

namespace lazynp {

// Reference counts of buffers, layouts and nodes are plain integers: whoever touches a graph
// holds the runtime lock (in Python: the GIL). Kernels see raw memory only.
struct Buffer {
  uint32_t references;
  uint8_t size_class;  // of the pool; unused for foreign memory
  bool writeable;
  char* data;
  int64_t n_bytes;
  void* owner;                      // foreign memory: whose it is; see is_ours
  void (*release)(Buffer* buffer);  // called when the last reference goes
};

inline void add_reference(Buffer* buffer) { ++buffer->references; }
inline void drop_reference(Buffer* buffer) {
  if (--buffer->references == 0) buffer->release(buffer);
}
using BufferRef = Ref<Buffer>;

// 64-byte aligned memory from the pool, uninitialized. Throws MemoryError.
BufferRef allocate_buffer(int64_t n_bytes);
// Memory that belongs to somebody else; `release_owner(owner)` is called at the end.
BufferRef foreign_buffer(char* data, int64_t n_bytes, bool writeable, void* owner,
                         void (*release_owner)(void* owner));
bool is_ours(const Buffer* buffer);  // from the pool: nobody outside knows the address
struct PoolStatistics {
  int64_t bytes_in_use, bytes_cached, peak_bytes;
};
PoolStatistics pool_statistics();
void trim_pool();  // gives cached memory back

}  // namespace lazynp
