//! The platforms that there are archives for.

use crate::Result;

/// A platform.
pub struct Platform {
    /// Rust's name for it.
    pub triple: &'static str,
    /// The name in archives.
    pub name: &'static str,
    /// zig's name for it; Linux's ends with the oldest glibc.
    pub zig: &'static str,
    /// Python's name for it.
    pub wheel: &'static str,
    /// Its system.
    pub system: System,
}

/// What decides about names of files.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// glibc 2.28 or later.
    Linux,
    /// Windows 10 or later.
    Windows,
    /// macOS 13 or later.
    MacOs,
}

impl System {
    /// The file of a shared library as cargo and Java name it.
    pub fn library(self, name: &str) -> String {
        match self {
            Self::Linux => format!("lib{name}.so"),
            Self::Windows => format!("{name}.dll"),
            Self::MacOs => format!("lib{name}.dylib"),
        }
    }

    /// CMake's name.
    pub fn cmake(self) -> &'static str {
        match self {
            Self::Linux => "Linux",
            Self::Windows => "Windows",
            Self::MacOs => "Darwin",
        }
    }
}

impl Platform {
    /// The platform of a triple, or of the name in archives.
    pub fn of(target: &str) -> Result<&'static Self> {
        let known: Vec<&str> = PLATFORMS.iter().map(|platform| platform.triple).collect();
        PLATFORMS
            .iter()
            .find(|platform| [platform.triple, platform.name].contains(&target))
            .ok_or_else(|| format!("target is {target}; it must be one of {}", known.join(", ")).into())
    }

    /// The processor, as in names of archives.
    pub fn processor(&self) -> &'static str {
        self.name.split('-').next().unwrap_or(self.name)
    }

    /// The folder of the platform in jars.
    pub fn java(&self) -> String {
        self.name.split('-').rev().collect::<Vec<_>>().join("-")
    }
}

const PLATFORMS: &[Platform] = &[
    Platform {
        triple: "x86_64-unknown-linux-gnu",
        name: "x86_64-linux",
        zig: "x86_64-linux-gnu.2.28",
        wheel: "manylinux_2_28_x86_64",
        system: System::Linux,
    },
    Platform {
        triple: "aarch64-unknown-linux-gnu",
        name: "aarch64-linux",
        zig: "aarch64-linux-gnu.2.28",
        wheel: "manylinux_2_28_aarch64",
        system: System::Linux,
    },
    Platform {
        triple: "x86_64-pc-windows-gnullvm",
        name: "x86_64-windows",
        zig: "x86_64-windows-gnu",
        wheel: "win_amd64",
        system: System::Windows,
    },
    Platform {
        triple: "aarch64-pc-windows-gnullvm",
        name: "aarch64-windows",
        zig: "aarch64-windows-gnu",
        wheel: "win_arm64",
        system: System::Windows,
    },
    Platform {
        triple: "x86_64-apple-darwin",
        name: "x86_64-macos",
        zig: "x86_64-macos.13.0",
        wheel: "macosx_13_0_x86_64",
        system: System::MacOs,
    },
    Platform {
        triple: "aarch64-apple-darwin",
        name: "aarch64-macos",
        zig: "aarch64-macos.13.0",
        wheel: "macosx_13_0_arm64",
        system: System::MacOs,
    },
];
