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
#include "csrc/engine/thread_pool.h"

namespace lazynp {

namespace {

// Bytes from one element to the next along an axis of `space`; 0 where the operand is broadcast.
int64_t stride_along(const Layout& operand, const Layout& space, int axis) {
  const int own = axis - (space.ndim - operand.ndim);
  return own < 0 || operand.shape_[own] == 1 ? 0 : operand.strides_[own];
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

void make_nest(Nest& nest, const Layout& space, const Layout& order_by,
               std::span<const Slot* const> slots, uint64_t reduced_axes) {
  nest.operands.resize(slots.size());
  const Layout* const layouts[1] = {&order_by};
  int order[max_ndim], axes[max_ndim], n = 0;
  iterator_order(layouts, space.ndim, order);
  for (int i = space.ndim; i-- > 0;)
    if (space.shape_[order[i]] != 1) axes[n++] = order[i];

  for (int a = 0; a < n; ++a) {
    const int axis = axes[a];
    const bool reduced = reduced_axes >> axis & 1;
    bool joins = nest.ndim > 0 && nest.is_reduced.back() == static_cast<uint8_t>(reduced);
    for (size_t k = 0; joins && k < slots.size(); ++k)
      joins = nest.operands[k].strides[nest.ndim - 1] ==
              stride_along(*slots[k]->layout, space, axis) * space.shape_[axis];
    if (!joins) {
      nest.extents[nest.ndim++] = 1;
      nest.is_reduced.push_back(reduced);
    }
    nest.extents[nest.ndim - 1] *= space.shape_[axis];
    for (size_t k = 0; k < slots.size(); ++k)
      nest.operands[k].strides[nest.ndim - 1] = stride_along(*slots[k]->layout, space, axis);
  }
  for (size_t k = 0; k < slots.size(); ++k) {
    nest.operands[k].data = slots[k]->data;
    nest.operands[k].itemsize = slots[k]->layout->itemsize;
    nest.operands[k].aligned =
        is_aligned(nest.operands[k], nest.ndim, alignment_of_size(slots[k]->layout->itemsize));
  }
  nest.calls = divide_into_calls(nest);
  nest.tile_axis = std::max(nest.ndim - 1, 0);
}

namespace {
// How many loops run over a row of n elements: a chain is one.
int64_t n_calls(const Group& group, int64_t n) {
  int64_t calls = 0;
  for (size_t first = 0, end; first < group.instructions.size(); first = end) {
    end = chain_end(group.instructions, first);
    const Instruction& last = group.instructions[end - 1];
    const bool is_chain =
        end - first > 1 && n >= register_chains(last.op->kernel.loops[last.loop].output)->block;
    calls += is_chain ? 1 : static_cast<int64_t>(end - first);
  }
  return calls;
}
}  // namespace

void widen_tiles(Nest& nest, const Group& group) {
  // Rough cycles: of a call for a row, of copying a row and an element; more where the copies leave
  // the first-level cache before they are read.
  constexpr int64_t per_call = 60, per_copy = 20;
  constexpr double per_element = 0.25, per_element_outside = 1;
  constexpr int64_t cache_bytes = 32 << 10;
  const int innermost = nest.tile_axis;
  while (nest.tile_axis > 0 &&
         nest.per_index * nest.extents[nest.tile_axis] <= tile_elements(group) / 2)
    nest.per_index *= nest.extents[nest.tile_axis--];
  const auto n_gathered = std::ranges::count_if(
      nest.operands, [&](const NestOperand& operand) { return !nest.is_even(operand); });
  const int64_t gathered_bytes = n_gathered * tile_elements(group) * group.widest;
  const double element = gathered_bytes > cache_bytes ? per_element_outside : per_element;
  const double copies =
      static_cast<double>(n_gathered) * (per_copy + element * static_cast<double>(nest.inner()));
  if (copies < static_cast<double>(per_call * n_calls(group, nest.inner()))) return;
  nest.tile_axis = innermost;
  nest.per_index = 1;
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

int64_t tile_elements(const Group& group) { return tile_elements() * (group.widest <= 4 ? 2 : 1); }

int64_t elements_per_chunk(const Group& group, int64_t n) {
  constexpr double cycles = 65536, cheapest = 2;  // reading and writing memory is most of it then
  constexpr int64_t most = static_cast<int64_t>(cycles / cheapest);
  const auto worthwhile = static_cast<int64_t>(cycles / std::max(group.cost, cheapest));
  return std::max({tile_elements(group), worthwhile, std::min(most, n / (8 * num_threads()))});
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
  const int flags = raised_float_flags();
  if (flags && node >= 0) __atomic_fetch_or(&float_flags[node], flags, __ATOMIC_RELAXED);
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
  if (!operand.aligned || !nest.is_even(operand)) return true;
  return for_host_loop && operand.buffered && nest.ndim > 0 && operand.strides[nest.ndim - 1] <= 0;
}

// Whether memory operand k is among the first n arguments.
bool is_among(const Instruction& instruction, int n, int k) {
  return std::any_of(instruction.arguments, instruction.arguments + n,
                     [k](const Argument& argument) { return argument == Argument{false, k}; });
}
bool is_touched(const Group& group, int k) {
  return std::ranges::any_of(group.instructions, [k](const Instruction& instruction) {
    return is_among(instruction, instruction.n_arguments, k);
  });
}
bool is_read_by_host_loop(const Group& group, int k) {
  return std::ranges::any_of(group.instructions, [k](const Instruction& instruction) {
    return instruction.op->kernel.loops[instruction.loop].host &&
           is_among(instruction, instruction.n_arguments - 1, k);
  });
}

}  // namespace

TileRunner::TileRunner(Run& run, const Group& group, const Nest& nest)
    : run_(run), group_(group), nest_(nest), tile_size_(tile_elements(group)) {
  // 256 bytes between registers keep them off each other's cache sets.
  register_bytes_ = tile_size_ * group.widest + 256;
  const int n_registers = find_gathered();
  registers_ = register_memory(register_bytes_ * (n_registers + 1));
  spare_ = register_data(n_registers);
  bind_steps();
  put_chains_together();
}

// Returns how many registers there are with those that stand for gathered operands.
int TileRunner::find_gathered() {
  int n_registers = group_.n_registers;
  const bool for_host_loops = uses_host_loops(group_);
  for (int k = 0; k < static_cast<int>(nest_.operands.size()); ++k)
    if (is_touched(group_, k) && needs_gathering(nest_, nest_.operands[static_cast<size_t>(k)],
                                                 for_host_loops && is_read_by_host_loop(group_, k)))
      gathered_.push_back({k, n_registers++, false});
  return n_registers;
}

void TileRunner::bind_steps() {
  for (const Instruction& instruction : group_.instructions) {
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
      const NestOperand& operand = nest_.operands[static_cast<size_t>(k)];
      step.operands[a] = k;
      // A single element: NumPy's operands stand still, and the result is a row of one.
      const int64_t of_one = is_output ? itemsize : 0;
      step.strides[a] = nest_.ndim ? operand.strides[nest_.ndim - 1] : of_one;
      for (Gathered& gathered : gathered_)
        if (gathered.operand == k) {
          step.operands[a] = -1 - gathered.index;
          step.strides[a] = itemsize;
          gathered.is_written |= is_output;
        }
    }
    steps_.push_back(step);
  }
}

void TileRunner::put_chains_together() {
  SmallVector<char*, 8> starts;
  for (const NestOperand& operand : nest_.operands) starts.push_back(operand.data);
  const auto row_of = [&](size_t k, int a) { return row(starts.data(), k, a); };
  for (size_t first = 0, end; first < steps_.size(); first = end) {
    end = chain_end(group_.instructions, first);
    if (end - first > 1) {
      const Instruction& last = group_.instructions[end - 1];
      RegisterChain chain(last.op->kernel.loops[last.loop].output);
      if (chain.make(group_.instructions, first, end, row_of)) {
        parts_.push_back({first, end, static_cast<int>(chains_.size())});
        chains_.push_back(chain);
        continue;
      }
    }
    for (size_t k = first; k < end; ++k) parts_.push_back({k, k + 1, -1});
  }
}

char* TileRunner::register_data(int i) const { return registers_ + i * register_bytes_; }

// From memory into the register, or back.
void TileRunner::move(const Gathered& gathered, char* memory, int64_t n) const {
  const NestOperand& operand = nest_.operands[static_cast<size_t>(gathered.operand)];
  const int first = nest_.tile_axis, n_axes = std::max(nest_.ndim - first, 0);
  const Shape inner{nest_.extents + first, static_cast<size_t>(n_axes)};
  int64_t shape[max_ndim], dense[max_ndim], stride = operand.itemsize;
  for (int i = n_axes; i-- > 0; stride *= shape[i]) {
    shape[i] = i ? inner[static_cast<size_t>(i)] : n / nest_.per_index;
    dense[i] = stride;
  }
  const Strides in_register{dense, inner.size()}, in_memory{operand.strides + first, inner.size()};
  char* const tile = register_data(gathered.index);
  if (gathered.is_written)
    copy_elements(memory, in_memory, tile, in_register, {shape, inner.size()}, operand.itemsize);
  else
    copy_elements(tile, in_register, memory, in_memory, {shape, inner.size()}, operand.itemsize);
}

bool TileRunner::run_chain(const Part& part, char* const* addresses, int64_t n) {
  RegisterChain& chain = chains_[static_cast<size_t>(part.chain)];
  if (n < chain.block()) return false;
  chain.move([&](size_t k, int a) { return row(addresses, k, a); });
  const Row output = row(addresses, part.end - 1, steps_[part.end - 1].n_arguments - 1);
  return chain.run(output, n, spare_, run_.float_flags != nullptr);
}

void TileRunner::run(char* const* addresses, int64_t n) {
  for (const Gathered& gathered : gathered_)
    if (!gathered.is_written) move(gathered, addresses[gathered.operand], n);
  const auto call = [&](size_t k) {
    const Step& step = steps_[k];
    char* arguments[max_loop_inputs + 1];
    for (int a = 0; a < step.n_arguments; ++a) arguments[a] = row(addresses, k, a).data;
    const intptr_t count = n;
    step.loop.function(arguments, &count, step.strides, step.loop.data);
    run_.note_float_flags(step.node);
  };
  for (const Part& part : parts_)
    if (part.chain < 0 || !run_chain(part, addresses, n))
      for (size_t k = part.first; k < part.end; ++k) call(k);
  for (const Gathered& gathered : gathered_)
    if (gathered.is_written) move(gathered, addresses[gathered.operand], n);
}

}  // namespace lazynp
