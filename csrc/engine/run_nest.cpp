// Loop nests: which axes there are after joining, and the runner of one tile.
#include <algorithm>
#include <cfenv>
#include <cstdlib>
#include <cstring>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "csrc/base/memory_order.h"
#include "csrc/engine/register_chain.h"
#include "csrc/engine/run_plan.h"

namespace lazynp {

namespace {

// Strides of an operand along the axes of `space`, 0 where it is broadcast.
void broadcast_strides(const Layout& operand, const Layout& space, int64_t* strides) {
  const int extra = space.ndim - operand.ndim;
  for (int i = 0; i < space.ndim; ++i) {
    const int own = i - extra;
    strides[i] = own < 0 || operand.shape_[own] == 1 ? 0 : operand.strides_[own];
  }
}

bool is_aligned(const NestOperand& operand, int ndim, int alignment) {
  uint64_t bits = reinterpret_cast<uint64_t>(operand.data);
  for (int i = 0; i < ndim; ++i) bits |= static_cast<uint64_t>(operand.strides[i]);
  return (bits & static_cast<uint64_t>(alignment - 1)) == 0;
}

thread_local struct RegisterFile {
  char* data = nullptr;
  int64_t n_bytes = 0;
  ~RegisterFile() { std::free(data); }
} register_file;

char* register_memory(int64_t n_bytes) {
  if (register_file.n_bytes < n_bytes) {
    std::free(register_file.data);
    register_file.n_bytes = (n_bytes + 4095) / 4096 * 4096;
    register_file.data =
        static_cast<char*>(std::aligned_alloc(4096, static_cast<size_t>(register_file.n_bytes)));
    if (!register_file.data) {
      register_file.n_bytes = 0;
      throw std::bad_alloc();
    }
  }
  return register_file.data;
}

int alignment_of_size(int itemsize) { return itemsize == 16 ? 8 : itemsize; }

}  // namespace

Nest make_nest(const Layout& space, const Layout& order_by, std::span<const Slot* const> slots,
               uint64_t reduced_axes) {
  Nest nest;
  nest.operands.resize(slots.size());
  const Layout* const layouts[1] = {&order_by};
  int order[max_ndim], axes[max_ndim], n = 0;
  iterator_order(layouts, space.ndim, order);
  for (int i = space.ndim; i-- > 0;)
    if (space.shape_[order[i]] != 1) axes[n++] = order[i];

  std::vector<std::array<int64_t, max_ndim>> strides(slots.size());
  for (size_t k = 0; k < slots.size(); ++k)
    broadcast_strides(*slots[k]->layout, space, strides[k].data());
  for (int a = 0; a < n; ++a) {
    const int axis = axes[a];
    const bool reduced = reduced_axes >> axis & 1;
    bool joins = nest.ndim > 0 && nest.is_reduced.back() == static_cast<uint8_t>(reduced);
    for (size_t k = 0; joins && k < slots.size(); ++k)
      joins = nest.operands[k].strides[nest.ndim - 1] ==
              strides[k][static_cast<size_t>(axis)] * space.shape_[axis];
    if (!joins) {
      nest.extents[nest.ndim++] = 1;
      nest.is_reduced.push_back(reduced);
    }
    nest.extents[nest.ndim - 1] *= space.shape_[axis];
    for (size_t k = 0; k < slots.size(); ++k)
      nest.operands[k].strides[nest.ndim - 1] = strides[k][static_cast<size_t>(axis)];
  }
  for (size_t k = 0; k < slots.size(); ++k) {
    nest.operands[k].data = slots[k]->data;
    nest.operands[k].itemsize = slots[k]->layout->itemsize;
    nest.operands[k].aligned =
        is_aligned(nest.operands[k], nest.ndim, alignment_of_size(slots[k]->layout->itemsize));
  }
  nest.calls = divide_into_calls(nest);
  return nest;
}

BoundLoop bind_loop(const OpSpec& op, int index) {
  const Loop& loop = op.kernel.loops[static_cast<size_t>(index)];
  if (loop.host && engine_config.use_host_loops) return {loop.host, loop.host_data};
  return {loop.native, nullptr};
}

bool uses_host_loops(const Group& group) {
  return engine_config.use_host_loops &&
         std::ranges::any_of(group.instructions, [](const Instruction& instruction) {
           return instruction.op->kernel.loops[instruction.loop].host;
         });
}

int64_t tile_elements() { return std::max<int64_t>(128, engine_config.tile_bytes / 8 / 128 * 128); }

int64_t elements_per_chunk(const Group& group) {
  constexpr double cycles = 65536, cheapest = 2;  // reading and writing memory is most of it then
  return std::max(tile_elements(), static_cast<int64_t>(cycles / std::max(group.cost, cheapest)));
}

#if defined(__x86_64__)
namespace {
constexpr unsigned watched_events =
    _MM_EXCEPT_DIV_ZERO | _MM_EXCEPT_OVERFLOW | _MM_EXCEPT_UNDERFLOW | _MM_EXCEPT_INVALID;

// The C library raises overflow and underflow (npy_set_floatstatus_overflow of NumPy's loops) in
// the status word of the x87 unit, whose bits are those of the MXCSR register.
unsigned x87_status() {
  uint16_t status;
  __asm__ volatile("fnstsw %0" : "=a"(status));
  return status;
}

void clear(unsigned mxcsr, unsigned x87) {
  if (mxcsr & watched_events) _mm_setcsr(mxcsr & ~static_cast<unsigned>(_MM_EXCEPT_MASK));
  if (x87 & watched_events) __asm__ volatile("fnclex");
}
}  // namespace
#endif

int raised_float_flags() {
#if defined(__x86_64__)
  const unsigned mxcsr = _mm_getcsr(), x87 = x87_status(), raised = (mxcsr | x87) & watched_events;
  if (!raised) return 0;
  clear(mxcsr, x87);
  return (raised & _MM_EXCEPT_DIV_ZERO ? FE_DIVBYZERO : 0) |
         (raised & _MM_EXCEPT_OVERFLOW ? FE_OVERFLOW : 0) |
         (raised & _MM_EXCEPT_UNDERFLOW ? FE_UNDERFLOW : 0) |
         (raised & _MM_EXCEPT_INVALID ? FE_INVALID : 0);
#else
  const int flags = std::fetestexcept(FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW | FE_INVALID);
  if (flags) std::feclearexcept(FE_ALL_EXCEPT);
  return flags;
#endif
}

void Run::take_float_flags(int node) {
  if (const int flags = raised_float_flags())
    __atomic_fetch_or(&float_flags[node], flags, __ATOMIC_RELAXED);
}

void clear_float_flags() {
#if defined(__x86_64__)
  // Inexact is always set, and nobody asks for it: writing the register is what costs.
  clear(_mm_getcsr(), x87_status());
#else
  std::feclearexcept(FE_ALL_EXCEPT);
#endif
}

namespace {

// Operands that loops cannot take, and for NumPy's loops those that its iterator copies, if they
// run backwards or stand still: the loops give other bits then.
bool needs_gathering(const Nest& nest, const NestOperand& operand, bool for_host_loop) {
  if (!operand.aligned) return true;
  return for_host_loop && operand.buffered && nest.ndim > 0 && operand.strides[nest.ndim - 1] <= 0;
}

// Whether one of NumPy's loops reads memory operand k.
bool is_read_by_host_loop(const Group& group, int k) {
  return std::ranges::any_of(group.instructions, [&](const Instruction& instruction) {
    if (!instruction.op->kernel.loops[instruction.loop].host) return false;
    for (int a = 0; a + 1 < instruction.n_arguments; ++a)
      if (!instruction.arguments[a].is_register && instruction.arguments[a].index == k) return true;
    return false;
  });
}

}  // namespace

TileRunner::TileRunner(Run& run, const Group& group, const Nest& nest)
    : run_(run), group_(group), nest_(nest), tile_size_(tile_elements()) {
  // 256 bytes between registers keep them off each other's cache sets.
  register_bytes_ = tile_size_ * 16 + 256;
  int n_registers = group.n_registers;
  std::vector<int> gathered(nest.operands.size(), -1);
  const bool for_host_loops = uses_host_loops(group);
  for (size_t k = 0; k < nest.operands.size(); ++k)
    if (needs_gathering(nest, nest.operands[k],
                        for_host_loops && is_read_by_host_loop(group, static_cast<int>(k)))) {
      gathered[k] = n_registers++;
      gathered_.push_back(static_cast<int>(k));
      gathered_.push_back(gathered[k]);
    }
  registers_ = register_memory(register_bytes_ * (n_registers + 1));
  spare_ = register_data(n_registers);
  for (const Instruction& instruction : group.instructions) {
    Step step{};
    step.loop = bind_loop(*instruction.op, instruction.loop);
    step.node = instruction.op->may_warn ? instruction.node : -1;
    step.n_arguments = instruction.n_arguments;
    const Loop& loop = instruction.op->kernel.loops[instruction.loop];
    for (int a = 0; a < step.n_arguments; ++a) {
      const Argument& argument = instruction.arguments[a];
      const bool is_output = a + 1 == step.n_arguments;
      const int itemsize = size_of(is_output ? loop.output : loop.inputs[a]);
      if (argument.is_register) {
        step.operands[a] = -1 - argument.index;
        step.strides[a] = itemsize;
        continue;
      }
      const int k = argument.index;
      const bool gather = gathered[static_cast<size_t>(k)] >= 0;
      step.operands[a] = gather ? -1 - gathered[static_cast<size_t>(k)] : k;
      step.strides[a] = gather      ? itemsize
                        : nest.ndim ? nest.operands[static_cast<size_t>(k)].strides[nest.ndim - 1]
                                    : 0;
    }
    steps_.push_back(step);
  }
}

char* TileRunner::register_data(int i) const { return registers_ + i * register_bytes_; }

void TileRunner::run(char* const* addresses, int64_t n) {
  const auto move_unaligned = [&](size_t u, bool store) {
    const int k = gathered_[u];
    const NestOperand& operand = nest_.operands[static_cast<size_t>(k)];
    char* memory = addresses[k];
    char* tile = register_data(gathered_[u + 1]);
    const int64_t stride = nest_.ndim ? operand.strides[nest_.ndim - 1] : 0;
    const int64_t dense = operand.itemsize;
    copy_elements(store ? memory : tile, {store ? &stride : &dense, 1}, store ? tile : memory,
                  {store ? &dense : &stride, 1}, {&n, 1}, operand.itemsize);
  };
  for (size_t u = 0; u < gathered_.size(); u += 2) move_unaligned(u, false);
  const auto row = [&](size_t k, int a) {
    const Step& step = steps_[k];
    const int operand = step.operands[a];
    return Row{operand >= 0 ? addresses[operand] : register_data(-1 - operand), step.strides[a]};
  };
  const auto call = [&](size_t k) {
    const Step& step = steps_[k];
    char* arguments[max_loop_inputs + 1];
    for (int a = 0; a < step.n_arguments; ++a) arguments[a] = row(k, a).data;
    const intptr_t count = n;
    step.loop.function(arguments, &count, step.strides, step.loop.data);
    run_.note_float_flags(step.node);
  };
  run_instructions(group_.instructions, n, spare_, run_.float_flags != nullptr, row, call);
  if (gathered_.empty()) return;
  // Outputs that lie unaligned go back; storing an input again changes nothing.
  for (const Step& step : steps_)
    for (size_t u = 0; u < gathered_.size(); u += 2)
      if (step.operands[step.n_arguments - 1] == -1 - gathered_[u + 1]) move_unaligned(u, true);
}

}  // namespace lazynp
