// Gives storages the ops and the engine, which lie above the graph.
#include "csrc/engine/evaluate.h"
#include "csrc/graph/storage.h"
#include "csrc/ops/op_spec.h"

namespace lazynp {

namespace {

Value copy_of(const Value& value, LayoutRef layout) {
  return copy_as(value, std::move(layout), value.dtype());
}
bool is_view(const Node* node) { return node->op && node->op->kind == OpKind::view; }
void run(Node* node) { evaluate(node); }

[[maybe_unused]] const bool filled_in = [] {
  storage_hooks = {view, write_region, copy_of, is_view, run, data_of};
  return true;
}();

}  // namespace

}  // namespace lazynp
