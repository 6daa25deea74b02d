# The one way to declare a library, a program or a test in this tree.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

# The sloppiness is what ccache asks for with precompiled headers.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE_PROGRAM})
endif()

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(bpf REQUIRED IMPORTED_TARGET libbpf)
pkg_check_modules(event REQUIRED IMPORTED_TARGET libevent libevent_pthreads)
pkg_check_modules(microhttpd REQUIRED IMPORTED_TARGET libmicrohttpd)
pkg_check_modules(openssl REQUIRED IMPORTED_TARGET openssl)
pkg_check_modules(systemd REQUIRED IMPORTED_TARGET libsystemd)
pkg_check_modules(yaml REQUIRED IMPORTED_TARGET yaml-cpp)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(utf8cpp REQUIRED)
find_package(Boost REQUIRED COMPONENTS program_options)

add_library(causeway_warnings INTERFACE)
target_compile_options(causeway_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Wimplicit-fallthrough -Wno-missing-field-initializers)
target_include_directories(causeway_warnings INTERFACE ${CMAKE_SOURCE_DIR})

# Targets that tools/test builds by name.
add_custom_target(causeway_programs)
add_custom_target(causeway_tests)
add_custom_target(causeway_threaded_tests)
add_custom_target(causeway_fuzz_targets)

# Headers of others that most sources include, and that take g++ seconds to read: a unity build reads them once for all
# libraries and programs, and once more for all tests. The dev build shows that each source includes what it needs.
set(CAUSEWAY_COMMON_HEADERS <algorithm> <array> <chrono> <cstdint> <cstring> <deque> <functional> <map> <memory> <optional> <ranges>
    <set> <span> <string> <string_view> <unordered_map> <utility> <variant> <vector>)
