# SPDX-License-Identifier: Apache-2.0
# Libraries that the program uses; docs/internals/dependencies.md says why each. With
# RATEL_STATIC_LIBS the archive is taken where Debian ships one: one file to copy to a machine.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

set(RATEL_LIBRARIES "")

# ratel_library(NAME pkg-config-name version): the target ratel::NAME
function(ratel_library name module version)
    pkg_check_modules(${name} REQUIRED ${module}>=${version})
    find_library(${name}_archive NAMES lib${name}.a HINTS ${${name}_LIBRARY_DIRS})
    add_library(ratel::${name} INTERFACE IMPORTED)
    target_include_directories(ratel::${name} SYSTEM INTERFACE ${${name}_INCLUDE_DIRS})
    if(RATEL_STATIC_LIBS AND ${name}_archive)
        target_link_libraries(ratel::${name} INTERFACE ${${name}_archive})
    else()
        target_link_libraries(ratel::${name} INTERFACE ${${name}_LINK_LIBRARIES})
    endif()
    set(RATEL_LIBRARIES ${RATEL_LIBRARIES} ratel::${name} PARENT_SCOPE)
endfunction()

# A library that brings no file for pkg-config.
function(ratel_plain_library name header)
    find_path(${name}_headers ${header} REQUIRED)
    find_library(${name}_shared NAMES ${name} REQUIRED)
    find_library(${name}_archive NAMES lib${name}.a)
    add_library(ratel::${name} INTERFACE IMPORTED)
    target_include_directories(ratel::${name} SYSTEM INTERFACE ${${name}_headers})
    if(RATEL_STATIC_LIBS AND ${name}_archive)
        target_link_libraries(ratel::${name} INTERFACE ${${name}_archive})
    else()
        target_link_libraries(ratel::${name} INTERFACE ${${name}_shared})
    endif()
    set(RATEL_LIBRARIES ${RATEL_LIBRARIES} ratel::${name} PARENT_SCOPE)
endfunction()

# Those that need others come first: archives are searched once, in this order.
ratel_library(bpf libbpf 1.1)
ratel_library(elf libelf 0.188)
ratel_library(z zlib 1.2.13)
ratel_library(fyaml libfyaml 0.7.12)
ratel_library(zstd libzstd 1.5.4)
ratel_library(xxhash libxxhash 0.8.1)
ratel_library(cap libcap 2.66)
ratel_library(crypto libcrypto 3.0)
ratel_library(nghttp2 libnghttp2 1.52)
ratel_library(protobuf-c libprotobuf-c 1.4)
ratel_library(jansson jansson 2.14)
ratel_plain_library(http_parser http_parser.h)
