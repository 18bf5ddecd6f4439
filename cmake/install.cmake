# What an installation has: headers, libraries, the nub, tools, man pages, and the files by which other projects find it.
install(DIRECTORY include/haikudbg DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

set(exported)
foreach(lib haikudbg haikudbg_static haikudbg-mock)
  if(TARGET ${lib})
    list(APPEND exported ${lib})
  endif()
endforeach()
if(exported)
  install(TARGETS ${exported} EXPORT haikudbgTargets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT haikudbgTargets NAMESPACE haikudbg:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/haikudbg)
endif()
foreach(program IN ITEMS hdbg-nub hdbg-dwarf)
  if(TARGET ${program})
    install(TARGETS ${program} DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/haikudbg)
  endif()
endforeach()

file(GLOB pages CONFIGURE_DEPENDS man/*.1)
if(pages)
  install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()

include(CMakePackageConfigHelpers)
configure_package_config_file(cmake/haikudbgConfig.cmake.in ${PROJECT_BINARY_DIR}/haikudbgConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/haikudbg)
# Before 1.0 a new minor version may break; the soname says so too.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/haikudbgConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/haikudbgConfig.cmake ${PROJECT_BINARY_DIR}/haikudbgConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/haikudbg)

# Relative to the .pc file itself, so that an installation can be moved.
file(RELATIVE_PATH pc_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" pc_prefix "${pc_prefix}")
list(TRANSFORM CMAKE_DL_LIBS PREPEND -l OUTPUT_VARIABLE pc_dl)
foreach(pc haikudbg haikudbg-mock)
  configure_file(cmake/${pc}.pc.in ${PROJECT_BINARY_DIR}/${pc}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${pc}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
