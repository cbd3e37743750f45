// The pool of aligned memory blocks.
#include "csrc/graph/buffer.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "csrc/base/error.h"

namespace lazynp {

namespace {

constexpr int64_t alignment = 64;
constexpr int n_small_classes = 17;  // 64 bytes ... 2^16 bytes of elements
constexpr int64_t largest_small = int64_t{1} << (n_small_classes - 1);
constexpr size_t max_free_small = 256;  // blocks per class, 64 KB .. in all 16 MB
constexpr int64_t max_cached_large_bytes = 256 << 20;
constexpr int64_t huge_page_bytes = 4 << 20;  // from here on ask for huge pages, as NumPy does
constexpr uint8_t large_class = 255;

struct Pool {
  std::vector<Buffer*> small[n_small_classes];
  std::vector<Buffer*> large;  // oldest first
  int64_t cached_large_bytes = 0;
  PoolStatistics statistics{};
};
Pool& pool() {
  static Pool* instance = new Pool;  // buffers may die after static destructors
  return *instance;
}

// Capacity of a large block stands behind `owner` (unused for memory of our own).
int64_t capacity_of(const Buffer* buffer) { return reinterpret_cast<int64_t>(buffer->owner); }

void free_large(Buffer* buffer) {
  std::free(buffer->data);
  std::free(buffer);
}

void evict_large(Pool& p, int64_t limit) {
  size_t n = 0;
  while (p.cached_large_bytes > limit && n < p.large.size()) {
    p.cached_large_bytes -= capacity_of(p.large[n]);
    free_large(p.large[n++]);
  }
  p.large.erase(p.large.begin(), p.large.begin() + static_cast<std::ptrdiff_t>(n));
}

void release_small(Buffer* buffer) {
  Pool& p = pool();
  p.statistics.bytes_in_use -= int64_t{1} << buffer->size_class;
  auto& blocks = p.small[buffer->size_class];
  const size_t keep =
      buffer->size_class <= 12 ? max_free_small : max_free_small >> (buffer->size_class - 12);
  if (blocks.size() < keep)
    blocks.push_back(buffer);
  else
    std::free(buffer);
}

void release_large(Buffer* buffer) {
  Pool& p = pool();
  const int64_t capacity = capacity_of(buffer);
  p.statistics.bytes_in_use -= capacity;
  if (capacity > max_cached_large_bytes) return free_large(buffer);
  p.large.push_back(buffer);
  p.cached_large_bytes += capacity;
  evict_large(p, max_cached_large_bytes);
}

void release_foreign(Buffer* buffer) {
  auto release_owner = reinterpret_cast<void (*)(void*)>(buffer[1].owner);
  void* owner = buffer->owner;
  std::free(buffer);
  release_owner(owner);
}

void count_allocation(Pool& p, int64_t n_bytes) {
  p.statistics.bytes_in_use += n_bytes;
  p.statistics.peak_bytes = std::max(p.statistics.peak_bytes, p.statistics.bytes_in_use);
}

[[noreturn]] void out_of_memory(int64_t n_bytes) {
  fail(ErrorClass::memory, "Unable to allocate " + std::to_string(n_bytes) + " bytes");
}

BufferRef allocate_small(Pool& p, int size_class, int64_t n_bytes) {
  auto& blocks = p.small[size_class];
  Buffer* buffer;
  if (!blocks.empty()) {
    buffer = blocks.back();
    blocks.pop_back();
  } else {
    static_assert(sizeof(Buffer) <= alignment);
    char* block =
        static_cast<char*>(std::aligned_alloc(alignment, alignment + (size_t{1} << size_class)));
    if (!block) out_of_memory(n_bytes);
    buffer = reinterpret_cast<Buffer*>(block);
    buffer->data = block + alignment;
    buffer->size_class = static_cast<uint8_t>(size_class);
    buffer->writeable = true;
    buffer->owner = nullptr;
    buffer->release = release_small;
  }
  buffer->references = 1;
  buffer->n_bytes = n_bytes;
  count_allocation(p, int64_t{1} << size_class);
  return BufferRef::adopt(buffer);
}

Buffer* reuse_large(Pool& p, int64_t n_bytes) {
  // The newest block that wastes at most a quarter.
  for (size_t i = p.large.size(); i-- > 0;) {
    const int64_t capacity = capacity_of(p.large[i]);
    if (capacity < n_bytes || capacity > n_bytes + n_bytes / 4) continue;
    Buffer* buffer = p.large[i];
    p.large.erase(p.large.begin() + static_cast<std::ptrdiff_t>(i));
    p.cached_large_bytes -= capacity;
    return buffer;
  }
  return nullptr;
}

BufferRef allocate_large(Pool& p, int64_t n_bytes) {
  Buffer* buffer = reuse_large(p, n_bytes);
  if (!buffer) {
    if (n_bytes > INT64_MAX - 4096) out_of_memory(n_bytes);
    const int64_t capacity = (n_bytes + 4095) / 4096 * 4096;
    void* data = std::aligned_alloc(4096, static_cast<size_t>(capacity));
    if (!data) {
      trim_pool();
      data = std::aligned_alloc(4096, static_cast<size_t>(capacity));
    }
    if (!data) out_of_memory(n_bytes);
#ifdef MADV_HUGEPAGE
    if (capacity >= huge_page_bytes) madvise(data, static_cast<size_t>(capacity), MADV_HUGEPAGE);
#endif
    buffer = static_cast<Buffer*>(std::malloc(sizeof(Buffer)));
    if (!buffer) {
      std::free(data);
      out_of_memory(n_bytes);
    }
    *buffer = {1,
               large_class,
               true,
               static_cast<char*>(data),
               n_bytes,
               reinterpret_cast<void*>(capacity),
               release_large};
  }
  buffer->references = 1;
  buffer->n_bytes = n_bytes;
  count_allocation(p, capacity_of(buffer));
  return BufferRef::adopt(buffer);
}

}  // namespace

BufferRef allocate_buffer(int64_t n_bytes) {
  Pool& p = pool();
  if (n_bytes <= largest_small) {
    const int size_class = n_bytes <= 64 ? 6 : std::bit_width(static_cast<uint64_t>(n_bytes - 1));
    return allocate_small(p, size_class, n_bytes);
  }
  return allocate_large(p, n_bytes);
}

BufferRef foreign_buffer(char* data, int64_t n_bytes, bool writeable, void* owner,
                         void (*release_owner)(void*)) {
  auto* buffer = static_cast<Buffer*>(std::malloc(2 * sizeof(Buffer)));
  if (!buffer) out_of_memory(n_bytes);
  *buffer = {1, 0, writeable, data, n_bytes, owner, release_foreign};
  buffer[1].owner = reinterpret_cast<void*>(release_owner);
  return BufferRef::adopt(buffer);
}

bool is_ours(const Buffer* buffer) { return buffer->release != release_foreign; }

PoolStatistics pool_statistics() {
  Pool& p = pool();
  p.statistics.bytes_cached = p.cached_large_bytes;
  return p.statistics;
}

void trim_pool() {
  Pool& p = pool();
  evict_large(p, 0);
  for (auto& blocks : p.small) {
    for (Buffer* buffer : blocks) std::free(buffer);
    blocks.clear();
  }
}

}  // namespace lazynp
