# Everything that is not ours, as imported targets. All from Debian 12; the reason for each is in docs/architecture.md.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)

pkg_check_modules(nghttp2 REQUIRED IMPORTED_TARGET libnghttp2)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(sqlite3 REQUIRED IMPORTED_TARGET sqlite3>=3.40)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(idn2 REQUIRED IMPORTED_TARGET libidn2)
pkg_check_modules(maxminddb REQUIRED IMPORTED_TARGET libmaxminddb)

# libzxcvbn ships neither a CMake package nor a .pc file.
find_library(ZXCVBN_LIBRARY zxcvbn REQUIRED)
find_path(ZXCVBN_INCLUDE_DIR zxcvbn.h REQUIRED)
add_library(zxcvbn::zxcvbn UNKNOWN IMPORTED)
set_target_properties(zxcvbn::zxcvbn PROPERTIES IMPORTED_LOCATION ${ZXCVBN_LIBRARY}
                                                INTERFACE_INCLUDE_DIRECTORIES ${ZXCVBN_INCLUDE_DIR})

# Header-only.
find_path(MUSTACHE_INCLUDE_DIR kainjow/mustache.hpp REQUIRED)
add_library(kainjow::mustache INTERFACE IMPORTED)
set_target_properties(kainjow::mustache PROPERTIES INTERFACE_INCLUDE_DIRECTORIES ${MUSTACHE_INCLUDE_DIR})

# The library itself is loaded with the first mail (src/adapters/smtp/curl_library.h).
find_path(CURL_INCLUDE_DIR curl/curl.h REQUIRED)
add_library(CURL::headers INTERFACE IMPORTED)
set_target_properties(CURL::headers PROPERTIES INTERFACE_INCLUDE_DIRECTORIES ${CURL_INCLUDE_DIR})

if(SALLYPORT_TESTS)
  find_package(GTest REQUIRED)
endif()
