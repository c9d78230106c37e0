# The archive of a release for the triplet, as it is. Filled in by packaging/recipes.py.
# A program can hold one static library made with Rust only.
vcpkg_check_linkage(ONLY_DYNAMIC_LIBRARY)
@CHOICE@
vcpkg_download_distfile(ARCHIVE URLS "@URL@/${abbe_file}" FILENAME "${abbe_file}" SHA512 "${abbe_hash}")
vcpkg_extract_source_archive(source ARCHIVE "${ARCHIVE}")
file(INSTALL "${source}/include/" DESTINATION "${CURRENT_PACKAGES_DIR}/include")
file(INSTALL "${source}/lib/" DESTINATION "${CURRENT_PACKAGES_DIR}/lib" PATTERN "*.a" EXCLUDE)
file(INSTALL "${source}/lib/" DESTINATION "${CURRENT_PACKAGES_DIR}/debug/lib" PATTERN "*.a" EXCLUDE
    PATTERN "cmake" EXCLUDE PATTERN "pkgconfig" EXCLUDE)
if(VCPKG_TARGET_IS_WINDOWS)
    file(INSTALL "${source}/bin/" DESTINATION "${CURRENT_PACKAGES_DIR}/bin")
    file(INSTALL "${source}/bin/" DESTINATION "${CURRENT_PACKAGES_DIR}/debug/bin")
endif()
# The package's own file finds the library from where it lies, and stays in lib/cmake.
set(VCPKG_POLICY_SKIP_MISPLACED_CMAKE_FILES_CHECK enabled)
set(VCPKG_POLICY_SKIP_LIB_CMAKE_MERGE_CHECK enabled)
file(GLOB licences "${source}/share/doc/abbe/LICENSE-*")
vcpkg_install_copyright(FILE_LIST ${licences})
