# sallyport_embed(mail_templates HEADER "mail/embedded_templates.h" NAMESPACE sallyport::mail FILES a.txt b.html)
# A static library with the files' bytes, as `std::span<const EmbeddedFile> <target>()` of that header.
function(sallyport_embed target)
  cmake_parse_arguments(ARG "" "HEADER;NAMESPACE" "FILES" ${ARGN})
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${target}.generated.cpp)
  list(TRANSFORM ARG_FILES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  list(JOIN ARG_FILES "|" files)
  add_custom_command(
    OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -D "FILES=${files}" -D FUNCTION=${target} -D HEADER=${ARG_HEADER}
            -D NAMESPACE=${ARG_NAMESPACE} -D OUT=${source} -P ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake
    DEPENDS ${ARG_FILES} ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake
    COMMENT "Embedding the files of ${target}"
    VERBATIM)
  add_library(${target} STATIC ${source})
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${target} PRIVATE project_options)
endfunction()
