# One shared libcrypten: a static one would drop torch's operator registrations.
# Each folder is compiled as an object library with only the dependencies it may use.
find_package(absl REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Threads REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS context)

add_library(crypten SHARED cmake/empty.cpp)
set_target_properties(crypten PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
# Who finds the installed library (cmake/install.cmake) gets torch from crypten-config.cmake, and neither our warnings nor what is inside the library.
target_link_libraries(crypten PUBLIC $<BUILD_INTERFACE:crypten_flags> $<BUILD_INTERFACE:torch_libraries> $<INSTALL_INTERFACE:crypten::torch>
                                     absl::status absl::statusor absl::time absl::span)
set(crypten_inside OpenSSL::Crypto OpenSSL::SSL Boost::context nlohmann_json::nlohmann_json Threads::Threads)
target_link_libraries(crypten PRIVATE "$<BUILD_INTERFACE:${crypten_inside}>")
target_compile_features(crypten PUBLIC cxx_std_20)

add_library(crypten_pch OBJECT cmake/empty.cpp)
target_link_libraries(crypten_pch PRIVATE crypten_flags torch_libraries)
target_precompile_headers(crypten_pch PRIVATE cmake/pch.h)
name_precompiled_header(crypten_pch)

function(crypten_folder name)
  add_library(${name}_objects OBJECT ${ARGN})
  target_link_libraries(${name}_objects PRIVATE crypten_flags absl::status absl::statusor absl::time absl::span
                        OpenSSL::Crypto OpenSSL::SSL nlohmann_json::nlohmann_json)
  target_link_libraries(crypten PRIVATE $<TARGET_OBJECTS:${name}_objects>)
endfunction()

foreach(folder IN LISTS CRYPTEN_FOLDERS)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/comm/grpc/")
  crypten_folder(${folder} ${sources})
  target_link_libraries(${folder}_objects PRIVATE torch_headers)
  if(folder STREQUAL "mpc")
    target_link_libraries(${folder}_objects PRIVATE Boost::context)
    if(CRYPTEN_GRPC)
      set_source_files_properties(${CMAKE_SOURCE_DIR}/mpc/connect.cpp PROPERTIES COMPILE_DEFINITIONS CRYPTEN_WITH_GRPC=1)
    endif()
  endif()
  target_precompile_headers(${folder}_objects REUSE_FROM crypten_pch)
  # Files of one instruction set say so in their name; everything else runs on any x86-64.
  foreach(source IN LISTS sources)
    if(source MATCHES "_avx2\\.cpp$")
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "-mavx2;-mfma;-mbmi2;-maes;-mpclmul" SKIP_PRECOMPILE_HEADERS ON)
    elseif(source MATCHES "_vaes\\.cpp$")
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "-mavx2;-maes;-mvaes" SKIP_PRECOMPILE_HEADERS ON)
    elseif(source MATCHES "_aesni\\.cpp$")
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "-maes;-msse4.1" SKIP_PRECOMPILE_HEADERS ON)
    endif()
  endforeach()
endforeach()

if(CRYPTEN_GRPC AND "comm" IN_LIST CRYPTEN_FOLDERS)
  find_package(Protobuf REQUIRED)
  find_package(gRPC CONFIG REQUIRED)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/comm/grpc/*.cpp)
  crypten_folder(comm_grpc ${sources})   # no torch header here
  target_link_libraries(comm_grpc_objects PRIVATE gRPC::grpc++)
  target_link_libraries(crypten PRIVATE $<BUILD_INTERFACE:gRPC::grpc++>)
endif()
