# SPDX-License-Identifier: Apache-2.0
# What make install and make deb put where. The program writes its own manual pages' tables and its
# completions, so they can't disagree with it.

if(NOT TARGET ratel OR RATEL_SANITIZE OR RATEL_COVERAGE)
    return()
endif()

find_program(SCDOC scdoc REQUIRED)
set(made "")

file(GLOB pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/man/*.scd)
foreach(source IN LISTS pages)
    get_filename_component(name ${source} NAME_WLE)
    set(page ${CMAKE_BINARY_DIR}/man/${name})
    string(REGEX MATCH "[0-9]$" section ${name})
    add_custom_command(
        OUTPUT ${page}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/man
        COMMAND ratel generate ${source} > ${page}.scd
        COMMAND ${SCDOC} < ${page}.scd > ${page}.new
        COMMAND ${CMAKE_COMMAND} -E rename ${page}.new ${page}
        DEPENDS ratel ${source}
        COMMENT "Writing manual page ${name}"
        VERBATIM)
    list(APPEND made ${page})
    install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()

foreach(shell IN ITEMS bash zsh)
    set(script ${CMAKE_BINARY_DIR}/completion/${shell})
    add_custom_command(
        OUTPUT ${script}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/completion
        COMMAND ratel completion ${shell} > ${script}.new
        COMMAND ${CMAKE_COMMAND} -E rename ${script}.new ${script}
        DEPENDS ratel
        COMMENT "Writing completion for ${shell}"
        VERBATIM)
    list(APPEND made ${script})
endforeach()
add_custom_target(documents ALL DEPENDS ${made})

install(TARGETS ratel DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${CMAKE_BINARY_DIR}/completion/bash
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME ratel)
install(FILES ${CMAKE_BINARY_DIR}/completion/zsh
    DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions RENAME _ratel)
install(FILES README.md CHANGES.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/ratel)
install(FILES deploy/debian/copyright DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/ratel)
# Paths that depend on the prefix, which is known only now.
install(CODE "set(RATEL_SOURCE_DIR \"${CMAKE_SOURCE_DIR}\")")
install(CODE "set(RATEL_BINARY_DIR \"${CMAKE_BINARY_DIR}\")")
install(SCRIPT ${CMAKE_SOURCE_DIR}/cmake/install-service.cmake)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ratel)
set(CPACK_PACKAGE_CONTACT "ratel <ratel@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_DESCRIPTION
    "ratel watches a Linux machine from inside the kernel and tells who did what: as a table,
as JSON, or into a recording that can be replayed.")
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${CMAKE_SOURCE_DIR}/deploy/debian/conffiles
    ${CMAKE_SOURCE_DIR}/deploy/debian/postinst
    ${CMAKE_SOURCE_DIR}/deploy/debian/prerm)
include(CPack)
