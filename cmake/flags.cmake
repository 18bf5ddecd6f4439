# What the compiler is told for everything in this tree but debuggees (debuggee.cmake): their code is to look like a
# program that never heard of us, and sanitizers do not work in a process that is traced.
add_library(hdbg_instrument INTERFACE)
if(HAIKUDBG_SANITIZE)
  target_compile_options(hdbg_instrument INTERFACE
    -fsanitize=${HAIKUDBG_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(hdbg_instrument INTERFACE -fsanitize=${HAIKUDBG_SANITIZE})
endif()
if(HAIKUDBG_COVERAGE)
  # Counts are written by exit(); the wrap has _exit() write them too (forked children).
  add_library(hdbg_coverage STATIC ${PROJECT_SOURCE_DIR}/cmake/coverage.c)
  target_compile_options(hdbg_coverage PRIVATE -fPIC)
  target_compile_options(hdbg_instrument INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(hdbg_instrument INTERFACE --coverage LINKER:--wrap=_exit)
  target_link_libraries(hdbg_instrument INTERFACE hdbg_coverage)
endif()
if(HAIKUDBG_FUZZ)
  target_compile_options(hdbg_instrument INTERFACE
    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(hdbg_instrument INTERFACE -fsanitize=address,undefined)
endif()

add_library(hdbg_flags INTERFACE)
target_compile_options(hdbg_flags INTERFACE -Wall -Wextra -Wshadow -Wvla -Wformat=2 -Wno-format-nonliteral -Wno-format-truncation
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes> $<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes>
  $<$<BOOL:${HAIKUDBG_WERROR}>:-Werror> -fvisibility=hidden -fno-strict-aliasing)
target_compile_definitions(hdbg_flags INTERFACE $<$<BOOL:${HAIKUDBG_DEMANGLE}>:HAIKUDBG_DEMANGLE=1>)
target_include_directories(hdbg_flags INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/lib)
target_link_libraries(hdbg_flags INTERFACE hdbg_instrument)
