# Precompiled headers and ccache agree only with these settings.
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
                                  CCACHE_PCH_EXTSUM=true ${CCACHE})
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
endif()

# What ccache hashes in place of the precompiled header of `target`, whose hundreds of megabytes would cost it a second per file: all that the header is made of.
# The headers inside are dependencies of every object, and so are hashed one by one as ever.
function(name_precompiled_header target)
  file(SHA256 ${CMAKE_SOURCE_DIR}/cmake/pch.h ours)
  file(WRITE ${CMAKE_BINARY_DIR}/CMakeFiles/${target}.dir/cmake_pch.hxx.gch.sum
       "${target} ${ours} ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_RELEASE} ${CMAKE_BUILD_TYPE} ${CRYPTEN_SANITIZE}\n")
endfunction()
