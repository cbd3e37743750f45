// Which of the kernels' instruction sets this CPU runs.
#pragma once

namespace lazynp {

// Levels of x86-64, as compilers name them; elsewhere kernels are compiled for the baseline alone.
enum class CpuLevel { baseline, v3, v4 };

// The best that this CPU has; less where the environment says LAZYNP_CPU=x86-64-v2 or x86-64-v3, so
// that one machine tests the kernels of others. Throws ValueError where it says something else.
CpuLevel cpu_level();
const char* name_of(CpuLevel level);

}  // namespace lazynp
