"""Conan 2: the archive of a release for the settings' system and processor, as it is."""

import os

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.files import copy, get


class Abbe(ConanFile):
    name = "abbe"
    license = "MIT OR Apache-2.0"
    description = "Deconvolution, denoising and super-resolution of microscope images behind a stable C ABI"
    topics = ("microscopy", "deconvolution", "denoising", "psf")
    package_type = "shared-library"
    settings = "os", "arch"

    def set_version(self):
        self.version = self.version or next(iter(self.conan_data["archives"]))

    def _archive(self):
        return self.conan_data["archives"][self.version].get(f"{self.settings.os}-{self.settings.arch}")

    def validate(self):
        if self._archive() is None:
            known = ", ".join(self.conan_data["archives"][self.version])
            raise ConanInvalidConfiguration(f"there is no archive for {self.settings.os}-{self.settings.arch}; there are {known}")

    def build(self):
        get(self, **self._archive(), destination=self.build_folder, strip_root=True)

    def package(self):
        # Links stay links: libabbe.so, its interface's name and the version's.
        copy(self, "*", self.build_folder, self.package_folder, excludes=("conan*", "*.pyc"))

    def package_info(self):
        self.cpp_info.libs = ["abbe"]
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("lib", "cmake", "abbe")]
