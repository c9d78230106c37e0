//! Which instructions do the work: chosen once for a plan, from what the machine has.

/// The vector instructions of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lanes {
    /// Sixteen lanes of AVX-512.
    Avx512,
    /// Eight lanes of AVX2 with fused products.
    Avx2,
    /// Four lanes that every machine has.
    Portable,
}

impl Lanes {
    /// What this machine has, the fastest first.
    pub fn available() -> impl Iterator<Item = Self> {
        [Self::Avx512, Self::Avx2, Self::Portable].into_iter().filter(|lanes| lanes.is_available())
    }

    /// The fastest that this machine has.
    pub fn best() -> Self {
        Self::available().next().unwrap_or(Self::Portable)
    }

    /// Whether this machine has them. Builds with debug assertions take none wider than what the variable
    /// `ABBE_TEST_LANES` says, a [`width`](Self::width): tests run again as on a machine that has less.
    pub fn is_available(self) -> bool {
        #[cfg(debug_assertions)]
        if self.width() > widest_for_tests() {
            return false;
        }
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => is_x86_feature_detected!("avx512f") && Self::Avx2.is_available(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            Self::Portable => true,
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// Floats in a vector.
    pub fn width(self) -> usize {
        match self {
            Self::Avx512 => 16,
            Self::Avx2 => 8,
            Self::Portable => 4,
        }
    }
}

#[cfg(debug_assertions)]
fn widest_for_tests() -> usize {
    static WIDEST: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    let read = || std::env::var("ABBE_TEST_LANES").ok()?.parse().ok();
    *WIDEST.get_or_init(|| read().unwrap_or(usize::MAX))
}

/// Plain loops over slices, to be compiled for several sets of instructions.
pub trait Loop {
    /// What they come to.
    type Output;

    /// Runs them. Implementations must be `#[inline(always)]`, and call nothing that is not.
    fn run(self) -> Self::Output;
}

/// Runs loops with the widest vector instructions of this machine that compilers make good use of.
#[inline(always)]
pub fn vectorised<L: Loop>(work: L) -> L::Output {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,fma")]
        fn entry<L: Loop>(work: L) -> L::Output {
            work.run()
        }
        if Lanes::Avx2.is_available() {
            // SAFETY: this machine has these instructions.
            return unsafe { entry(work) };
        }
    }
    work.run()
}
