# Programs and tests are compiled like the library, so that they can use its precompiled headers.
set(CMAKE_CXX_COMPILE_OPTIONS_PIE -fPIC)

# Warnings are errors in our own code; third-party headers are SYSTEM includes.
add_library(crypten_flags INTERFACE)
target_compile_options(crypten_flags INTERFACE "$<$<COMPILE_LANGUAGE:CXX>:\
-Wall;-Wextra;-Werror;-Wshadow;-Wnon-virtual-dtor;-Woverloaded-virtual;-Wno-missing-field-initializers>")
# Hardening; python/tests/test_hardening.py reads it back from the linked files.
target_compile_options(crypten_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fstack-protector-strong> $<$<COMPILE_LANGUAGE:CXX>:-fstack-clash-protection>)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(crypten_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fcf-protection=full>)
endif()
if(NOT CRYPTEN_SANITIZE)
  target_compile_definitions(crypten_flags INTERFACE $<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
endif()
# Files that are compiled together see one another's names, and inline more of one another: a false alarm of GCC 12 about the elements of a vector comes with that.
if(CMAKE_UNITY_BUILD)
  target_compile_options(crypten_flags INTERFACE -Wno-shadow -Wno-subobject-linkage -Wno-array-bounds)
endif()
target_link_options(crypten_flags INTERFACE -Wl,-z,relro,-z,now -Wl,-z,noexecstack $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>)
target_include_directories(crypten_flags INTERFACE ${CMAKE_SOURCE_DIR})
if(CRYPTEN_SANITIZE)
  add_compile_options(-fsanitize=${CRYPTEN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -O1 -g1)
  add_link_options(-fsanitize=${CRYPTEN_SANITIZE})
endif()
