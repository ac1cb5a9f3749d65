//! Several endpoints in proportion, asked by users who do not look at the answers.

use std::{cell::RefCell, rc::Rc};

use super::script::{Script, Step};

/// Steps in proportion to their weights, in an order that is as even as can be: smooth weighted
/// round-robin, as nginx deals requests out. Clones deal from the same deck.
#[derive(Debug, Clone)]
pub(crate) struct Mix(Rc<RefCell<Deck>>);

#[derive(Debug)]
struct Deck {
    steps: Vec<Step>,
    weights: Vec<u32>,
    credits: Vec<i64>,
}

impl Mix {
    /// The weights are positive, as many as there are steps.
    pub(crate) fn new(steps: Vec<Step>, weights: Vec<u32>) -> Self {
        let credits = vec![0; steps.len()];
        Self(Rc::new(RefCell::new(Deck {
            steps,
            weights,
            credits,
        })))
    }
}

impl Deck {
    fn deal(&mut self) -> Step {
        for (credit, weight) in self.credits.iter_mut().zip(&self.weights) {
            *credit += i64::from(*weight);
        }
        let places = 0..self.credits.len();
        // The first of the richest, so that the order is the one given.
        let chosen = places.rev().max_by_key(|place| self.credits[*place]);
        let chosen = chosen.expect("there is at least one endpoint");
        self.credits[chosen] -= self.weights.iter().copied().map(i64::from).sum::<i64>();
        self.steps[chosen].clone()
    }
}

impl Script for Mix {
    const READS: bool = false;

    fn next(&mut self) -> Option<Step> {
        Some(self.0.borrow_mut().deal())
    }
}

#[cfg(test)]
mod tests {
    use hyper::{Method, Uri};

    use super::*;

    #[test]
    fn endpoints_take_turns_in_proportion_to_their_weights() {
        for (weights, order) in [
            (vec![1], vec![0, 0, 0]),
            (vec![1, 1], vec![0, 1, 0, 1]),
            (vec![5, 1, 1], vec![0, 0, 1, 0, 2, 0, 0]),
        ] {
            let step = |row| Step {
                row,
                method: Method::GET,
                target: Uri::from_static("/"),
                headers: Rc::default(),
                body: bytes::Bytes::new(),
            };
            let mut mix = Mix::new((0..weights.len()).map(step).collect(), weights.clone());

            let dealt: Vec<usize> = order.iter().map(|_| mix.next().unwrap().row).collect();

            assert_eq!(dealt, order, "{weights:?}");
        }
    }
}
