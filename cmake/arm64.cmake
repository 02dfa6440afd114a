# Cross-compiling the Lambda functions for arm64 on x86-64: Debian's compiler, and the libraries that
# scripts/arm64_libraries.sh has put into build/arm64.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(root ${CMAKE_CURRENT_LIST_DIR}/../build/arm64/root/usr)
set(OPENSSL_CRYPTO_LIBRARY ${root}/lib/aarch64-linux-gnu/libcrypto.a)
set(OPENSSL_SSL_LIBRARY ${root}/lib/aarch64-linux-gnu/libssl.a)
set(OPENSSL_INCLUDE_DIR ${root}/include)
set(ZLIB_LIBRARY ${root}/lib/aarch64-linux-gnu/libz.a)
set(ZLIB_INCLUDE_DIR ${root}/include)
set(RE2_LIBRARY ${root}/lib/aarch64-linux-gnu/libre2.a)
set(Boost_NO_BOOST_CMAKE ON)
set(BOOST_INCLUDEDIR ${root}/../../boost)
set(BOOST_LIBRARYDIR ${root}/lib/aarch64-linux-gnu)
# How some values are handed over has changed between compilers; all of this is made by one.
add_compile_options(-Wno-psabi)
# Some of its headers are the machine's.
add_compile_options(-isystem ${root}/include/aarch64-linux-gnu)
