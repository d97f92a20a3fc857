# SPDX-License-Identifier: Apache-2.0
# Everything below tests/ and bench/ that is compiled.
#   tests/unit/test_*.c  a cmocka program each, a ctest each. A line "LINK: FLAGS" in a comment adds
#                        linker flags, such as -Wl,--wrap=malloc to inject failures
#                        (COMPILE: does the same for the compiler)
#   tests/fuzz/fuzz_*.c  LLVMFuzzerTestOneInput; run over tests/fuzz/corpus/NAME as a ctest each
#   tests/provoke/*.c    small static programs that cause one behaviour each; *32.c with -m32
#   tests/runtime/*.c    what speaks to real container runtimes
#   bench/*.c            what make bench runs

enable_testing()

# The linker's plugin would optimise each of these as a whole, too, though the objects hold both forms.
if(RATEL_LTO)
    add_link_options(-fno-lto)
endif()

function(ratel_link_line target source)
    file(STRINGS ${source} lines REGEX "LINK: ")
    foreach(line IN LISTS lines)
        string(REGEX REPLACE ".*LINK: *" "" flags "${line}")
        string(REGEX REPLACE " *\\*/.*" "" flags "${flags}")
        separate_arguments(flags UNIX_COMMAND "${flags}")
        target_link_options(${target} PRIVATE ${flags})
    endforeach()
    file(STRINGS ${source} lines REGEX "COMPILE: ")
    foreach(line IN LISTS lines)
        string(REGEX REPLACE ".*COMPILE: *" "" flags "${line}")
        string(REGEX REPLACE " *\\*/.*" "" flags "${flags}")
        separate_arguments(flags UNIX_COMMAND "${flags}")
        target_compile_options(${target} PRIVATE ${flags})
    endforeach()
endfunction()

pkg_check_modules(cmocka REQUIRED IMPORTED_TARGET cmocka)
file(GLOB unit_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/test_*.c)
foreach(source IN LISTS unit_sources)
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE ratelcore PkgConfig::cmocka)
    target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit)
    target_compile_definitions(${name} PRIVATE RATEL_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/unit)
    ratel_link_line(${name} ${source})
    add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 120)
endforeach()

file(GLOB fuzz_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/fuzz_*.c)
foreach(source IN LISTS fuzz_sources)
    get_filename_component(name ${source} NAME_WE)
    string(REPLACE fuzz_ "" topic ${name})
    set(corpus ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${topic})
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE ratelcore)
    target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
    if(RATEL_LIBFUZZER)
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
        add_test(NAME ${name} COMMAND ${name} -runs=0 ${corpus})
    else()
        target_sources(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/driver.c)
        add_test(NAME ${name} COMMAND ${name} ${corpus})
    endif()
    set_tests_properties(${name} PROPERTIES LABELS fuzz TIMEOUT 300)
endforeach()

# Provokers are static, so that they run in any root folder, and never sanitized: a sanitizer
# makes system calls of its own.
include(CheckCSourceCompiles)
set(CMAKE_REQUIRED_FLAGS "-m32")
set(CMAKE_REQUIRED_LINK_OPTIONS -static)
check_c_source_compiles("#include <stdio.h>\nint main(void) { return 0; }" RATEL_HAVE_M32)
unset(CMAKE_REQUIRED_FLAGS)
unset(CMAKE_REQUIRED_LINK_OPTIONS)

file(GLOB provoke_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/provoke/*.c)
foreach(source IN LISTS provoke_sources)
    get_filename_component(name ${source} NAME_WE)
    if(name MATCHES "32$" AND NOT RATEL_HAVE_M32)
        message(STATUS "no 32-bit C library (gcc-multilib): ${name} is not built")
        continue()
    endif()
    add_executable(provoke-${name} ${source})
    target_link_libraries(provoke-${name} PRIVATE ratel_strict Threads::Threads)
    target_link_options(provoke-${name} PRIVATE -static)
    set_target_properties(provoke-${name} PROPERTIES
        OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/provoke)
    # Neither -pie nor -no-pie: a static program is none anyway, and clang warns of what it ignores.
    set_property(TARGET provoke-${name} PROPERTY POSITION_INDEPENDENT_CODE)
    if(name MATCHES "32$")
        target_compile_options(provoke-${name} PRIVATE -m32)
        target_link_options(provoke-${name} PRIVATE -m32)
    endif()
    ratel_link_line(provoke-${name} ${source})
endforeach()

# What the tests of real container runtimes speak to them with.
file(GLOB runtime_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/runtime/*.c)
foreach(source IN LISTS runtime_sources)
    get_filename_component(name ${source} NAME_WE)
    add_executable(runtime-${name} ${source})
    target_link_libraries(runtime-${name} PRIVATE ratelcore)
    set_target_properties(runtime-${name} PROPERTIES
        OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/runtime)
endforeach()

set(RATEL_BPF_SHARED self task scope walk mounts stack)
list(TRANSFORM RATEL_BPF_SHARED REPLACE "(.+)" "${CMAKE_SOURCE_DIR}/kernel/\\1.bpf.c")
file(GLOB bench_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/*.c)
list(FILTER bench_sources EXCLUDE REGEX "\\.bpf\\.c$")
foreach(source IN LISTS bench_sources)
    get_filename_component(name ${source} NAME_WE)
    add_executable(bench-${name} ${source})
    target_link_libraries(bench-${name} PRIVATE ratelcore)
    set_target_properties(bench-${name} PROPERTIES
        OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
    # A kernel program of the same name is the benchmark's own; what it uses of ratel's comes along.
    string(REPLACE ".c" ".bpf.c" bpf ${source})
    if(EXISTS ${bpf})
        file(STRINGS ${bpf} uses REGEX "#include \"(path|hook|probe)\\.bpf\\.h\"")
        set(shared "")
        if(uses)
            set(shared ${RATEL_BPF_SHARED})
        endif()
        ratel_bpf(${name} ${CMAKE_BINARY_DIR}/bench-bpf/${name} ${bpf} ${shared})
        add_dependencies(bench-${name} ${name}_bpf)
        target_include_directories(bench-${name} PRIVATE ${CMAKE_BINARY_DIR}/bench-bpf/${name})
    endif()
    ratel_link_line(bench-${name} ${source})
endforeach()
