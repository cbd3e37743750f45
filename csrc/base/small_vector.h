// A vector that holds its first N elements itself: engine code that runs for microseconds would
// spend a good part of them on allocating. Of plain values, which are left uninitialized.
#pragma once
#include <algorithm>
#include <cstddef>
#include <memory>
#include <type_traits>

namespace lazynp {

template <class T, size_t N> class SmallVector {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  SmallVector() = default;
  explicit SmallVector(size_t n) { resize(n); }
  SmallVector(size_t n, const T& value) : SmallVector(n) { std::fill(begin(), end(), value); }
  SmallVector(const SmallVector&) = delete;
  SmallVector& operator=(const SmallVector&) = delete;

  void resize(size_t n) {
    if (n > capacity_) grow(n);
    size_ = n;
  }
  void push_back(const T& value) {
    if (size_ == capacity_) {
      const T copy = value;  // may lie in here
      grow(2 * capacity_);
      data_[size_++] = copy;
    } else {
      data_[size_++] = value;
    }
  }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }
  T& back() { return data_[size_ - 1]; }
  const T& back() const { return data_[size_ - 1]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }

 private:
  void grow(size_t capacity) {
    std::unique_ptr<std::byte[]> more(new std::byte[capacity * sizeof(T)]);
    T* const data = reinterpret_cast<T*>(more.get());
    std::copy(begin(), end(), data);
    heap_ = std::move(more);
    data_ = data;
    capacity_ = capacity;
  }

  alignas(T) std::byte local_[N * sizeof(T)];
  T* data_ = reinterpret_cast<T*>(local_);
  size_t size_ = 0, capacity_ = N;
  std::unique_ptr<std::byte[]> heap_;
};

}  // namespace lazynp
