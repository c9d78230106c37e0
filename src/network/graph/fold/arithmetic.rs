//! Operators that compute sample by sample.

use super::{broadcast, repeated};
use crate::network::graph::constant::{Constant, Numbers};
use crate::network::onnx::{self, NodeProto};

/// What `node` makes of `reads`; `None` where it is none of these operators.
pub fn evaluate(node: &NodeProto, opset: i64, reads: &[Option<&Constant>]) -> Option<Vec<Constant>> {
    let name = node.op_type.as_str();
    let made = match (name, reads) {
        ("Cast", [Some(value), ..]) => cast(value, node.int("to", 0) as i32),
        ("CastLike", [Some(value), Some(like), ..]) => cast(value, like.kind),
        ("Where", [Some(condition), Some(yes), Some(no)]) => chosen(condition, yes, no),
        ("Clip", [Some(value), ..]) => clipped(node, value, reads),
        ("Sum" | "Mean" | "Max" | "Min", [Some(first), rest @ ..]) => {
            let mut made = (*first).clone();
            for value in rest {
                let step = if name == "Mean" { "Add" } else { name };
                made = pair(if step == "Sum" { "Add" } else { step }, node, &made, (*value)?)?;
            }
            match (name, &made.numbers) {
                ("Mean", Numbers::Real(sums)) => {
                    let count = reads.len() as f64;
                    Constant::real(made.kind, made.shape.clone(), sums.iter().map(|sum| sum / count).collect())
                }
                _ => Some(made),
            }
        }
        (_, [Some(a), Some(b)]) if PAIRS.contains(&name) || COMPARISONS.contains(&name) => pair(name, node, a, b),
        (_, [Some(value)]) => single(name, value),
        _ => None,
    };
    // Before opset 7, operands were laid over each other by an attribute; nobody computes shapes with that.
    let old = opset < 7 && node.attribute("axis").is_some();
    made.filter(|_| !old).map(|made| vec![made])
}

/// To another sample type.
fn cast(value: &Constant, kind: i32) -> Option<Constant> {
    let shape = value.shape.clone();
    if onnx::is_real(kind) {
        return Constant::real(kind, shape, value.reals());
    }
    let whole: Vec<i64> = match (&value.numbers, kind) {
        (Numbers::Whole(numbers), _) => numbers.clone(),
        (Numbers::Real(numbers), onnx::BOOL) => numbers.iter().map(|&number| i64::from(number != 0.0)).collect(),
        // What a type cannot hold becomes another number on every processor.
        (Numbers::Real(numbers), _) => {
            let fits = |number: f64| number.abs() < 9.2e18;
            let whole = |&number: &f64| fits(number).then_some(number.trunc() as i64);
            numbers.iter().map(whole).collect::<Option<_>>()?
        }
    };
    onnx::is_whole(kind).then(|| Constant::whole(kind, shape, whole)).flatten()
}

fn chosen(condition: &Constant, yes: &Constant, no: &Constant) -> Option<Constant> {
    let shape = broadcast(&[&condition.shape, &yes.shape, &no.shape])?;
    let conditions = condition.picked(shape.clone(), &repeated(&condition.shape, &shape)?)?;
    let yes = yes.picked(shape.clone(), &repeated(&yes.shape, &shape)?)?;
    let no = no.picked(shape.clone(), &repeated(&no.shape, &shape)?)?;
    let conditions = conditions.integers()?;
    match (&yes.numbers, &no.numbers) {
        (Numbers::Whole(yes_numbers), Numbers::Whole(no)) => {
            let pick = |(&condition, (&yes, &no))| if condition != 0 { yes } else { no };
            Constant::whole(yes.kind, shape, conditions.iter().zip(yes_numbers.iter().zip(no)).map(pick).collect())
        }
        (Numbers::Real(yes_numbers), Numbers::Real(no)) => {
            let pick = |(&condition, (&yes, &no))| if condition != 0 { yes } else { no };
            Constant::real(yes.kind, shape, conditions.iter().zip(yes_numbers.iter().zip(no)).map(pick).collect())
        }
        _ => None,
    }
}

/// Bounds were attributes before opset 11.
fn clipped(node: &NodeProto, value: &Constant, reads: &[Option<&Constant>]) -> Option<Constant> {
    let bound = |name: &str, order: usize| -> Option<Option<Constant>> {
        if let Some(attribute) = node.attribute(name) {
            return Constant::real(onnx::FLOAT, vec![], vec![attribute.f.into()]).map(Some);
        }
        Some(reads.get(order).copied().flatten().cloned())
    };
    let mut made = value.clone();
    for (name, bound) in [("Max", bound("min", 1)?), ("Min", bound("max", 2)?)] {
        if let Some(bound) = bound {
            made = pair(name, node, &made, &bound)?;
        }
    }
    Some(made)
}

