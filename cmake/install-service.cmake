# SPDX-License-Identifier: Apache-2.0
# Runs at installation: the configuration and the unit, which name paths below the prefix. For /usr
# they go where the system looks for them, otherwise below the prefix.
set(prefix ${CMAKE_INSTALL_PREFIX})
if(prefix STREQUAL "/usr")
    set(etc /etc)
    set(units /lib/systemd/system)
else()
    set(etc ${prefix}/etc)
    set(units ${prefix}/lib/systemd/system)
endif()

set(made ${RATEL_BINARY_DIR}/ratel.service)
configure_file(${RATEL_SOURCE_DIR}/deploy/ratel.service.in ${made} @ONLY)
file(INSTALL DESTINATION ${units} TYPE FILE FILES ${made})

# What the user has changed stays.
set(config $ENV{DESTDIR}${etc}/ratel/ratel.yaml)
if(EXISTS ${config})
    message(STATUS "Keeping: ${config}")
else()
    file(INSTALL DESTINATION ${etc}/ratel TYPE FILE FILES ${RATEL_SOURCE_DIR}/deploy/ratel.yaml)
endif()
