# SPDX-License-Identifier: Apache-2.0
# ratelcore: all rooms, for the program and the tests. ratel: src/cmd/main.c on top.

set(generated ${CMAKE_BINARY_DIR}/generated)
configure_file(${CMAKE_SOURCE_DIR}/cmake/version.h.in ${generated}/base/version.h @ONLY)

file(GLOB core_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/*.c ${CMAKE_SOURCE_DIR}/src/*/*.c)
set(main_source ${CMAKE_SOURCE_DIR}/src/cmd/main.c)
list(REMOVE_ITEM core_sources ${main_source})

add_library(ratelcore STATIC ${core_sources})
target_include_directories(ratelcore PUBLIC
    ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/kernel ${CMAKE_SOURCE_DIR}/catalog
    ${CMAKE_SOURCE_DIR}/catalog/flags ${generated})
target_link_libraries(ratelcore PUBLIC ratel_flags ${RATEL_LIBRARIES} Threads::Threads)

# Messages of container runtimes: protoc-c's code, which is held to its own rules, not ours.
set(cri ${generated}/cri.pb-c)
add_custom_command(OUTPUT ${cri}.c ${cri}.h
    COMMAND protoc-c --proto_path=${CMAKE_SOURCE_DIR}/src/source --c_out=${generated} cri.proto
    DEPENDS ${CMAKE_SOURCE_DIR}/src/source/cri.proto VERBATIM)
add_library(ratel_messages OBJECT ${cri}.c)
target_link_libraries(ratel_messages PRIVATE ratel::protobuf-c)
target_sources(ratelcore PRIVATE $<TARGET_OBJECTS:ratel_messages> ${cri}.h)

file(GLOB bpf_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/kernel/*.bpf.c)
ratel_bpf(ratel ${CMAKE_BINARY_DIR}/kernel ${bpf_sources})
# Only the source room may see the kernel programs, and only it waits for them.
file(GLOB source_room CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/source/*.c)
set_source_files_properties(${source_room} PROPERTIES
    INCLUDE_DIRECTORIES ${CMAKE_BINARY_DIR}/kernel
    OBJECT_DEPENDS ${CMAKE_BINARY_DIR}/kernel/ratel.skel.h)

add_executable(ratel ${main_source})
target_link_libraries(ratel PRIVATE ratelcore)
set_target_properties(ratel PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
if(RATEL_LTO)
    # Objects hold both forms, so that the tests link without a second optimisation.
    target_compile_options(ratelcore PRIVATE -flto=auto -ffat-lto-objects)
    target_compile_options(ratel PRIVATE -flto=auto)
    target_link_options(ratel PRIVATE -flto=auto)
endif()
