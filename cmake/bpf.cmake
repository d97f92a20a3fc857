# SPDX-License-Identifier: Apache-2.0
# Kernel programs: every *.bpf.c by itself, then linked into one object (which drops DWARF and
# keeps BTF), then a header that embeds it.

find_program(RATEL_BPF_CLANG NAMES clang-19 clang-14 clang REQUIRED)
find_program(BPFTOOL NAMES bpftool PATHS /usr/sbin /sbin REQUIRED)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
    set(bpf_arch x86)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
    set(bpf_arch arm64)
else()
    message(FATAL_ERROR "ratel runs on x86-64 and arm64, not on ${CMAKE_SYSTEM_PROCESSOR}")
endif()

set(RATEL_BPF_FLAGS -target bpf -mcpu=v3 -O2 -g -std=gnu17 -D__BPF__ -D__TARGET_ARCH_${bpf_arch}
    -Wall -Wextra -Wno-unused-parameter -Wno-missing-declarations
    -I${CMAKE_SOURCE_DIR}/kernel -I${CMAKE_SOURCE_DIR}/catalog -I${CMAKE_SOURCE_DIR}/catalog/flags
    -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
if(RATEL_WERROR)
    list(APPEND RATEL_BPF_FLAGS -Werror)
endif()

# ratel_bpf(name folder source...): folder/name.bpf.o and folder/name.skel.h; target name_bpf
function(ratel_bpf name folder)
    set(objects "")
    file(MAKE_DIRECTORY ${folder})
    foreach(source IN LISTS ARGN)
        get_filename_component(stem ${source} NAME_WLE)
        set(object ${folder}/${stem}.o)
        add_custom_command(
            OUTPUT ${object}
            COMMAND ${RATEL_BPF_CLANG} ${RATEL_BPF_FLAGS} -MMD -MF ${object}.d -MT ${object}
                    -c ${source} -o ${object}
            DEPENDS ${source}
            DEPFILE ${object}.d
            COMMENT "Building kernel program ${stem}"
            VERBATIM COMMAND_EXPAND_LISTS)
        list(APPEND objects ${object})
    endforeach()
    set(whole ${folder}/${name}.linked.bpf.o)
    set(header ${folder}/${name}.skel.h)
    add_custom_command(
        OUTPUT ${whole}
        COMMAND ${BPFTOOL} gen object ${whole} ${objects}
        DEPENDS ${objects}
        VERBATIM COMMAND_EXPAND_LISTS)
    add_custom_command(
        OUTPUT ${header}
        COMMAND ${BPFTOOL} gen skeleton ${whole} name ${name}_bpf > ${header}.new
        COMMAND ${CMAKE_COMMAND} -E rename ${header}.new ${header}
        DEPENDS ${whole}
        VERBATIM)
    add_custom_target(${name}_bpf DEPENDS ${header})
endfunction()
