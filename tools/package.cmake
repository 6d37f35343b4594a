# The host agent as a Debian package: what the folders install, with the dependencies that
# dpkg-shlibdeps finds. Included last by the top CMakeLists.txt; cpack -G DEB makes it.
set(CPACK_PACKAGE_NAME atomic-host)
set(CPACK_PACKAGE_VENDOR "Atomic Host")
set(CPACK_PACKAGE_CONTACT "Atomic Host <root@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "agent of an immutable container host")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# What the container runtime loads or starts only when it needs it, so that no tool can find it.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libseccomp2, libsystemd0, uidmap")
# /usr/bin/docker is a link to atomic.
set(CPACK_DEBIAN_PACKAGE_CONFLICTS "docker.io, podman-docker")
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
# Files outside of the prefix are not wanted: configuration of the host is in /usr.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
include(CPack)
