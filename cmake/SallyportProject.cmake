# How every target of this project is compiled, and the two functions that declare a module and its tests.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

add_library(project_options INTERFACE)
target_compile_options(project_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Wold-style-cast
  -Wimplicit-fallthrough -Wextra-semi -Wno-missing-field-initializers -Werror
  -fstack-protector-strong -fno-plt -ffunction-sections -fdata-sections)
target_compile_definitions(project_options INTERFACE $<$<CONFIG:Release>:_FORTIFY_SOURCE=2> _GLIBCXX_ASSERTIONS)
target_link_options(project_options INTERFACE -fuse-ld=lld-19 -Wl,--gc-sections -Wl,-z,relro,-z,now)
if(SALLYPORT_SANITIZE)
  target_compile_options(project_options INTERFACE -fsanitize=${SALLYPORT_SANITIZE} -fno-sanitize-recover=all
                                                   -fno-omit-frame-pointer -U_FORTIFY_SOURCE)
  target_link_options(project_options INTERFACE -fsanitize=${SALLYPORT_SANITIZE})
endif()
if(SALLYPORT_FUZZ)
  target_compile_options(project_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# sallyport_module(core SOURCES ids.cpp DEPS other_module Library::target PRIVATE_DEPS Library::target)
# One folder of src/: a static library whose public headers are found as "folder/header.h".
function(sallyport_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS} project_options)
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${name} INTERFACE ${ARG_DEPS})
  endif()
endfunction()

# sallyport_test(core SOURCES ids_test.cpp DEPS core [LABELS integration] [TIMEOUT 60])
# One GoogleTest program, one CTest entry named after it; `ctest -R core_test` runs it.
function(sallyport_test name)
  if(NOT SALLYPORT_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name}_test ${ARG_SOURCES})
  target_link_libraries(${name}_test PRIVATE ${ARG_DEPS} GTest::gtest GTest::gtest_main project_options)
  target_precompile_headers(${name}_test PRIVATE <gtest/gtest.h>)
  add_test(NAME ${name}_test COMMAND ${name}_test)
  set_tests_properties(${name}_test PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()
