# How a folder under src/ becomes a library with its tests beside it.
#
# footfall_library(NAME FOLDER folders… LINK targets…) builds every *.cc of the folders, except those that end in
# _test.cc (one test program per folder), _fuzz.cc (one libFuzzer program per file) and _bench.cc
# (one Google Benchmark program per file).

add_library(footfall_settings INTERFACE)
target_compile_features(footfall_settings INTERFACE cxx_std_20)
target_compile_options(footfall_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wimplicit-fallthrough -Werror -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these wrongly through std::string and std::variant at -O2 (GCC bugs 105329, 105562, 105651).
  target_compile_options(footfall_settings INTERFACE -Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overread -Wno-array-bounds -Wno-stringop-overflow)
endif()
target_include_directories(footfall_settings INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(footfall_settings INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE)
if(FOOTFALL_SANITIZE)
  target_compile_options(footfall_settings INTERFACE -fsanitize=${FOOTFALL_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(footfall_settings INTERFACE -fsanitize=${FOOTFALL_SANITIZE})
  if(FOOTFALL_SANITIZE MATCHES "thread")
    # ThreadSanitizer knows no fences. Asio's only order what its mutexes order as well.
    target_compile_definitions(footfall_settings INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
endif()
if(FOOTFALL_FUZZ)
  target_compile_options(footfall_settings INTERFACE -fsanitize=fuzzer-no-link)
endif()

function(footfall_library name)
  cmake_parse_arguments(ARG "" "" "FOLDER;LINK;TEST_LINK" ${ARGN})
  list(TRANSFORM ARG_FOLDER APPEND /*.cc OUTPUT_VARIABLE source_globs)
  list(TRANSFORM ARG_FOLDER APPEND /*.h OUTPUT_VARIABLE header_globs)
  file(GLOB sources CONFIGURE_DEPENDS ${source_globs})
  file(GLOB headers CONFIGURE_DEPENDS ${header_globs})
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  set(fuzzers ${sources})
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cc$")
  set(benches ${sources})
  list(FILTER benches INCLUDE REGEX "_bench\\.cc$")
  list(FILTER sources EXCLUDE REGEX "_(test|fuzz|bench)\\.cc$")
  if(sources)
    add_library(${name} STATIC ${sources} ${headers})
    target_link_libraries(${name} PUBLIC footfall_settings ${ARG_LINK})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE footfall_settings ${ARG_LINK})
  endif()
  if(FOOTFALL_TESTS AND tests)
    footfall_test(${name}_test SOURCES ${tests} LINK ${name} ${ARG_TEST_LINK})
  endif()
  if(FOOTFALL_TESTS AND benches)
    foreach(bench ${benches})
      get_filename_component(stem ${bench} NAME_WE)
      add_executable(${stem} ${bench})
      target_link_libraries(${stem} PRIVATE ${name} ${ARG_TEST_LINK} benchmark::benchmark benchmark::benchmark_main)
      # A benchmark that is never run rots: one short round belongs to the tests.
      add_test(NAME bench.${stem} COMMAND ${stem} --benchmark_min_time=0.01)
    endforeach()
  endif()
  if(FOOTFALL_FUZZ AND fuzzers)
    foreach(fuzzer ${fuzzers})
      get_filename_component(stem ${fuzzer} NAME_WE)
      add_executable(${stem} ${fuzzer})
      target_link_libraries(${stem} PRIVATE ${name} -fsanitize=fuzzer)
      file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/corpus/${stem})
      set(corpora ${PROJECT_BINARY_DIR}/corpus/${stem})
      if(EXISTS ${PROJECT_SOURCE_DIR}/tests/corpus/${stem})
        list(APPEND corpora ${PROJECT_SOURCE_DIR}/tests/corpus/${stem})
      endif()
      add_test(NAME fuzz.${stem} COMMAND ${stem} -max_total_time=${FOOTFALL_FUZZ_SECONDS} -timeout=10 -rss_limit_mb=2048 ${corpora})
    endforeach()
  endif()
endfunction()

# FILTER: leaves out tests that stand on what this build does not start, and that something else runs.
function(footfall_test name)
  cmake_parse_arguments(ARG "" "FILTER" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest GTest::gmock GTest::gtest_main)
  if(ARG_FILTER)
    set(filter TEST_FILTER "${ARG_FILTER}")
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST TEST_PREFIX "${name}." ${filter} PROPERTIES TIMEOUT 300
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
endfunction()

# Puts a file into the program, byte for byte: `extern const` symbols NAME_begin and NAME_end.
function(footfall_embed target symbol file)
  set(assembly ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.S)
  file(CONFIGURE OUTPUT ${assembly} CONTENT
".section .rodata
.global ${symbol}_begin
.global ${symbol}_end
.balign 16
${symbol}_begin:
.incbin \"${file}\"
${symbol}_end:
.byte 0
.section .note.GNU-stack,\"\",%progbits
" @ONLY)
  set_source_files_properties(${assembly} PROPERTIES OBJECT_DEPENDS ${file})
  target_sources(${target} PRIVATE ${assembly})
endfunction()
