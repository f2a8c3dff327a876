# cmake -DPATCH_PROGRAM=… -DPATCH=FILE -DFROM=TREE -DTO=FOLDER -DSOURCES=a,b -P apply_patch.cmake
# Puts copies of the sources into the folder and the bug into them. A patch that does not fit ends the build.
string(REPLACE "," ";" sources "${SOURCES}")
foreach(source IN LISTS sources)
  configure_file(${FROM}/${source} ${TO}/${source} COPYONLY)
endforeach()
execute_process(COMMAND ${PATCH_PROGRAM} --strip=1 --force --fuzz=0 --silent --reject-file=- --no-backup-if-mismatch
                        --directory=${TO} --input=${PATCH}
  RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT status EQUAL 0)
  file(REMOVE_RECURSE ${TO})
  message(FATAL_ERROR "${PATCH} does not fit ${SOURCES} any more:\n${output}\n"
    "Plant the bug anew: change a copy of the source, and write `diff -u` of both into the patch.")
endif()
foreach(source IN LISTS sources)
  file(TOUCH ${TO}/${source})
endforeach()
