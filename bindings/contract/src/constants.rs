//! Evaluates defaults and ranges.

use std::collections::BTreeMap;

use syn::{BinOp, Expr, Item, Lit, RangeLimits, UnOp};

use crate::model::{Type, Value};

/// The constants of the core, by name.
pub struct Constants(BTreeMap<String, Expr>);

impl Constants {
    /// Collects the constants of these files.
    pub fn of(items: &[Item]) -> Self {
        let constant = |item: &Item| match item {
            Item::Const(constant) => Some((constant.ident.to_string(), (*constant.expr).clone())),
            _ => None,
        };
        Self(items.iter().filter_map(constant).collect())
    }

    /// Evaluates a default.
    ///
    /// # Errors
    /// What cannot be evaluated.
    pub fn value(&self, of: &Expr) -> Result<Value, String> {
        match of {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Bool(flag) => Ok(Value::Bool(flag.value)),
                Lit::Int(number) => number.base10_parse().map(Value::Whole).map_err(|error| error.to_string()),
                Lit::Float(number) => number.base10_parse().map(Value::Real).map_err(|error| error.to_string()),
                Lit::Str(text) => Ok(Value::Text(text.value())),
                _ => Err("a default is a number, a flag or text".to_owned()),
            },
            Expr::Unary(minus) if matches!(minus.op, UnOp::Neg(_)) => match self.value(&minus.expr)? {
                Value::Whole(number) => Ok(Value::Whole(-number)),
                Value::Real(number) => Ok(Value::Real(-number)),
                _ => Err("only a number has a sign".to_owned()),
            },
            Expr::Binary(two) => match (self.value(&two.left)?, two.op, self.value(&two.right)?) {
                (Value::Whole(left), BinOp::Shl(_), Value::Whole(right)) => Ok(Value::Whole(left << right)),
                (Value::Whole(left), BinOp::Mul(_), Value::Whole(right)) => Ok(Value::Whole(left * right)),
                _ => Err("a default is computed with << and * only".to_owned()),
            },
            Expr::Path(path) => {
                let segments: Vec<String> = path.path.segments.iter().map(|one| one.ident.to_string()).collect();
                let last = segments.last().ok_or("an empty path")?;
                match (last.as_str(), self.0.get(last)) {
                    ("None", _) => Ok(Value::Nothing),
                    (_, Some(constant)) => self.value(constant),
                    _ if segments.len() == 2 => Ok(Value::Case(last.clone())),
                    _ => Err(format!("{last} is no constant")),
                }
            }
            Expr::Call(call) => match &*call.func {
                Expr::Path(path) if path.path.is_ident("Some") => self.value(&call.args[0]),
                Expr::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "default") => {
                    let owner = path.path.segments.first().expect("it has a last segment");
                    Ok(Value::DefaultOf(owner.ident.to_string()))
                }
                _ => Err("a default calls `default` or `Some` only".to_owned()),
            },
            _ => Err("a default is a constant".to_owned()),
        }
    }

    /// Words for a range: `0 to 1`.
    ///
    /// # Errors
    /// What cannot be evaluated.
    pub fn range(&self, range: &Expr, of: &Type) -> Result<String, String> {
        if let Expr::Path(path) = range {
            return match path.path.segments.last().map(|last| last.ident.to_string()).as_deref() {
                Some("POSITIVE") => Ok("above 0".to_owned()),
                Some("ABOVE_0_TO_1") => Ok("above 0, up to 1".to_owned()),
                _ => Err("no range of this name is known".to_owned()),
            };
        }
        let Expr::Range(range) = range else { return Err("no range".to_owned()) };
        let end = |end: &Expr| Ok::<_, String>(crate::text::shown(of, &self.value(end)?));
        match (&range.start, &range.limits, &range.end) {
            (Some(start), RangeLimits::Closed(_), Some(last)) => Ok(format!("{} to {}", end(start)?, end(last)?)),
            (Some(start), _, None) => Ok(format!("{} or more", end(start)?)),
            (None, RangeLimits::Closed(_), Some(last)) => Ok(format!("0 to {}", end(last)?)),
            _ => Err("a range is closed, or open above".to_owned()),
        }
    }
}
