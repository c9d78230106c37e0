//! The floating-point environment of a thread: how it rounds, what it makes of subnormal numbers, which exceptions trap,
//! and which have occurred.
//!
//! Compiled code assumes the default one: round to nearest, keep subnormal numbers, trap nothing. A host may have
//! another. So what comes from a host begins with [`Floats::enter`] and ends with [`Floats::load`].

/// The floating-point environment that a thread had.
#[derive(Clone, Copy, Debug)]
pub struct Floats(system::Saved);

impl Floats {
    /// Gives this thread the default environment, and returns what it had before.
    #[inline]
    pub fn enter() -> Self {
        Self(system::enter())
    }

    /// Gives this thread that environment again, with the exceptions that had occurred in it and no others.
    #[inline]
    pub fn load(self) {
        system::load(self.0);
    }
}

/// MXCSR rules all that is compiled from Rust. The x87 unit is for `long double` of C, which ONNX Runtime may use, and is
/// saved and set only where the host has changed its rules, since that takes as long as a call does.
#[cfg(target_arch = "x86_64")]
mod system {
    use std::arch::asm;

    #[derive(Clone, Copy, Debug)]
    pub struct Saved {
        mxcsr: u32,
        x87: Option<[u32; 7]>,
    }

    #[inline]
    pub fn enter() -> Saved {
        let (mut mxcsr, mut control) = (0_u32, 0_u16);
        // SAFETY: both instructions only write these two numbers.
        unsafe {
            asm!("stmxcsr [{}]", "fnstcw [{}]", in(reg) &raw mut mxcsr, in(reg) &raw mut control, options(nostack));
        }
        if mxcsr & !MXCSR_FLAGS != MXCSR_DEFAULT {
            // SAFETY: reads a constant that is valid for the register.
            unsafe { asm!("ldmxcsr [{}]", in(reg) &MXCSR_DEFAULT, options(nostack)) };
        }
        let x87 = (control & X87_RULES != X87_DEFAULT).then(|| {
            let mut saved = [0_u32; 7];
            // SAFETY: writes these 28 bytes, then makes the unit new: from call to call no value is on its stack.
            unsafe { asm!("fnstenv [{}]", "fninit", in(reg) &raw mut saved, options(nostack)) };
            saved
        });
        Saved { mxcsr, x87 }
    }

    #[inline]
    pub fn load(Saved { mxcsr, x87 }: Saved) {
        let mut now = 0_u32;
        // SAFETY: only writes this number.
        unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut now, options(nostack)) };
        if now != mxcsr {
            // SAFETY: the register gets what it held before.
            unsafe { asm!("ldmxcsr [{}]", in(reg) &mxcsr, options(nostack)) };
        }
        if let Some(saved) = x87 {
            // SAFETY: the unit gets what it held before.
            unsafe { asm!("fldenv [{}]", in(reg) &saved, options(nostack)) };
        }
    }

    const MXCSR_DEFAULT: u32 = 0x1f80;
    const MXCSR_FLAGS: u32 = 0x3f;
    /// Rounding, and that no exception traps; systems differ in the precision that is usual.
    const X87_DEFAULT: u16 = 0x003f;
    const X87_RULES: u16 = 0x0c3f;
}

#[cfg(target_arch = "aarch64")]
mod system {
    use std::arch::asm;

    #[derive(Clone, Copy, Debug)]
    pub struct Saved {
        rules: u64,
        occurred: u64,
    }

    #[inline]
    pub fn enter() -> Saved {
        let (rules, occurred): (u64, u64);
        // SAFETY: only reads the two registers.
        unsafe { asm!("mrs {}, fpcr", "mrs {}, fpsr", out(reg) rules, out(reg) occurred, options(nostack)) };
        if rules != 0 {
            // SAFETY: 0 is the register's default.
            unsafe { asm!("msr fpcr, xzr", options(nostack)) };
        }
        Saved { rules, occurred }
    }

    #[inline]
    pub fn load(Saved { rules, occurred }: Saved) {
        // SAFETY: the registers get what they held before.
        unsafe { asm!("msr fpcr, {}", "msr fpsr, {}", in(reg) rules, in(reg) occurred, options(nostack)) };
    }
}

/// Hosts keep the default environment here.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod system {
    pub type Saved = ();
    pub fn enter() {}
    pub fn load((): Saved) {}
}