/// Operators of two operands, of which extents of 1 are repeated.
fn pair(name: &str, node: &NodeProto, a: &Constant, b: &Constant) -> Option<Constant> {
    let shape = broadcast(&[&a.shape, &b.shape])?;
    let a = a.picked(shape.clone(), &repeated(&a.shape, &shape)?)?;
    let b = b.picked(shape.clone(), &repeated(&b.shape, &shape)?)?;
    match (&a.numbers, &b.numbers) {
        (Numbers::Whole(left), Numbers::Whole(right)) => {
            let kind = if COMPARISONS.contains(&name) { onnx::BOOL } else { a.kind };
            let each = left.iter().zip(right).map(|(&a, &b)| whole(name, node, a, b));
            Constant::whole(kind, shape, each.collect::<Option<_>>()?)
        }
        (Numbers::Real(left), Numbers::Real(right)) if COMPARISONS.contains(&name) => {
            let each = left.iter().zip(right).map(|(&a, &b)| compared(name, a.partial_cmp(&b)));
            Constant::whole(onnx::BOOL, shape, each.collect::<Option<_>>()?)
        }
        (Numbers::Real(left), Numbers::Real(right)) => {
            let each = left.iter().zip(right).map(|(&a, &b)| real(name, node, a, b));
            Constant::real(a.kind, shape, each.collect::<Option<_>>()?)
        }
        // A power may have an exponent of another type.
        (Numbers::Real(left), Numbers::Whole(right)) if name == "Pow" => {
            let each = left.iter().zip(right).map(|(a, &b)| a.powf(b as f64));
            Constant::real(a.kind, shape, each.collect())
        }
        (Numbers::Whole(left), Numbers::Real(right)) if name == "Pow" => {
            let each = left.iter().zip(right).map(|(&a, b)| (a as f64).powf(*b) as i64);
            Constant::whole(a.kind, shape, each.collect())
        }
        _ => None,
    }
}

fn whole(name: &str, node: &NodeProto, a: i64, b: i64) -> Option<i64> {
    Some(match name {
        "Add" => a.wrapping_add(b),
        "Sub" => a.wrapping_sub(b),
        "Mul" => a.wrapping_mul(b),
        // Towards zero, as C divides.
        "Div" if b != 0 => a.wrapping_div(b),
        "Mod" if b != 0 && node.int("fmod", 0) == 1 => a.wrapping_rem(b),
        "Mod" if b != 0 => {
            let rest = a.wrapping_rem(b);
            if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }
        }
        "Pow" => (a as f64).powf(b as f64) as i64,
        "Max" => a.max(b),
        "Min" => a.min(b),
        "And" | "BitwiseAnd" => a & b,
        "Or" | "BitwiseOr" => a | b,
        "Xor" | "BitwiseXor" => a ^ b,
        "BitShift" if (0..64).contains(&b) => match node.text("direction") {
            "LEFT" => a << b,
            _ => (a as u64 >> b) as i64,
        },
        _ => return compared(name, Some(a.cmp(&b))),
    })
}

fn real(name: &str, node: &NodeProto, a: f64, b: f64) -> Option<f64> {
    Some(match name {
        "Add" => a + b,
        "Sub" => a - b,
        "Mul" => a * b,
        "Div" => a / b,
        "Mod" if node.int("fmod", 0) == 1 => a % b,
        "Pow" => a.powf(b),
        "Max" if !a.is_nan() && !b.is_nan() => a.max(b),
        "Min" if !a.is_nan() && !b.is_nan() => a.min(b),
        _ => return None,
    })
}

fn compared(name: &str, order: Option<std::cmp::Ordering>) -> Option<i64> {
    let holds = match name {
        "Equal" => order.is_some_and(std::cmp::Ordering::is_eq),
        "Less" => order.is_some_and(std::cmp::Ordering::is_lt),
        "LessOrEqual" => order.is_some_and(std::cmp::Ordering::is_le),
        "Greater" => order.is_some_and(std::cmp::Ordering::is_gt),
        "GreaterOrEqual" => order.is_some_and(std::cmp::Ordering::is_ge),
        _ => return None,
    };
    Some(holds.into())
}

/// Operators of one operand.
fn single(name: &str, value: &Constant) -> Option<Constant> {
    let shape = value.shape.clone();
    match &value.numbers {
        Numbers::Whole(numbers) => {
            let each: fn(i64) -> i64 = match name {
                "Identity" => |a| a,
                "Neg" => i64::wrapping_neg,
                "Abs" => i64::wrapping_abs,
                "Sign" => i64::signum,
                "Not" => |a| i64::from(a == 0),
                "BitwiseNot" => |a| !a,
                "Relu" => |a| a.max(0),
                _ => return None,
            };
            Constant::whole(value.kind, shape, numbers.iter().map(|&number| each(number)).collect())
        }
        Numbers::Real(numbers) => {
            if let "IsNaN" | "IsInf" = name {
                let each =
                    |number: &f64| i64::from(if name == "IsNaN" { number.is_nan() } else { number.is_infinite() });
                return Constant::whole(onnx::BOOL, shape, numbers.iter().map(each).collect());
            }
            let each: fn(f64) -> f64 = match name {
                "Identity" => |a| a,
                "Neg" => |a| -a,
                "Abs" => f64::abs,
                "Sign" => |a| if a == 0.0 { 0.0 } else { a.signum() },
                "Floor" => f64::floor,
                "Ceil" => f64::ceil,
                "Round" => f64::round_ties_even,
                "Sqrt" => f64::sqrt,
                "Reciprocal" => |a| 1.0 / a,
                "Exp" => f64::exp,
                "Log" => f64::ln,
                "Relu" => |a| a.max(0.0),
                _ => return None,
            };
            Constant::real(value.kind, shape, numbers.iter().map(|&number| each(number)).collect())
        }
    }
}

const PAIRS: &[&str] = &[
    "Add",
    "And",
    "BitShift",
    "BitwiseAnd",
    "BitwiseOr",
    "BitwiseXor",
    "Div",
    "Mod",
    "Mul",
    "Or",
    "Pow",
    "Sub",
    "Xor",
];
const COMPARISONS: &[&str] = &["Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"];
