# SPDX-License-Identifier: Apache-2.0
# Two sets of compiler flags, each a target to link to:
#   ratel_strict  language and warnings: everything that is compiled here for user space
#   ratel_flags   ratel_strict, hardening and the sanitizers that the preset asks for

include(CheckPIESupported)
check_pie_supported(LANGUAGES C)

add_library(ratel_strict INTERFACE)
target_compile_definitions(ratel_strict INTERFACE _GNU_SOURCE)
target_compile_options(ratel_strict INTERFACE
    -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wcast-align
    -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wconversion -Wno-sign-conversion
    # Records are read in place, as structs, from buffers of bytes.
    -fno-strict-aliasing
    # Cutting a text to fit is what snprintf is for; gcc guesses at it, differently at each -O.
    -Wno-format-truncation
    # The same bytes wherever the sources lie; the last one that matches counts.
    -ffile-prefix-map=${CMAKE_SOURCE_DIR}=. -ffile-prefix-map=${CMAKE_BINARY_DIR}=.)
if(RATEL_WERROR)
    target_compile_options(ratel_strict INTERFACE -Werror)
endif()

add_library(ratel_flags INTERFACE)
target_link_libraries(ratel_flags INTERFACE ratel_strict)
target_compile_options(ratel_flags INTERFACE -fstack-protector-strong -fno-omit-frame-pointer)
target_link_options(ratel_flags INTERFACE -Wl,-z,relro,-z,now)

if(RATEL_SANITIZE)
    target_compile_options(ratel_flags INTERFACE -fsanitize=${RATEL_SANITIZE} -fno-sanitize-recover=all)
    target_link_options(ratel_flags INTERFACE -fsanitize=${RATEL_SANITIZE})
elseif(NOT CMAKE_BUILD_TYPE STREQUAL Debug)
    target_compile_options(ratel_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
if(RATEL_COVERAGE)
    target_compile_options(ratel_flags INTERFACE -fprofile-instr-generate -fcoverage-mapping)
    target_link_options(ratel_flags INTERFACE -fprofile-instr-generate)
endif()
