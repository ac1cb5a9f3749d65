//! How often each operation is done.

use std::{fmt, str::FromStr};

use anyhow::{Context, Error, Result, bail, ensure};

use super::Operation;

/// Shares of the operations, in proportion to each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights([f64; Operation::ALL.len()]);

impl Default for Weights {
    /// create 0.4, list 0.2, get 0.15, update 0.15, delete 0.1.
    fn default() -> Self {
        Self([0.4, 0.2, 0.15, 0.15, 0.1])
    }
}

impl Weights {
    /// The weight of an operation.
    pub fn of(&self, operation: Operation) -> f64 {
        self.0[operation as usize]
    }

    /// The operation at a point between 0 and 1, along which each has its share.
    pub(super) fn at(&self, point: f64) -> Operation {
        let mut left = point * self.0.iter().sum::<f64>();
        let shares = Operation::ALL.into_iter().zip(self.0);
        let some = shares.filter(|(_, weight)| *weight > 0.0);
        let mut chosen = Operation::Create;
        for (operation, weight) in some {
            chosen = operation;
            left -= weight;
            if left < 0.0 {
                break;
            }
        }
        chosen
    }
}

impl FromStr for Weights {
    type Err = Error;

    /// Reads `create=0.4,list=0.2`; what is not named is not done.
    fn from_str(text: &str) -> Result<Self> {
        let mut weights = [None; Operation::ALL.len()];
        for pair in text.split(',') {
            let (name, weight) = pair
                .split_once('=')
                .with_context(|| format!("`{pair}` is not of the form OPERATION=WEIGHT"))?;
            let at = place(name.trim())?;
            let weight: f64 = weight.trim().parse().unwrap_or(f64::NAN);
            ensure!(
                weight.is_finite() && weight >= 0.0,
                "the weight in `{pair}` is no number of at least 0"
            );
            let before = weights[at].replace(weight);
            ensure!(before.is_none(), "`{}` has two weights", name.trim());
        }
        let weights = weights.map(Option::unwrap_or_default);
        let sum: f64 = weights.iter().sum();
        ensure!(sum > 0.0 && sum.is_finite(), "the weights add up to {sum}");
        Ok(Self(weights))
    }
}

fn place(name: &str) -> Result<usize> {
    let Some(at) = Operation::ALL.iter().position(|it| it.name() == name) else {
        let names = Operation::ALL.map(Operation::name).join(", ");
        bail!("`{name}` is no operation; there are {names}");
    };
    Ok(at)
}

impl fmt::Display for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs = Operation::ALL.iter().zip(self.0);
        let pairs: Vec<String> = pairs.map(|(it, weight)| format!("{it}={weight}")).collect();
        f.write_str(&pairs.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read_as_they_are_printed() {
        let text = "create=0.4,list=0.2,get=0.15,update=0.15,delete=0.1";
        assert_eq!(text.parse::<Weights>().unwrap(), Weights::default());
        assert_eq!(Weights::default().to_string(), text);

        let some: Weights = " get=3 , create = 1".parse().unwrap();
        assert_eq!(some.to_string(), "create=1,list=0,get=3,update=0,delete=0");
        let table = [
            (0.0, Operation::Create, "the first"),
            (0.24, Operation::Create, "still in the first quarter"),
            (0.25, Operation::Get, "what has no weight is left out"),
            (1.0, Operation::Get, "the last, rounding or not"),
        ];
        for (point, expected, why) in table {
            assert_eq!(some.at(point), expected, "{why}");
        }
    }

    #[test]
    fn malformed_weights_are_refused_by_name() {
        let table = [
            ("", "`` is not of the form", "nothing"),
            ("create", "`create` is not of the form", "no weight"),
            (
                "read=1",
                "`read` is no operation; there are create, list",
                "an unknown name",
            ),
            ("get=x", "`get=x` is no number", "no number"),
            ("get=-1", "`get=-1` is no number of at least 0", "negative"),
            ("get=inf", "`get=inf` is no number", "infinite"),
            ("get=1,get=2", "`get` has two weights", "twice"),
            ("get=0,list=0", "add up to 0", "nothing to do"),
            (
                "get=1e308,list=1e308",
                "add up to inf",
                "more than there is",
            ),
        ];
        for (text, expected, why) in table {
            let said = text.parse::<Weights>().unwrap_err().to_string();
            assert!(said.contains(expected), "{why}: {said}");
        }
    }
}
