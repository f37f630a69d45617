# torch's wheel as imported targets. find_package(Torch) would demand a CUDA toolkit on machines that have none.
if(CRYPTEN_PYTHON)
  find_package(Python 3.11 REQUIRED COMPONENTS Interpreter Development.Module)
else()
  find_package(Python 3.11 REQUIRED COMPONENTS Interpreter)
endif()
execute_process(
  COMMAND ${Python_EXECUTABLE} -c "import importlib.util as u, os; print(os.path.dirname(u.find_spec('torch').origin))"
  OUTPUT_VARIABLE TORCH_ROOT OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE TORCH_FOUND)
if(NOT TORCH_FOUND EQUAL 0)
  message(FATAL_ERROR "torch is not installed for ${Python_EXECUTABLE}; run 'make setup', or pass -DPython_EXECUTABLE=<the interpreter that has torch>")
endif()
file(STRINGS ${TORCH_ROOT}/version.py TORCH_VERSION_LINE REGEX "^__version__")
string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" CRYPTEN_TORCH_VERSION "${TORCH_VERSION_LINE}")

add_library(torch_headers INTERFACE)
target_include_directories(torch_headers SYSTEM INTERFACE ${TORCH_ROOT}/include ${TORCH_ROOT}/include/torch/csrc/api/include)
# So that <ATen/core/Tensor.h> and its like stay without the thousands of operators.
target_compile_definitions(torch_headers INTERFACE AT_PER_OPERATOR_HEADERS)
foreach(name c10 torch_cpu torch)
  add_library(torch::${name} SHARED IMPORTED)
  set_target_properties(torch::${name} PROPERTIES IMPORTED_LOCATION ${TORCH_ROOT}/lib/lib${name}.so IMPORTED_NO_SONAME ON)
endforeach()
add_library(torch_libraries INTERFACE)
target_link_libraries(torch_libraries INTERFACE torch_headers torch::torch_cpu torch::c10)
set(CMAKE_BUILD_RPATH ${TORCH_ROOT}/lib)