set(CAUSEWAY_PRECOMPILED OFF)
if(CAUSEWAY_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  set(CAUSEWAY_PRECOMPILED ON)
endif()

# causeway_precompile(NAME n HEADERS <a> ... [DEPENDS lib ...])
function(causeway_precompile)
  cmake_parse_arguments(arg "" "NAME" "HEADERS;DEPENDS" ${ARGN})
  if(CAUSEWAY_PRECOMPILED)
    set(source ${CMAKE_BINARY_DIR}/headers/${arg_NAME}.cpp)
    file(GENERATE OUTPUT ${source} CONTENT "")
    add_library(${arg_NAME} OBJECT ${source})
    target_precompile_headers(${arg_NAME} PRIVATE ${arg_HEADERS})
    target_compile_options(${arg_NAME} PRIVATE -fpch-preprocess)
    target_link_libraries(${arg_NAME} PRIVATE ${arg_DEPENDS} causeway_warnings)  # -Wpedantic defines macros
  endif()
endfunction()

# Where libraries are compiled with -fPIC and programs with -fPIE, only the former can use the headers.
function(causeway_use_precompiled target name)
  get_target_property(type ${target} TYPE)
  if(CAUSEWAY_PRECOMPILED AND NOT (type STREQUAL EXECUTABLE AND CMAKE_POSITION_INDEPENDENT_CODE))
    target_precompile_headers(${target} REUSE_FROM ${name})
    target_compile_options(${target} PRIVATE -fpch-preprocess)
  endif()
endfunction()

# Each header can be compiled alone, so that whoever includes it needs nothing before it. Where x.cpp begins with x.h, the
# ordinary build has shown that already.
function(causeway_check_headers)
  list(TRANSFORM ARGN APPEND "/*.h" OUTPUT_VARIABLE patterns)
  file(GLOB_RECURSE headers RELATIVE ${CMAKE_SOURCE_DIR} CONFIGURE_DEPENDS ${patterns})
  foreach(header IN LISTS headers)
    string(REGEX REPLACE "\\.h$" ".cpp" source ${CMAKE_SOURCE_DIR}/${header})
    set(first_include "")
    if(EXISTS ${source})
      file(STRINGS ${source} first_include REGEX "^#include" LIMIT_COUNT 1)
    endif()
    if(first_include STREQUAL "#include \"${header}\"")
      continue()
    endif()
    string(MAKE_C_IDENTIFIER ${header} id)
    set(unit ${CMAKE_BINARY_DIR}/headers/${id}.cpp)
    if(NOT EXISTS ${unit})
      file(WRITE ${unit} "#include \"${header}\"\n")
    endif()
    list(APPEND units ${unit})
  endforeach()
  add_library(causeway_headers OBJECT ${units})
  target_compile_options(causeway_headers PRIVATE -O0 -g0)
  target_link_libraries(causeway_headers PRIVATE causeway_warnings nlohmann_json::nlohmann_json prometheus-cpp::core spdlog::spdlog Boost::program_options
    PkgConfig::event PkgConfig::openssl PkgConfig::sodium PkgConfig::yaml GTest::gmock)
endfunction()

# causeway_library(NAME n SOURCES a.cpp b.cpp DEPENDS lib ... [ALONE a.cpp ...])
function(causeway_library)
  cmake_parse_arguments(arg "" "NAME" "SOURCES;DEPENDS;ALONE" ${ARGN})
  add_library(${arg_NAME} STATIC ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PUBLIC ${arg_DEPENDS} PRIVATE causeway_warnings)
  target_include_directories(${arg_NAME} PUBLIC ${CMAKE_SOURCE_DIR})
  causeway_use_precompiled(${arg_NAME} causeway_common_headers)
  causeway_unity(${arg_NAME} ${arg_ALONE})
endfunction()

# causeway_program(NAME n SOURCES ... DEPENDS ...)
function(causeway_program)
  cmake_parse_arguments(arg "" "NAME" "SOURCES;DEPENDS;ALONE" ${ARGN})
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE ${arg_DEPENDS} causeway_warnings)
  causeway_use_precompiled(${arg_NAME} causeway_common_headers)
  set_target_properties(${arg_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  causeway_unity(${arg_NAME} ${arg_ALONE})
  add_dependencies(causeway_programs ${arg_NAME})
endfunction()

# Compiles several sources as one, because sources of a folder include the same headers and instantiate the same templates.
# Two sources of a batch must not define the same name: each test file has a namespace of its own, and a library names under
# ALONE the sources that share a name with a neighbor. The dev build compiles each source alone.
function(causeway_unity target)
  if(CAUSEWAY_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    target_compile_options(${target} PRIVATE -Wno-shadow)  # a local name of one source may be a function of another
  endif()
endfunction()

# causeway_test(NAME n SOURCES ... DEPENDS ... LABELS unit|sim|integration [threaded] [SHARDS n] [TIMEOUT seconds]): a test with
# the label threaded runs under ThreadSanitizer as well. Shards are test cases <name>_<i> that run on several cores.
function(causeway_test)
  cmake_parse_arguments(arg "" "NAME;SHARDS;TIMEOUT" "SOURCES;DEPENDS;LABELS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE ${arg_DEPENDS} causeway_warnings GTest::gmock GTest::gtest_main)
  causeway_use_precompiled(${arg_NAME} causeway_test_headers)
  causeway_unity(${arg_NAME} ${arg_ALONE})
  set_target_properties(${arg_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  if(arg_SHARDS)
    foreach(shard RANGE 1 ${arg_SHARDS})
      math(EXPR index "${shard} - 1")
      add_test(NAME ${arg_NAME}_${shard} COMMAND ${arg_NAME})
      set_tests_properties(${arg_NAME}_${shard} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT}
        ENVIRONMENT "GTEST_TOTAL_SHARDS=${arg_SHARDS};GTEST_SHARD_INDEX=${index}")
    endforeach()
  else()
    add_test(NAME ${arg_NAME} COMMAND ${arg_NAME})
    set_tests_properties(${arg_NAME} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT})
  endif()
  add_dependencies(causeway_tests ${arg_NAME})
  if(threaded IN_LIST arg_LABELS)
    add_dependencies(causeway_threaded_tests ${arg_NAME})
  endif()
endfunction()

# causeway_fuzz_target(NAME n SOURCES n.cpp DEPENDS ...): with clang a libFuzzer program; otherwise, and always in
# ctest, the same entry point is run over the committed corpus tests/fuzz/corpus/<NAME>/.
function(causeway_fuzz_target)
  cmake_parse_arguments(arg "" "NAME" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE ${arg_DEPENDS} causeway_warnings)
  causeway_use_precompiled(${arg_NAME} causeway_common_headers)
  set_target_properties(${arg_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  if(CAUSEWAY_FUZZ)
    target_link_options(${arg_NAME} PRIVATE -fsanitize=fuzzer)
    add_test(NAME ${arg_NAME} COMMAND ${arg_NAME} -runs=0 ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${arg_NAME})
  else()
    target_sources(${arg_NAME} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cpp)
    add_test(NAME ${arg_NAME} COMMAND ${arg_NAME} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${arg_NAME})
  endif()
  set_tests_properties(${arg_NAME} PROPERTIES LABELS "fuzz" TIMEOUT 300)
  add_dependencies(causeway_tests ${arg_NAME})
  add_dependencies(causeway_fuzz_targets ${arg_NAME})
endfunction()
