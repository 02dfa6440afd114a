# Outside libraries, each under the name its one adapter links.

if(FOOTFALL_FUNCTIONS)
  # The functions bring along all but glibc.
  set(OPENSSL_USE_STATIC_LIBS ON)
  set(Boost_USE_STATIC_LIBS ON)
endif()
find_package(OpenSSL 3 REQUIRED COMPONENTS Crypto SSL)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_program(NODE node REQUIRED)
set(NODE_MODULES ${PROJECT_SOURCE_DIR}/node_modules)
if(FOOTFALL_FUNCTIONS)
  set(ZLIB_USE_STATIC_LIBS ON)
  find_library(RE2_LIBRARY NAMES libre2.a REQUIRED)
else()
  find_library(RE2_LIBRARY NAMES re2 REQUIRED)
endif()
find_package(ZLIB REQUIRED)
add_library(RE2 INTERFACE)
target_link_libraries(RE2 INTERFACE ${RE2_LIBRARY} Threads::Threads)
if(FOOTFALL_FUNCTIONS)
  return()
endif()
pkg_check_modules(MAXMINDDB REQUIRED IMPORTED_TARGET libmaxminddb)
pkg_check_modules(ISAL REQUIRED IMPORTED_TARGET libisal)

pkg_check_modules(CAIRO REQUIRED IMPORTED_TARGET cairo-ft freetype2)

# DuckDB comes from the npm lock file: the library from its node bindings, the header from its source tree.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(duckdb_platform linux-arm64)
else()
  set(duckdb_platform linux-x64)
endif()
set(duckdb_library ${NODE_MODULES}/@duckdb/node-bindings-${duckdb_platform}/libduckdb.so)
set(duckdb_header_folder ${NODE_MODULES}/duckdb/src/duckdb/src/include)
if(NOT EXISTS ${duckdb_library} OR NOT EXISTS ${duckdb_header_folder}/duckdb.h)
  message(FATAL_ERROR "DuckDB is not installed: run scripts/setup.sh (it runs `npm ci`)")
endif()
# The program looks for the library beside itself, so that its folder can be moved as a whole.
file(COPY ${duckdb_library} DESTINATION ${PROJECT_BINARY_DIR})
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/include/duckdb)
configure_file(${duckdb_header_folder}/duckdb.h ${PROJECT_BINARY_DIR}/include/duckdb/duckdb.h COPYONLY)
add_library(DuckDB SHARED IMPORTED)
set_target_properties(DuckDB PROPERTIES
  IMPORTED_LOCATION ${PROJECT_BINARY_DIR}/libduckdb.so
  INTERFACE_INCLUDE_DIRECTORIES ${PROJECT_BINARY_DIR}/include/duckdb)
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)
set(CMAKE_BUILD_RPATH $ORIGIN)
