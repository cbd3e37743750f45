// Intrusive reference: T has `add_reference(T*)` and `drop_reference(T*)`.
#pragma once
#include <utility>

namespace lazynp {

template <class T> class Ref {
 public:
  Ref() = default;
  static Ref adopt(T* pointer) {
    Ref r;
    r.pointer_ = pointer;
    return r;
  }  // takes a reference
  static Ref share(T* pointer) {
    if (pointer) add_reference(pointer);
    return adopt(pointer);
  }
  Ref(const Ref& other) : pointer_(other.pointer_) {
    if (pointer_) add_reference(pointer_);
  }
  Ref(Ref&& other) noexcept : pointer_(std::exchange(other.pointer_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(pointer_, other.pointer_);
    return *this;
  }
  ~Ref() {
    if (pointer_) drop_reference(pointer_);
  }
  T* get() const { return pointer_; }
  T* release() { return std::exchange(pointer_, nullptr); }  // gives a reference
  T* operator->() const { return pointer_; }
  T& operator*() const { return *pointer_; }
  explicit operator bool() const { return pointer_ != nullptr; }
  friend bool operator==(const Ref& a, const Ref& b) { return a.pointer_ == b.pointer_; }

 private:
  T* pointer_ = nullptr;
};

}  // namespace lazynp
