//! Named numbers of the C ABI, one row each, as Rust enums.

use std::ffi::CStr;

/// A set of named numbers: the kinds of steps, or the values of a parameter that is a choice.
#[derive(Debug, PartialEq, Eq)]
pub struct Enumeration {
    /// Name in the C ABI, `abbe_<name>_code`.
    pub name: &'static str,
    /// What the constants' names begin with after `ABBE_`, e.g. `ALGORITHM_`; empty where their own names say it.
    pub prefix: &'static str,
    /// What the numbers stand for.
    pub summary: &'static str,
    /// The numbers, in their order.
    pub values: &'static [Named],
}

/// One named number.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    /// The number, never reused.
    pub number: i32,
    /// The name in configuration files and reports.
    pub name: &'static str,
    /// What it stands for, in a sentence.
    pub summary: &'static str,
    /// The same, for C.
    pub c_summary: &'static CStr,
}

/// A Rust enum of named numbers.
pub trait Code: Copy + 'static {
    /// Its rows.
    const ENUMERATION: &'static Enumeration;

    /// The value of that number.
    fn of(number: i64) -> Option<Self>;

    /// The number in the C ABI.
    fn number(self) -> i32;
}

impl Named {
    /// A row; `summary` ends in a NUL.
    pub(crate) const fn new(number: i32, name: &'static str, summary: &'static str) -> Self {
        let Ok(c_summary) = CStr::from_bytes_with_nul(summary.as_bytes()) else {
            panic!("a summary holds a NUL");
        };
        let Ok(summary) = c_summary.to_str() else {
            panic!("a summary is not UTF-8");
        };
        Self { number, name, summary, c_summary }
    }
}

impl Enumeration {
    /// The row of that number.
    pub fn find(&self, number: i64) -> Option<&'static Named> {
        self.values.iter().find(|value| i64::from(value.number) == number)
    }

    /// The numbers with their names, for error texts: `0 (auto), 1 (cpu)`.
    pub fn known(&self) -> String {
        let known: Vec<_> = self.values.iter().map(|value| format!("{} ({})", value.number, value.name)).collect();
        known.join(", ")
    }

    /// The constant of a row in the C header.
    pub fn constant(&self, value: &Named) -> String {
        format!("ABBE_{}{}", self.prefix, value.name.to_uppercase())
    }
}

/// Makes enums of rows `Variant = number, "name", "summary";`, and the list of all of them.
macro_rules! enumerations {
    ($list:ident: $list_summary:literal; $(
        $Type:ident($name:literal, $prefix:literal): $summary:literal {
            $($Variant:ident = $number:literal, $value:literal, $value_summary:literal;)+
        }
    )+) => {
        $(
            #[doc = $summary]
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
            #[repr(i32)]
            pub enum $Type {
                $(#[doc = $value_summary] $Variant = $number,)+
            }

            impl $Type {
                /// All values, in the order of their numbers.
                pub const ALL: &'static [Self] = &[$(Self::$Variant),+];

                /// The name in configuration files and reports.
                pub fn name(self) -> &'static str {
                    match self {
                        $(Self::$Variant => $value,)+
                    }
                }
            }

            impl $crate::codes::Code for $Type {
                const ENUMERATION: &'static $crate::codes::Enumeration = &$crate::codes::Enumeration {
                    name: $name,
                    prefix: $prefix,
                    summary: $summary,
                    values: &[$($crate::codes::Named::new($number, $value, concat!($value_summary, "\0"))),+],
                };

                fn of(number: i64) -> Option<Self> {
                    match number {
                        $($number => Some(Self::$Variant),)+
                        _ => None,
                    }
                }

                fn number(self) -> i32 {
                    self as i32
                }
            }
        )+

        #[doc = $list_summary]
        pub static $list: &[&$crate::codes::Enumeration] =
            &[$(<$Type as $crate::codes::Code>::ENUMERATION),+];
    };
}
pub(crate) use enumerations;
