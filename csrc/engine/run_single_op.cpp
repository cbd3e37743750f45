// The shortest evaluation: one elementwise op whose inputs are at hand, on a row that fits a tile.
#include "csrc/engine/run_plan.h"

namespace lazynp {

namespace {

// Address and step of an input that is read along with a result of layout `space`; false: not a
// row.
bool bind_row(const Node* input, const Layout& space, char*& data, intptr_t& stride) {
  const Layout& layout = *input->layout;
  if (input->is_constant()) {
    data = const_cast<char*>(input->value.bytes);
    stride = 0;
    return true;
  }
  data = input->buffer->data;
  stride = layout.itemsize;
  return layout.fresh && same_shape(layout, space);
}

}  // namespace

bool run_single_op(Node* node, int64_t& n_bytes_read) {
  if (!node->op || node->op->kind != OpKind::elementwise || !node->layout->fresh ||
      (node->flags & in_flight))
    return false;
  const int64_t n = node->layout->size;
  if (n == 0 || n > tile_elements()) return false;
  char* arguments[max_loop_inputs + 1];
  intptr_t strides[max_loop_inputs + 1];
  for (int k = 0; k < node->n_inputs; ++k) {
    const Node* input = node->inputs[k];
    if (!input->is_materialized() || !bind_row(input, *node->layout, arguments[k], strides[k]))
      return false;
  }
  const int64_t n_bytes = n * node->layout->itemsize;
  if (engine_config.memory_limit_bytes > 0) return false;
  const AnnouncedRun announced(1);
  const BufferRef buffer = allocate_buffer(n_bytes);
  arguments[node->n_inputs] = buffer->data;
  strides[node->n_inputs] = node->layout->itemsize;
  const bool watches_events = node->op->may_warn && host_hooks.float_event;
  if (watches_events) clear_float_flags();
  const BoundLoop loop = bind_loop(*node->op, node->loop);
  const intptr_t count = n;
  loop.function(arguments, &count, strides, loop.data);
  const FloatEvent event = {watches_events ? raised_float_flags() : 0, node->source,
                            node->error_state, node->op};
  set_buffer(node, buffer.get());
  n_bytes_read += bytes_of_inputs(node);
  if (!(node->flags & watched)) forget_inputs(node);
  if (event.flags) host_hooks.float_event(event);
  return true;
}

}  // namespace lazynp
