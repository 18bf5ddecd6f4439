# What hdbg-dwarf is made of: libdwarf in either of its two generations, zlib, and zstd if it is there.
#   HAIKUDBG_DWARF         ON by default; without libdwarf or zlib it is turned off, and the library does without DWARF
#   HAIKUDBG_DWARF_STATIC  ON by default: libdwarf's archive is linked if there is one, so that hdbg-dwarf has in memory
#                          what it uses of it
#   hdbg_libdwarf          what to link, with HDBG_LIBDWARF_OLD and HDBG_WITH_ZSTD defined as they apply
option(HAIKUDBG_DWARF_STATIC "Link libdwarf's archive into hdbg-dwarf if there is one" ON)
option(HAIKUDBG_DWARF "Read debug information with libdwarf, in a process of its own" ON)
if(HAIKUDBG_DWARF)
  include(CheckCSourceCompiles)
  include(CMakePushCheckState)
  find_path(LIBDWARF_INCLUDE libdwarf.h PATH_SUFFIXES libdwarf libdwarf-0)
  find_library(LIBDWARF_LIBRARY dwarf)
  find_package(ZLIB)
  find_path(ZSTD_INCLUDE zstd.h)
  find_library(ZSTD_LIBRARY zstd)
  mark_as_advanced(LIBDWARF_INCLUDE LIBDWARF_LIBRARY ZSTD_INCLUDE ZSTD_LIBRARY)
  if(NOT LIBDWARF_INCLUDE OR NOT LIBDWARF_LIBRARY OR NOT ZLIB_FOUND)
    message(STATUS "libdwarf or zlib was not found: the library will do without DWARF")
    set(HAIKUDBG_DWARF OFF)
  endif()
endif()
if(HAIKUDBG_DWARF)
  if(NOT HDBG_LIBDWARF_HEADERS STREQUAL LIBDWARF_INCLUDE)
    unset(LIBDWARF_IS_NEW CACHE)
    set(HDBG_LIBDWARF_HEADERS ${LIBDWARF_INCLUDE} CACHE INTERNAL "Headers that LIBDWARF_IS_NEW is about")
  endif()
  cmake_push_check_state(RESET)
  set(CMAKE_REQUIRED_INCLUDES ${LIBDWARF_INCLUDE})
  check_c_source_compiles("
    #include <stddef.h>
    #include <libdwarf.h>
    int main(void) { Dwarf_Obj_Access_Interface_a table = {0}; return table.ai_object != NULL; }" LIBDWARF_IS_NEW)
  cmake_pop_check_state()

  # The archive, with what it needs (libelf's, of the older generation), if all of it is there and the linker can.
  set(HDBG_LIBDWARF_LINK ${LIBDWARF_LIBRARY} ZLIB::ZLIB)
  if(HAIKUDBG_DWARF_STATIC)
    get_filename_component(libdwarf_archive ${LIBDWARF_LIBRARY} DIRECTORY) # of the same version
    set(libdwarf_archive ${libdwarf_archive}/libdwarf.a)
    find_library(LIBELF_ARCHIVE libelf.a)
    mark_as_advanced(LIBELF_ARCHIVE)
    if(EXISTS ${libdwarf_archive})
      set(archives ${libdwarf_archive})
      if(NOT LIBDWARF_IS_NEW AND LIBELF_ARCHIVE)
        list(APPEND archives ${LIBELF_ARCHIVE})
      endif()
      list(APPEND archives ${ZLIB_LIBRARIES})
      if(ZSTD_LIBRARY)
        list(APPEND archives ${ZSTD_LIBRARY})
      endif()
      cmake_push_check_state(RESET)
      set(CMAKE_REQUIRED_INCLUDES ${LIBDWARF_INCLUDE})
      set(CMAKE_REQUIRED_LIBRARIES ${archives})
      if(NOT HDBG_LIBDWARF_TRIED STREQUAL "${archives}") # what was found out of others does not hold for these
        unset(LIBDWARF_LINKS_STATIC CACHE)
        set(HDBG_LIBDWARF_TRIED "${archives}" CACHE INTERNAL "Archives that LIBDWARF_LINKS_STATIC is about")
      endif()
      check_c_source_compiles("
        #include <stddef.h>
        #include <libdwarf.h>
        int main(void) { Dwarf_Error error = NULL; Dwarf_Debug debug = NULL;
                         return dwarf_object_init_b(NULL, NULL, NULL, 0, &debug, &error); }" LIBDWARF_LINKS_STATIC)
      cmake_pop_check_state()
      if(LIBDWARF_LINKS_STATIC)
        set(HDBG_LIBDWARF_LINK ${archives})
      endif()
    endif()
  endif()
  add_library(hdbg_libdwarf INTERFACE)
  target_include_directories(hdbg_libdwarf SYSTEM INTERFACE ${LIBDWARF_INCLUDE})
  target_link_libraries(hdbg_libdwarf INTERFACE ${HDBG_LIBDWARF_LINK})
  if(NOT LIBDWARF_IS_NEW)
    target_compile_definitions(hdbg_libdwarf INTERFACE HDBG_LIBDWARF_OLD=1)
  endif()
  if(ZSTD_INCLUDE AND ZSTD_LIBRARY)
    target_compile_definitions(hdbg_libdwarf INTERFACE HDBG_WITH_ZSTD=1)
    target_include_directories(hdbg_libdwarf SYSTEM INTERFACE ${ZSTD_INCLUDE})
    target_link_libraries(hdbg_libdwarf INTERFACE ${ZSTD_LIBRARY})
  endif()
endif()
