// Functions that run on the CPU and on CUDA devices: written once, so that tests on the CPU cover the arithmetic of both.
#pragma once

#ifdef __CUDACC__
#define CRYPTEN_HOST_DEVICE __host__ __device__ __forceinline__
#else
#define CRYPTEN_HOST_DEVICE inline
#endif

// Before a loop whose counter indexes arrays that should lie in registers.
#ifdef __CUDA_ARCH__
#define CRYPTEN_UNROLL _Pragma("unroll")
#define CRYPTEN_ROLLED _Pragma("unroll 1")
#elif defined(__CUDACC__)  // the pass of nvcc for the CPU
#define CRYPTEN_UNROLL
#define CRYPTEN_ROLLED
#else
#define CRYPTEN_UNROLL _Pragma("GCC unroll 8")
#define CRYPTEN_ROLLED
#endif
