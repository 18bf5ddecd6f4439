# zstd, for compressed core files: HAIKUDBG_ZSTD is ON where it is found; without it they are refused, with a sentence.
option(HAIKUDBG_ZSTD "Read and write core files that are compressed with zstd" ON)
find_path(HDBG_ZSTD_INCLUDE zstd.h)
find_library(HDBG_ZSTD_LIBRARY zstd)
mark_as_advanced(HDBG_ZSTD_INCLUDE HDBG_ZSTD_LIBRARY)
if(HAIKUDBG_ZSTD AND NOT (HDBG_ZSTD_INCLUDE AND HDBG_ZSTD_LIBRARY))
  message(STATUS "zstd was not found: compressed core files will be refused")
  set(HAIKUDBG_ZSTD OFF)
endif()
if(HAIKUDBG_ZSTD)
  set(pc_zstd -lzstd) # for haikudbg.pc
endif()
