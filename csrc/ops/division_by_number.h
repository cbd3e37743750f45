// Integers divided by one number again and again: by multiplication with its reciprocal.
#pragma once
#include <cstdint>
#include <type_traits>

namespace lazynp {

// After H. S. Warren, Hacker's Delight, 10-1: the upper half of n times `factor_`, shifted, is n /
// d rounded to zero.
class DividedByNumber {
 public:
  // Every integer but unsigned ones of 64 bits; numbers that are no 0, 1 or -1, nor the smallest.
  template <class T> static bool fits(T d) {
    if constexpr (std::is_same_v<T, bool> || (sizeof(T) == 8 && std::is_unsigned_v<T>))
      return false;
    else
      return d != 0 && d != 1 && static_cast<int64_t>(d) != -1 &&
             static_cast<int64_t>(d) != INT64_MIN;
  }

  explicit DividedByNumber(int64_t d) : d_(d) {
    const uint64_t half = uint64_t{1} << 63, size = static_cast<uint64_t>(d < 0 ? -d : d);
    const uint64_t t = half + (d < 0), most = t - 1 - t % size;
    int power = 63;
    uint64_t q1 = half / most, r1 = half % most, q2 = half / size, r2 = half % size, delta;
    do {
      ++power;
      q1 = 2 * q1 + (r1 >= most - r1), r1 = r1 >= most - r1 ? r1 - (most - r1) : 2 * r1;
      q2 = 2 * q2 + (r2 >= size - r2), r2 = r2 >= size - r2 ? r2 - (size - r2) : 2 * r2;
      delta = size - r2;
    } while (q1 < delta || (q1 == delta && r1 == 0));
    factor_ = static_cast<int64_t>(d < 0 ? ~q2 : q2 + 1);  // ~q2 is -(q2 + 1)
    shift_ = power - 64;
    plus_ = d > 0 && factor_ < 0 ? -1 : 0;
    minus_ = d < 0 && factor_ > 0 ? -1 : 0;
  }

  // Rounded down, and what is left, with the sign of d.
  struct Result {
    int64_t quotient, rest;
  };
  Result operator()(int64_t n) const {
    auto q = static_cast<int64_t>((static_cast<__int128>(factor_) * n) >> 64);
    q = static_cast<int64_t>(static_cast<uint64_t>(q) + static_cast<uint64_t>(n & plus_) -
                             static_cast<uint64_t>(n & minus_));
    q >>= shift_;
    q += q < 0;
    const int64_t rest = n - q * d_;
    const int64_t is_below = -static_cast<int64_t>((rest != 0) & ((rest ^ d_) < 0));
    return {q + is_below, rest + (d_ & is_below)};
  }

 private:
  int64_t d_, factor_, plus_, minus_;
  int shift_;
};

// What loops of x1 // number and x1 % number call, when there are enough elements.
struct FloorByNumber : DividedByNumber {
  using DividedByNumber::DividedByNumber;
  int64_t operator()(int64_t n) const { return DividedByNumber::operator()(n).quotient; }
};
struct RestByNumber : DividedByNumber {
  using DividedByNumber::DividedByNumber;
  int64_t operator()(int64_t n) const { return DividedByNumber::operator()(n).rest; }
};

}  // namespace lazynp
