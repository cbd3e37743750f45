// The instruction sets beside the baseline that functions are compiled for, one by one.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define LNP_HAS_VARIANTS 1
#define LNP_TARGET_AVX2 __attribute__((target("arch=x86-64-v3")))
#define LNP_TARGET_AVX512 __attribute__((target("arch=x86-64-v4,prefer-vector-width=512")))
#endif
