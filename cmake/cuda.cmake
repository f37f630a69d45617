# No toolkit, no cuda/: nothing else changes. Architectures must be set before the language is enabled (nvcc 13 dropped the default 52).
include(CheckLanguage)
if(NOT CMAKE_CUDA_ARCHITECTURES)
  set(CMAKE_CUDA_ARCHITECTURES 90a)
endif()
check_language(CUDA)
if(CMAKE_CUDA_COMPILER AND EXISTS ${CMAKE_SOURCE_DIR}/cuda)
  enable_language(CUDA)
  set(CMAKE_CUDA_STANDARD 17)  # CMake 3.25 knows no flag for C++20 with nvcc 13
  find_package(CUDAToolkit REQUIRED)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/cuda/*.cu ${CMAKE_SOURCE_DIR}/cuda/*.cpp)
  if(sources)
    add_library(crypten_cuda SHARED ${sources})
    foreach(name c10_cuda torch_cuda)
      add_library(torch::${name} SHARED IMPORTED)
      set_target_properties(torch::${name} PROPERTIES IMPORTED_LOCATION ${TORCH_ROOT}/lib/lib${name}.so IMPORTED_NO_SONAME ON)
    endforeach()
    target_include_directories(crypten_cuda PRIVATE ${CMAKE_SOURCE_DIR})
    target_compile_options(crypten_cuda PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:--expt-relaxed-constexpr;-Werror=cross-execution-space-call>)  # <cstdint>'s and our constexpr functions on the device
    if(CMAKE_CUDA_ARCHITECTURES MATCHES "90a")
      target_compile_definitions(crypten_cuda PRIVATE CRYPTEN_CUDA_SM90A)
    endif()
    target_link_libraries(crypten_cuda PRIVATE crypten torch_libraries torch::torch_cuda torch::c10_cuda CUDA::cudart OpenSSL::Crypto)
    set_target_properties(crypten_cuda PROPERTIES CUDA_RUNTIME_LIBRARY Shared)  # torch's own
    target_link_options(crypten_cuda PRIVATE -Wl,--allow-shlib-undefined)
    set_target_properties(crypten_cuda PROPERTIES UNITY_BUILD OFF LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

    # For programs that compare or measure devices: the library registers itself, so no symbol asks for it.
    add_library(crypten_with_cuda INTERFACE)
    target_link_libraries(crypten_with_cuda INTERFACE crypten -Wl,--no-as-needed crypten_cuda torch::torch_cuda torch::torch -Wl,--as-needed
                                                      torch::c10_cuda CUDA::cudart)
    target_link_options(crypten_with_cuda INTERFACE -Wl,--allow-shlib-undefined)
    if(CRYPTEN_TESTS)
      add_executable(benchmark-cuda ${CMAKE_SOURCE_DIR}/benchmarks/cuda/kernels.cpp)
      target_link_libraries(benchmark-cuda PRIVATE crypten_with_cuda)
      set_target_properties(benchmark-cuda PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
    endif()
  endif()
endif()
