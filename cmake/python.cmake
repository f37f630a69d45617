# The extension module: pybind11 comes with torch's wheel, so that the casters of both agree.
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/python/bindings/*.cpp)
if(sources)
  Python_add_library(crypten_python MODULE WITH_SOABI ${sources})
  set_target_properties(crypten_python PROPERTIES UNITY_BUILD OFF)  # few large files: together they would be one core's work
  add_library(torch::torch_python SHARED IMPORTED)
  set_target_properties(torch::torch_python PROPERTIES IMPORTED_LOCATION ${TORCH_ROOT}/lib/libtorch_python.so IMPORTED_NO_SONAME ON)
  target_link_libraries(crypten_python PRIVATE crypten torch::torch_python torch::torch nlohmann_json::nlohmann_json)
  target_compile_options(crypten_python PRIVATE -fvisibility=hidden)
  target_compile_definitions(crypten_python PRIVATE CRYPTEN_TORCH_VERSION="${CRYPTEN_TORCH_VERSION}" $<$<BOOL:${CRYPTEN_GRPC}>:CRYPTEN_WITH_GRPC=1>)
  # The module lies inside the package: build/python/crypten_cpp holds links to the sources beside it, so that `PYTHONPATH=build/python` works without an install.
  set(package_folder ${CMAKE_BINARY_DIR}/python/crypten_cpp)
  set_target_properties(crypten_python PROPERTIES OUTPUT_NAME _C LIBRARY_OUTPUT_DIRECTORY ${package_folder})
  set_target_properties(crypten_python PROPERTIES BUILD_RPATH "${CMAKE_BINARY_DIR}/lib;${TORCH_ROOT}/lib" INSTALL_RPATH "$ORIGIN/lib;$ORIGIN/../torch/lib")
  # What the extension was built for: checked before it is loaded.
  file(CONFIGURE OUTPUT ${package_folder}/_build.py CONTENT "torch_version = \"@CRYPTEN_TORCH_VERSION@\"\nversion = \"@PROJECT_VERSION@\"\n" @ONLY)
  foreach(package crypten_cpp crypten_tools)
    file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/python
         ${CMAKE_SOURCE_DIR}/python/${package}/*.py ${CMAKE_SOURCE_DIR}/python/${package}/*.pyi ${CMAKE_SOURCE_DIR}/python/${package}/py.typed)
    foreach(file IN LISTS files)
      get_filename_component(folder ${CMAKE_BINARY_DIR}/python/${file} DIRECTORY)
      file(MAKE_DIRECTORY ${folder})
      file(CREATE_LINK ${CMAKE_SOURCE_DIR}/python/${file} ${CMAKE_BINARY_DIR}/python/${file} SYMBOLIC)
    endforeach()
  endforeach()
  # The commands that the installed package has, for the build folder.
  foreach(command crypten=program crypten-launch=launch crypten-cert=cert)
    string(REGEX MATCH "(.*)=(.*)" command "${command}")
    file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/bin/${CMAKE_MATCH_1}
         CONTENT "#!/bin/sh\nPYTHONPATH=\"${CMAKE_BINARY_DIR}/python\${PYTHONPATH:+:$PYTHONPATH}\" exec ${Python_EXECUTABLE} -m crypten_tools.${CMAKE_MATCH_2} \"$@\"\n"
         FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
  endforeach()
endif()
