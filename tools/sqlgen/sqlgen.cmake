# sallyport_sqlgen(sqlite_queries DIALECT sqlite MIGRATIONS migrations QUERIES queries NAMESPACE sallyport::sqlite)
# A static library with "queries.h" and "migrations.h", generated from folders of .sql files; an SQL error stops the
# build. The namespace lies in sallyport.
function(sallyport_sqlgen target)
  cmake_parse_arguments(ARG "" "DIALECT;MIGRATIONS;QUERIES;NAMESPACE" "" ${ARGN})
  get_filename_component(migrations ${ARG_MIGRATIONS} ABSOLUTE)
  get_filename_component(queries ${ARG_QUERIES} ABSOLUTE)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${target}.generated)
  add_custom_command(
    OUTPUT ${out}/queries.h ${out}/queries.cpp ${out}/migrations.h ${out}/migrations.cpp
    COMMAND sqlgen --dialect ${ARG_DIALECT} --migrations ${migrations} --queries ${queries} --namespace
            ${ARG_NAMESPACE} --out-dir ${out} --depfile ${out}/inputs.d
    DEPENDS sqlgen
    DEPFILE ${out}/inputs.d
    COMMENT "Checking the SQL of ${target}"
    VERBATIM)
  add_library(${target} STATIC ${out}/queries.cpp ${out}/migrations.cpp ${out}/queries.h ${out}/migrations.h
                               ${PROJECT_SOURCE_DIR}/src/adapters/sqlite/statement.cpp)
  target_include_directories(${target} PUBLIC ${out})
  target_link_libraries(${target} PUBLIC core PkgConfig::sqlite3 PRIVATE project_options)
endfunction()
